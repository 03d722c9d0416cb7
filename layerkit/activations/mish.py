"""Mish: a smooth, non-monotonic gate."""

from __future__ import annotations

import numpy as np

from layerkit.activations.base import Activation
from layerkit.checks import Array

__all__ = ["Mish"]

# With w = eᶻ, tanh(s) = (w² + 2w) / (w² + 2w + 2) and σ(z) sech²(s) = 4w (1 + w) / (w² + 2w + 2)².
# For z > 0 both are written in e = e⁻ᶻ instead, so that nothing overflows.


class Mish(Activation):
    r"""Mish (Misra, 2020, arXiv:1908.08681).

    .. math::

        \text{forward:}\quad a = z \tanh(s), \quad s = \ln(1 + e^z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \bigl(\tanh(s) + z\,\sigma(z)\,\mathrm{sech}^2(s)\bigr)

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Mish().forward(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8651])
    """

    name = "mish"

    def function(self, z: Array) -> Array:
        """Return z tanh(ln(1 + eᶻ))."""
        # in float64: float32 would lose the gate to underflow before the product
        x = z.astype(np.float64, copy=False)
        return (x * _gate(x, np.exp(-np.abs(x)))).astype(z.dtype, copy=False)

    def derivative(self, z: Array) -> Array:
        """Return tanh(s) + z σ(z) sech²(s)."""
        # in float64: float32 would have no digit left beside the root at -1.192, where the terms cancel
        x = z.astype(np.float64, copy=False)
        e: Array = np.exp(-np.abs(x))
        left = 4 * e * (1 + e) / (2 + e * (2 + e)) ** 2
        right = 4 * e**2 * (1 + e) / (1 + e * (2 + 2 * e)) ** 2
        return (_gate(x, e) + x * np.where(x > 0, right, left)).astype(z.dtype, copy=False)


def _gate(z: Array, e: Array) -> Array:
    # tanh(ln(1 + eᶻ)), given e^{-|z|}
    left = e * (2 + e) / (2 + e * (2 + e))
    right = (1 + 2 * e) / (1 + e * (2 + 2 * e))
    return np.where(z > 0, right, left)

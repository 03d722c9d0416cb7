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
        return z * _gate(z, np.exp(-np.abs(z)))

    def derivative(self, z: Array) -> Array:
        """Return tanh(s) + z σ(z) sech²(s)."""
        e: Array = np.exp(-np.abs(z))
        left = 4 * e * (1 + e) / (2 + e * (2 + e)) ** 2
        right = 4 * e**2 * (1 + e) / (1 + e * (2 + 2 * e)) ** 2
        return _gate(z, e) + z * np.where(z > 0, right, left)


def _gate(z: Array, e: Array) -> Array:
    # tanh(ln(1 + eᶻ)), given e^{-|z|}
    left = e * (2 + e) / (2 + e * (2 + e))
    right = (1 + 2 * e) / (1 + e * (2 + 2 * e))
    return np.where(z > 0, right, left)

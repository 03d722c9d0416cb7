"""Mish: a smooth, non-monotonic gate."""

import numpy as np

from layerkit.activations.base import Activation, in_float64
from layerkit.validation import Array

__all__ = ["Mish"]

# With w = eᶻ, tanh(s) = (w² + 2w) / (w² + 2w + 2) and σ(z) sech²(s) = 4w (1 + w) / (w² + 2w + 2)².
# Beyond z = 40 the one is 1 and the other 0 to the last bit, also in float64, and w⁴ does not overflow yet.
_FAR = 40


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
        return in_float64(_mish, z)  # float32 would lose the gate to underflow before the product

    def derivative(self, z: Array) -> Array:
        """Return tanh(s) + z σ(z) sech²(s)."""
        return in_float64(_slope, z)  # float32 has no correct digit beside the root at -1.192, where the terms cancel


def _mish(z: Array) -> Array:
    w = np.exp(np.minimum(z, _FAR))
    n = w * (w + 2)
    a: Array = z * (n / (n + 2))
    return a


def _slope(z: Array) -> Array:
    z = np.minimum(z, _FAR)
    w = np.exp(z)
    n = w * (w + 2)
    slope: Array = (n + z * (4 * w * (1 + w)) / (n + 2)) / (n + 2)
    return slope

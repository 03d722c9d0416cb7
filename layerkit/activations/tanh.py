"""Tanh: the hyperbolic tangent, a sigmoid about zero."""

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array

__all__ = ["Tanh"]


class Tanh(Activation):
    r"""Hyperbolic tangent, a sigmoid about zero (LeCun et al., 1998).

    .. math::

        \text{forward:}\quad a = \tanh(z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ \mathrm{sech}^2(z)

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> tanh = lk.Tanh()
    >>> tanh.forward(np.array([0.0, 20.0]))
    array([0., 1.])
    >>> tanh.backward(np.ones(2)).round(20)
    array([1.000e+00, 1.699e-17])
    """

    name = "tanh"

    def function(self, z: Array) -> Array:
        """Return tanh(z)."""
        return np.tanh(z)

    def derivative(self, z: Array) -> Array:
        """Return sech²(z)."""
        # from e^{-2|z|}: 1 - tanh² has no correct digit left beyond |z| = 9 in float32
        e = np.exp(-2 * np.minimum(np.abs(z), 1e3))  # 2 |z| must not overflow
        slope: Array = 4 * e / (1 + e * (2 + e))  # (1 + e)², with fewer roundings
        return slope

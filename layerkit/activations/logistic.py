"""Sigmoid and its relatives: softplus is its integral, SiLU gates its input with it."""

import numpy as np

from layerkit.activations.base import Activation, in_float64
from layerkit.validation import Array

__all__ = ["SiLU", "Sigmoid", "Softplus", "sigmoid"]


def sigmoid(z: Array) -> Array:
    """Return σ(z) = 1/(1 + e⁻ᶻ), accurate in both tails.

    Parameters
    ----------
    z : numpy.ndarray
        float32 or float64, of any shape.

    Returns
    -------
    numpy.ndarray
        σ at every element.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.activations import sigmoid
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # e⁻ᶻ = ∞ gives the right limit, 0
        value: Array = 1 / (1 + np.exp(-z))
    return value


class Sigmoid(Activation):
    r"""Logistic sigmoid (Rumelhart, Hinton and Williams, 1986).

    .. math::

        \text{forward:}\quad a = \sigma(z) = \frac{1}{1 + e^{-z}} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ \sigma(z)\,\sigma(-z)

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Sigmoid().forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    name = "sigmoid"

    def function(self, z: Array) -> Array:
        """Return σ(z)."""
        return sigmoid(z)

    def derivative(self, z: Array) -> Array:
        """Return σ(z) σ(-z)."""
        # from e^{-|z|}: a (1 - a) has no correct digit left beyond z = 17 in float32
        e = np.exp(-np.abs(z))
        slope: Array = e / (1 + e * (2 + e))  # (1 + e)², with fewer roundings
        return slope


class Softplus(Activation):
    r"""Softplus, a smooth ReLU (Dugas et al., 2001).

    .. math::

        \text{forward:}\quad a = \ln(1 + e^z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ \sigma(z)

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Softplus().forward(np.array([0.0, 1e4])).round(4)
    array([6.931e-01, 1.000e+04])
    """

    name = "softplus"

    def function(self, z: Array) -> Array:
        """Return ln(1 + eᶻ)."""
        # max(z, 0) taken out of the logarithm: e^z overflows beyond z = 88 in float32
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    def derivative(self, z: Array) -> Array:
        """Return σ(z)."""
        return sigmoid(z)


class SiLU(Activation):
    r"""Sigmoid linear unit, also called swish (Elfwing et al., 2018, arXiv:1702.03118).

    .. math::

        \text{forward:}\quad a = z\,\sigma(z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \sigma(z)\,\bigl(1 + z\,\sigma(-z)\bigr)

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.SiLU().forward(np.array([0.0, 100.0]))
    array([  0., 100.])
    """

    name = "silu"

    def function(self, z: Array) -> Array:
        """Return z σ(z)."""
        # float32 would lose σ(z) to underflow before z σ(z)
        return in_float64(lambda z: z * sigmoid(z), z)

    def derivative(self, z: Array) -> Array:
        """Return σ(z) (1 + z σ(-z))."""
        # float32 has no correct digit beside the root at -1.278, where the terms cancel
        return in_float64(_silu_slope, z)


def _silu_slope(z: Array) -> Array:
    s = sigmoid(z)
    slope: Array = s * (1 + z * (1 - s))
    return slope

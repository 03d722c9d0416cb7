"""The Gaussian error linear unit and its two approximations: the input times a smooth step.

All are computed in float64 and returned in the dtype of the input. The tails are exponentials, and an
exponential turns the rounding of its argument into a relative error as many times as large as the argument:
at -x²/2 = -84, where float32 results end, no formula in float32 keeps more than the first five digits.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

import layerkit as lk
from layerkit.activations import in_float64, sigmoid
from layerkit.validation import Array

__all__ = ["GELU", "QuickGELU", "TanhGELU"]

# Every step here is 0 or 1 to the last bit beyond this, also in float64, and no power of it overflows.
_FAR = 1000

_CUBIC = 0.044715
_STEEPNESS = 1.702


class GELU(lk.Activation):
    r"""Gaussian error linear unit (Hendrycks and Gimpel, 2016, arXiv:1606.08415).

    .. math::

        \text{forward:}\quad a = z\,\Phi(z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \bigl(\Phi(z) + z\,\varphi(z)\bigr)

    with Φ and φ the distribution function and the density of N(0, 1). Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_gelu import GELU
    >>> GELU().forward(np.array([-1.0, 0.0, 1.0])).round(6)
    array([-0.158655,  0.      ,  0.841345])
    """

    name = "gelu"

    def function(self, z: Array) -> Array:
        """Return z Φ(z)."""
        return in_float64(_gelu, z)

    def derivative(self, z: Array) -> Array:
        """Return Φ(z) + z φ(z)."""
        return in_float64(_gelu_slope, z)


class TanhGELU(lk.Activation):
    r"""GELU with tanh in the place of the Gaussian (Hendrycks and Gimpel, 2016, arXiv:1606.08415, section 2).

    .. math::

        \text{forward:}\quad a = \tfrac{z}{2} \bigl(1 + \tanh u(z)\bigr) = z\,\sigma(2u), \quad
        u = \sqrt{\tfrac{2}{\pi}}\,(z + 0.044715\,z^3)

    .. math::

        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \sigma(2u)\,\bigl(1 + 2 z\,u'(z)\,\sigma(-2u)\bigr), \quad
        u' = \sqrt{\tfrac{2}{\pi}}\,(1 + 3 \cdot 0.044715\,z^2)

    It is what GPT-2 and BERT were trained with, and within 5e-4 of `GELU` everywhere. Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_gelu import TanhGELU
    >>> TanhGELU().forward(np.array([-1.0, 0.0, 1.0])).round(6)
    array([-0.158808,  0.      ,  0.841192])
    """

    name = "gelu_tanh"

    def function(self, z: Array) -> Array:
        """Return z σ(2u), which is z/2 (1 + tanh u)."""
        return in_float64(_tanh_gelu, z)

    def derivative(self, z: Array) -> Array:
        """Return σ(2u) (1 + 2 z u′ σ(-2u))."""
        return in_float64(_tanh_gelu_slope, z)


class QuickGELU(lk.Activation):
    r"""GELU with the logistic sigmoid in the place of the Gaussian (arXiv:1606.08415, section 2).

    .. math::

        \text{forward:}\quad a = z\,\sigma(1.702\,z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \sigma(1.702\,z)\,\bigl(1 + 1.702\,z\,\sigma(-1.702\,z)\bigr)

    It is what CLIP was trained with, and within 0.0204 of `GELU` everywhere. Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_gelu import QuickGELU
    >>> QuickGELU().forward(np.array([-1.0, 0.0, 1.0])).round(6)
    array([-0.154204,  0.      ,  0.845796])
    """

    name = "quick_gelu"

    def function(self, z: Array) -> Array:
        """Return z σ(1.702 z)."""
        return in_float64(_quick_gelu, z)

    def derivative(self, z: Array) -> Array:
        """Return σ(1.702 z) (1 + 1.702 z σ(-1.702 z))."""
        return in_float64(_quick_gelu_slope, z)


def _gelu(z: Array) -> Array:
    z = _from_below(z)
    a: Array = z * ndtr(z)
    return a


def _gelu_slope(z: Array) -> Array:
    z = _clipped(z)
    density = np.exp(-(z * z) / 2) / math.sqrt(2 * math.pi)
    slope: Array = ndtr(z) + z * density
    return slope


def _tanh_gelu(z: Array) -> Array:
    # σ(2u) instead of (1 + tanh u)/2: the sum has no correct digit left where tanh u is close to -1
    return _from_below(z) * sigmoid(2 * _u(_clipped(z)))


def _tanh_gelu_slope(z: Array) -> Array:
    z = _clipped(z)
    s = sigmoid(2 * _u(z))
    du = math.sqrt(2 / math.pi) * (1 + 3 * _CUBIC * (z * z))
    slope: Array = s * (1 + 2 * z * du * (1 - s))
    return slope


def _quick_gelu(z: Array) -> Array:
    return _from_below(z) * sigmoid(_STEEPNESS * _clipped(z))


def _quick_gelu_slope(z: Array) -> Array:
    u = _STEEPNESS * _clipped(z)
    s = sigmoid(u)
    slope: Array = s * (1 + u * (1 - s))
    return slope


def _u(z: Array) -> Array:
    return math.sqrt(2 / math.pi) * (z * (1 + _CUBIC * (z * z)))  # z**3 is a call of pow for every element


def _from_below(z: Array) -> Array:
    return np.maximum(z, -_FAR)  # -∞ times the step 0 would be NaN


def _clipped(z: Array) -> Array:
    return np.clip(z, -_FAR, _FAR)  # powers of z would overflow

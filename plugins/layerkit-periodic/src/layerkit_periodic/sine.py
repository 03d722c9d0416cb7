"""Sine, and the first weights that a network of sines needs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import layerkit as lk
from layerkit.activations import in_float64
from layerkit.validation import Array, check_flag, check_number

__all__ = ["Sine", "Siren"]


class Sine(lk.Activation):
    r"""Sine of a frequency (Sitzmann et al., 2020, arXiv:2006.09661).

    .. math::

        \text{forward:}\quad a = \sin(w_0 z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ w_0 \cos(w_0 z)

    Shapes: any.

    Parameters
    ----------
    w0 : float
        The frequency w₀, above 0. In the first layer of a coordinate network it determines how fine the details of
        the untrained network are.

    Attributes
    ----------
    gain : float
        √2/w₀, not the 1/√E[f(z)²] of other activations: it keeps the variance of w₀ z from one sine to the
        next, not that of z, at 0.80, the root of v = 1 - exp(-2v).

    Raises
    ------
    ConfigError
        If `w0` is not a finite number above 0.

    See Also
    --------
    Siren : The initialization of the same paper.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_periodic import Sine
    >>> Sine(w0=2.0).forward(np.array([0.0, np.pi / 12, np.pi / 4])).round(6)
    array([0. , 0.5, 1. ])
    """

    name = "sine"

    def __init__(self, w0: float = 30.0) -> None:
        self.w0 = check_number("w0", w0, minimum=0, exclusive=True)
        self.gain = math.sqrt(2) / self.w0

    def function(self, z: Array) -> Array:
        """Return sin(w₀ z)."""
        # the phase in float64: rounded to float32, a phase of 300 is off by up to 1.5e-5, 250 ULP of the sine
        return in_float64(lambda z: np.sin(self.w0 * z), z)

    def derivative(self, z: Array) -> Array:
        """Return w₀ cos(w₀ z)."""
        return in_float64(lambda z: self.w0 * np.cos(self.w0 * z), z)


class Siren(lk.initializers.Initializer):
    r"""The initializer of the weights before a `Sine` (Sitzmann et al., 2020, arXiv:2006.09661, section 3.2).

    .. math::

        W \sim U\Bigl(-\frac{\sqrt{6/n}}{w_0},\; \frac{\sqrt{6/n}}{w_0}\Bigr), \qquad
        \text{in the first layer}\quad W \sim U\Bigl(-\frac{1}{n},\; \frac{1}{n}\Bigr)

    with n = fan_in. In all layers but the first it keeps the phase w₀ z near unit variance at any depth; in the
    first, w₀ is the range of the phases, and so determines how fine the details are.

    Parameters
    ----------
    w0 : float
        The frequency of the `Sine` that follows, above 0.
    first : bool
        Whether the weights are those of the first layer, which takes coordinates in [-1, 1].

    Raises
    ------
    ConfigError
        If `w0` is not a finite number above 0, or `first` is no bool.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit_periodic import Sine, Siren
    >>> model = lk.Sequential(
    ...     lk.Dense(2, 64, weight_initializer=Siren(first=True)),
    ...     Sine(),
    ...     lk.Dense(64, 64, weight_initializer=Siren()),
    ...     Sine(),
    ...     lk.Dense(64, 1, weight_initializer=Siren()),
    ...     rng=0,
    ... )
    >>> bool(abs(model[0].weight.value).max() <= 1 / 2)
    True
    """

    def __init__(self, w0: float = 30.0, first: bool = False) -> None:
        self.w0 = check_number("w0", w0, minimum=0, exclusive=True)
        self.first = check_flag("first", first)

    def draw(self, parameter: Any, rng: np.random.Generator) -> Array:
        """Return the values."""
        n = parameter.fan_in
        limit = 1 / n if self.first else math.sqrt(6 / n) / self.w0
        weight: Array = rng.uniform(-limit, limit, parameter.shape)
        return weight

"""Sine, and the first weights that a network of sines needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import layerkit as lk
from layerkit.validation import Array, Shape, check_number

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
        The frequency w₀, above 0. In the first layer of a coordinate network it sets how fine the details
        are that the network starts with.

    Attributes
    ----------
    gain : float
        √2/w₀, not the 1/√E[f(z)²] of other activations: from one sine to the next it is w₀ z, instead of z,
        whose variance is kept: at 0.80, the root of v = 1 - exp(-2v).

    Raises
    ------
    ConfigError
        If `w0` is not a finite number above 0.

    See Also
    --------
    Siren : The initialisation of the same paper.

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
        a: Array = np.sin(np.multiply(z, self.w0, dtype=np.float64)).astype(z.dtype)
        return a

    def derivative(self, z: Array) -> Array:
        """Return w₀ cos(w₀ z)."""
        slope: Array = (self.w0 * np.cos(np.multiply(z, self.w0, dtype=np.float64))).astype(z.dtype)
        return slope


@dataclass(frozen=True)
class Siren:
    r"""How the weights before a `Sine` start (Sitzmann et al., 2020, arXiv:2006.09661, section 3.2).

    .. math::

        W \sim U\Bigl(-\frac{\sqrt{6/n}}{w_0},\; \frac{\sqrt{6/n}}{w_0}\Bigr), \qquad
        \text{in the first layer}\quad W \sim U\Bigl(-\frac{1}{n},\; \frac{1}{n}\Bigr)

    with n = fan_in. In every layer but the first it keeps w₀ z, the phase, near unit variance at any depth; in
    the first, w₀ sets how far the phases spread, and so how fine the details are.

    Parameters
    ----------
    w0 : float
        The frequency of the `Sine` that follows, above 0.
    first : bool
        Whether this is the first layer, which takes coordinates in [-1, 1].

    Raises
    ------
    ConfigError
        If `w0` is not a finite number above 0.

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

    w0: float = 30.0
    first: bool = False

    def __post_init__(self) -> None:
        check_number("w0", self.w0, minimum=0, exclusive=True)

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        """Draw."""
        fan_in = shape[0]
        limit = 1 / fan_in if self.first else math.sqrt(6 / fan_in) / self.w0
        return rng.uniform(-limit, limit, shape)

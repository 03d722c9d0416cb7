"""Gaussian: a bump, for coordinate networks that need no special first weights."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.activations import in_float64
from layerkit.validation import Array, check_number

__all__ = ["Gaussian"]

# exp(-u²/2) is 0 beyond this, also in float64.
_FAR = 40


class Gaussian(lk.Activation):
    r"""Bell curve (Ramasinghe and Lucey, 2022, arXiv:2111.15135).

    .. math::

        \text{forward:}\quad a = e^{-z^2/(2 s^2)} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \Bigl(-\frac{z}{s^2}\, e^{-z^2/(2 s^2)}\Bigr)

    Shapes: any.

    Parameters
    ----------
    s : float
        The width, above 0: in a coordinate network, the smaller, the finer the details.

    Raises
    ------
    ConfigError
        If `s` is not a finite number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_periodic import Gaussian
    >>> Gaussian(s=0.5).forward(np.array([-0.5, 0.0, 0.5])).round(6)
    array([0.606531, 1.      , 0.606531])
    """

    name = "gaussian"

    def __init__(self, s: float = 1.0) -> None:
        self.s = check_number("s", s, minimum=0, exclusive=True)

    def function(self, z: Array) -> Array:
        """Return exp(-z²/(2 s²))."""
        # in float64: rounded to float32, an exponent of -84 costs the last two digits of its exponential
        return in_float64(lambda z: np.exp(-(self._scaled(z) ** 2) / 2), z)

    def derivative(self, z: Array) -> Array:
        """Return -z/s² exp(-z²/(2 s²))."""
        return in_float64(self._slope, z)

    def _slope(self, z: Array) -> Array:
        u = self._scaled(z)
        slope: Array = -u / self.s * np.exp(-(u**2) / 2)
        return slope

    def _scaled(self, z: Array) -> Array:
        return np.clip(z, -_FAR * self.s, _FAR * self.s) / self.s  # u² would overflow

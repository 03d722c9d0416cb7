"""Snake: the identity with a wave on it."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.activations import in_float64
from layerkit.validation import Array, check_number

__all__ = ["Snake"]


class Snake(lk.Activation):
    r"""The identity plus a squared sine, which learns and continues periods (Ziyin et al., 2020, arXiv:2006.08195).

    .. math::

        \text{forward:}\quad a = z + \frac{\sin^2(\alpha z)}{\alpha} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \bigl(1 + \sin(2 \alpha z)\bigr)

    with the frequency α, the argument `a`. Shapes: any.

    Parameters
    ----------
    a : float
        The frequency, above 0. The period of the wave is π/a.

    Raises
    ------
    ConfigError
        If `a` is not a finite number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_periodic import Snake
    >>> Snake(a=2.0).forward(np.array([-np.pi / 4, 0.0, np.pi / 4])).round(6)
    array([-0.285398,  0.      ,  1.285398])
    """

    name = "snake"

    def __init__(self, a: float = 1.0) -> None:
        self.a = check_number("a", a, minimum=0, exclusive=True)

    def function(self, z: Array) -> Array:
        """Return z + sin²(a z)/a."""
        # the phase in float64, as in Sine
        return in_float64(lambda z: z + np.sin(self.a * z) ** 2 / self.a, z)

    def derivative(self, z: Array) -> Array:
        """Return 1 + sin(2 a z)."""
        return in_float64(lambda z: 1 + np.sin(2 * self.a * z), z)

"""LeakyReLU: a rectifier with a small slope on the left."""

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array, check_number

__all__ = ["LeakyReLU"]


class LeakyReLU(Activation):
    r"""Leaky rectified linear unit (Maas et al., 2013).

    .. math::

        \text{forward:}\quad a = \max(z, 0) + s \min(z, 0) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \begin{cases} 1 & z > 0 \\ s & z \le 0 \end{cases}

    Shapes: any.

    Parameters
    ----------
    negative_slope : float
        The slope s for z ≤ 0.

    Raises
    ------
    ConfigError
        If `negative_slope` is not a finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.LeakyReLU(0.1).forward(np.array([-1.0, 2.0]))
    array([-0.1,  2. ])
    """

    name = "leaky_relu"
    kinks = (0.0,)

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = check_number("negative_slope", negative_slope)

    def function(self, z: Array) -> Array:
        """Return max(z, 0) + s min(z, 0)."""
        return np.maximum(z, 0) + self.negative_slope * np.minimum(z, 0)

    def derivative(self, z: Array) -> Array:
        """Return 1 where z > 0, else s."""
        right = (z > 0).astype(z.dtype)
        slope: Array = right + self.negative_slope * (1 - right)
        return slope

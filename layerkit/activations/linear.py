"""Linear: the identity, for output layers that predict a number as it is."""

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array

__all__ = ["Linear"]


class Linear(Activation):
    r"""Identity activation. The affine layer x W + b is `layerkit.Dense`.

    .. math::

        \text{forward:}\quad a = z \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a}

    Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Linear().forward(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """

    name = "linear"
    gain = 1.0

    def function(self, z: Array) -> Array:
        """Return z."""
        return z

    def derivative(self, z: Array) -> Array:
        """Return 1."""
        return np.ones_like(z)

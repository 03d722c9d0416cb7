"""ReLU: the rectifier."""

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array

__all__ = ["ReLU"]

# 0 as an array: in a small batch, a ufunc takes as long to convert a Python number as to compute
_ZERO = np.zeros((), np.float32)


class ReLU(Activation):
    r"""Rectified linear unit (Nair and Hinton, 2010).

    .. math::

        \text{forward:}\quad a = \max(z, 0) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ [z > 0]

    The derivative at the kink z = 0 is 0 by convention. Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> relu = lk.ReLU()
    >>> relu.forward(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    >>> relu.backward(np.ones(3))
    array([0., 0., 1.])
    """

    name = "relu"
    kinks = (0.0,)
    gain = 2**0.5

    def function(self, z: Array) -> Array:
        """Return max(z, 0)."""
        return np.maximum(z, _ZERO)

    def derivative(self, z: Array) -> Array:
        """Return 1 where z > 0, else 0."""
        return (z > _ZERO).astype(z.dtype)

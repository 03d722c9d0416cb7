"""Flatten: samples of any shape as rows of features."""

import math

from layerkit.layers.base import Layer
from layerkit.validation import Array, Shape

__all__ = ["Flatten"]


class Flatten(Layer):
    r"""Make every sample one row of features: ``(batch, ...)`` becomes ``(batch, features)``.

    .. math::

        \text{forward:}\quad y = \mathrm{reshape}(x) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \mathrm{reshape}^{-1}\Bigl(\frac{\partial C}{\partial y}\Bigr)

    Shapes: ``(batch, ...)``. Both passes return views where NumPy can make one.

    Raises
    ------
    ShapeError
        If the input has no batch axis.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Flatten().forward(np.zeros((32, 8, 8))).shape
    (32, 64)
    """

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return x as a matrix with one row a sample."""
        self.check_input(x)
        if training:
            self.cache = x.shape
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Return grad in the shape of the last input."""
        shape = self.cache
        self.check_gradient(grad, (shape[0], math.prod(shape[1:])))
        return grad.reshape(shape) if input_grad else None

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return ``(features,)``, or ``(None,)`` while a size is not known."""
        shape = self.check_shape(shape)
        return (None,) if None in shape or ... in shape else (math.prod(shape),)

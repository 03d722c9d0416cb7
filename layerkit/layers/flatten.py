"""Flatten: samples of any shape as rows of features."""

from __future__ import annotations

import math

from layerkit.validation import Array, Shape, as_array
from layerkit.errors import ShapeError
from layerkit.layers.base import Layer, as_gradient

__all__ = ["Flatten"]


class Flatten(Layer):
    r"""Lay every sample out as one row: ``(batch, ...)`` becomes ``(batch, features)``.

    .. math::

        \text{forward:}\quad y = \mathrm{reshape}(x) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \mathrm{reshape}^{-1}\Bigl(\frac{\partial C}{\partial y}\Bigr)

    Shapes: ``(batch, ...)``, at least one axis. Both return views where NumPy can make one.

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

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return x as a matrix with one row a sample."""
        x = as_array(x)
        if x.ndim == 0:
            raise ShapeError("Flatten() takes a batch of shape (batch, ...), got a single number.")
        if training:
            self.cache = x.shape, x.dtype
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Return grad in the shape of the last input."""
        shape, dtype = self.cache
        return as_gradient(self, grad, (shape[0], math.prod(shape[1:])), dtype).reshape(shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(features,)``."""
        return (math.prod(input_shape),)

"""Dense: the affine layer, which has most of the parameters of a network."""

from functools import lru_cache
from typing import Any

import numpy as np

from layerkit.initializers import ActivationScaled, Constant, Initializer
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter
from layerkit.validation import Array, DType, Shape, check_flag, check_integer

__all__ = ["Dense"]


class Dense(Layer):
    r"""Affine layer, in which every output sees every input.

    .. math::

        \text{forward:}\quad  z = a W + b \qquad
        \text{backward:}\quad \frac{\partial C}{\partial W} = a^T \delta, \quad
        \frac{\partial C}{\partial b} = \sum_{\text{batch}} \delta, \quad
        \frac{\partial C}{\partial a} = \delta W^T

    with δ = ∂C/∂z. Shapes: a ``(batch, ..., in_features)``, z and δ ``(batch, ..., out_features)``,
    W ``(in_features, out_features)``, b ``(out_features,)``. The axes between count as batch.

    Parameters
    ----------
    in_features, out_features : int
        The sizes of the last axis before and after, at least 1.
    bias : bool
        Whether to add b.
    weight_initializer, bias_initializer : Initializer
        The rules for the first values. By default W has variance gain²/in_features, with the gain of
        the activation that follows (1 without one), and b is zero.

    Attributes
    ----------
    weight, bias : Parameter
        W and b; `bias` is None without one. Assign to ``weight.value`` to set the values.

    Raises
    ------
    ConfigError
        If a size is not a positive integer, `bias` is no bool, or an initializer is no `Initializer`.
    ShapeError
        If the last axis of the input does not have `in_features` elements.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> dense = lk.Dense(2, 1)
    >>> dense.weight.value = [[2.0], [3.0]]
    >>> dense.forward(np.array([[1.0, 10.0]], np.float32))
    array([[32.]], dtype=float32)
    >>> dense.backward(np.array([[1.0]], np.float32))
    array([[2., 3.]], dtype=float32)
    >>> dense.weight.grad
    array([[ 1.],
           [10.]], dtype=float32)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        weight_initializer: Initializer = ActivationScaled(),
        bias_initializer: Initializer = Constant(),
    ) -> None:
        self.in_features = check_integer("in_features", in_features, 1)
        self.out_features = check_integer("out_features", out_features, 1)
        self.input_shape = (..., self.in_features)
        self.weight_initializer = weight_initializer
        self.bias_initializer = bias_initializer
        self.weight = Parameter((self.in_features, self.out_features), self.weight_initializer)
        self.bias = Parameter((self.out_features,), self.bias_initializer) if check_flag("bias", bias) else None

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return x W + b; see `Layer.forward`."""
        self.check_input(x)
        if training:
            self.cache = x
        z: Array = x.dot(self.weight.value) if x.ndim == 2 else x @ self.weight.value
        if self.bias is not None:
            z += self.bias.value
        return z

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Set dW = aᵀ δ and db = Σ δ = 1ᵀ δ, and return δ Wᵀ; see `Layer.backward`."""
        a, delta = self.cache, grad
        self.check_gradient(grad, (*a.shape[:-1], self.out_features))
        if a.ndim > 2:  # all axes but the last count as batch
            a, delta = a.reshape(-1, self.in_features), delta.reshape(-1, self.out_features)
        if not a.dtype == delta.dtype == self.weight.dtype:  # a layer on its own; networks convert on entry
            a, delta = a.astype(self.weight.dtype), delta.astype(self.weight.dtype)
        np.dot(a.T, delta, out=self.weight.grad)
        if self.bias is not None:
            np.dot(ones(delta.shape[0], delta.dtype), delta, out=self.bias.grad)
        if not input_grad:
            return None
        return grad.dot(self.weight.value.T) if grad.ndim == 2 else grad @ self.weight.value.T

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape with `out_features` in the place of `in_features`; see `Layer.output_shape`."""
        return (*self.check_shape(shape)[:-1], self.out_features)

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments; `bias` is whether there is one."""
        return super().arguments() | {"bias": self.bias is not None}


@lru_cache(maxsize=64)
def ones(size: int, dtype: DType) -> Array:
    """Return a vector of ones: a product with it is a sum over the batch, at half the price of `numpy.sum`."""
    vector: Array = np.ones(size, dtype)
    vector.setflags(write=False)
    return vector

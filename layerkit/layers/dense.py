"""Dense: the affine layer, where a network keeps most of what it learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit import initializers
from layerkit.validation import Array, Rng, Shape, as_array, check_integer, generator
from layerkit.errors import ShapeError
from layerkit.initializers import Initializer
from layerkit.layers.base import Layer, as_gradient
from layerkit.parameter import Parameter

__all__ = ["Dense"]


class Dense(Layer):
    r"""Affine layer, in which every output sees every input (sections 2 and 3.3 of the source document).

    .. math::

        \text{forward:}\quad  z = a W + b \qquad
        \text{backward:}\quad \frac{\partial C}{\partial W} = a^T \delta, \quad
        \frac{\partial C}{\partial b} = \sum_{\text{batch}} \delta, \quad
        \frac{\partial C}{\partial a} = \delta W^T

    with δ = ∂C/∂z. Shapes: a ``(batch, in_features)``, z and δ ``(batch, out_features)``,
    W ``(in_features, out_features)``, b ``(out_features,)``.

    Parameters
    ----------
    in_features, out_features : int
        Sizes of one sample before and after, at least 1.
    bias : bool
        Whether to add b.
    weight_initializer, bias_initializer : callable, optional
        ``(shape, rng, gain) -> array``. By default W gets variance gain²/in_features, with the gain of
        the activation that follows (1 without one), and b is zero.
    rng : int, numpy.random.Generator or None
        What this layer draws from; by default the generator of the network that it becomes a part of.
    dtype : dtype, optional
        float32 (default) or float64. A network changes it to its own.

    Attributes
    ----------
    weight, bias : Parameter
        W and b; `bias` is None without one. Assign to ``weight.value`` to set the values.

    Raises
    ------
    ConfigError
        If a size is not a positive integer, or an initializer cannot be called.
    ShapeError
        If the input does not have `in_features` columns.

    Examples
    --------
    >>> import layerkit as lk
    >>> dense = lk.Dense(2, 1)
    >>> dense.weight.value = [[2.0], [3.0]]
    >>> dense.forward([[1.0, 10.0]])
    array([[32.]], dtype=float32)
    >>> dense.backward([[1.0]])
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
        weight_initializer: Initializer | Mapping[str, Any] | None = None,
        bias_initializer: Initializer | Mapping[str, Any] | None = None,
        rng: Rng = None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        self.in_features = check_integer("in_features", in_features, 1)
        self.out_features = check_integer("out_features", out_features, 1)
        self.input_shape = (self.in_features,)
        self.weight_initializer = initializers.from_config(weight_initializer or initializers.Automatic())
        self.bias_initializer = initializers.from_config(bias_initializer or initializers.Zeros())
        self.rng = rng
        source = None if rng is None else generator(rng)
        shape = (self.in_features, self.out_features)
        self.weight = Parameter("weight", shape=shape, initializer=self.weight_initializer, rng=source, dtype=dtype)
        self.bias = None
        if bias:
            initializer = self.bias_initializer
            self.bias = Parameter("bias", shape=shape[1:], initializer=initializer, rng=source, dtype=dtype)
        self._ones = np.ones(0, np.float32)

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return x W + b; see `Layer.forward`."""
        weight = self.weight.value
        if out is None or out is x:  # what offers no memory may be anything: the product would not refuse it
            out = None
            if type(x) is not np.ndarray or x.dtype is not weight.dtype or x.ndim != 2:
                x = self._as_batch(x)
        try:
            z: Array = x.dot(weight, out)
        except (AttributeError, ValueError):  # the offered array is of another shape, dtype or order, or x is wrong
            x = self._as_batch(x)
            z = x.dot(weight)
        if self.bias is not None:
            np.add(z, self.bias.value, out=z)
        if training:
            self.cache = x
        return z

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Set dW = xᵀ grad and db = Σ grad, and return dx = grad Wᵀ; see `Layer.backward`."""
        grad = self._parameter_gradients(grad)
        weight = self.weight.value
        try:
            dx: Array = grad.dot(weight.T, None if out is grad else out)
        except ValueError:  # the offered array is of another shape, dtype or order
            dx = grad.dot(weight.T)
        return dx

    def backward_parameters(self, grad: Array) -> None:
        """Set dW = xᵀ grad and db = Σ grad."""
        self._parameter_gradients(grad)

    def _parameter_gradients(self, grad: Array) -> Array:
        x: Array = self.cache
        try:
            x.T.dot(grad, self.weight.grad)
        except ValueError:  # grad is of another shape or dtype than the output
            grad = as_gradient(self, grad, (len(x), self.out_features), x.dtype)
            x.T.dot(grad, self.weight.grad)
        if self.bias is not None:
            if len(self._ones) != len(x):
                self._ones = np.ones(len(x), np.float32)
            self._ones.dot(grad, self.bias.grad)  # the sum over the batch, at a third of np.sum's price
        return grad

    def parameters(self) -> tuple[Parameter, ...]:
        """Return weight and bias."""
        return (self.weight,) if self.bias is None else (self.weight, self.bias)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(out_features,)``, refusing all but ``(in_features,)``."""
        if tuple(input_shape) != self.input_shape:
            got, fix = f"samples of shape {input_shape}", "Put a Flatten() before it, or reshape the batch."
            if len(input_shape) == 1:
                got = f"{input_shape[0]} features"
                fix = f"Give it {self.in_features}, or make it Dense({input_shape[0]}, {self.out_features})."
            elif not input_shape:
                fix = "The first axis of a batch counts the samples; for a single sample, use x[None, :]."
            raise ShapeError(f"{self!r} takes {self.in_features} features, got {got}. {fix}")
        return (self.out_features,)

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, fit for JSON; initializers of the user's own are left out."""
        config: dict[str, Any] = {
            "in_features": self.in_features,
            "out_features": self.out_features,
            "bias": self.bias is not None,
            "dtype": self.weight.dtype.name,
        }
        for name in ("weight_initializer", "bias_initializer"):
            known = initializers.to_config(getattr(self, name))
            if known is not None:
                config[name] = known
        if isinstance(self.rng, int | np.integer):
            config["rng"] = int(self.rng)
        return config

    def __repr__(self) -> str:
        return f"Dense({self.in_features}, {self.out_features}{'' if self.bias is not None else ', bias=False'})"

    def _as_batch(self, x: npt.ArrayLike) -> Array:
        array = as_array(x, self.weight.dtype)
        if array.shape[1:] != self.input_shape:
            self.output_shape(array.shape[1:])
        return array

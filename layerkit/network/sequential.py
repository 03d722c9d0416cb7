"""Sequential: layers in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

import numpy as np
import numpy.typing as npt

from layerkit.batch import arrays, as_gradient, concatenate, owned, rows, shape_of, take
from layerkit.errors import DTypeError, PluginError, ShapeError
from layerkit.layers.base import Layer
from layerkit.network.composite import Composite, backward_through, check_layers
from layerkit.network.summary import summarize
from layerkit.provenance import described
from layerkit.text import Text
from layerkit.validation import Batch, Rng, Shape, check_integer

__all__ = ["Sequential"]


class Sequential(Composite):
    r"""Layers one after the other.

    .. math::

        \text{forward:}\quad  a^{(l)} = f^{(l)}(a^{(l-1)}),\; l = 1 \dots L \qquad
        \text{backward:}\quad \frac{\partial C}{\partial a^{(l-1)}} =
        \frac{\partial C}{\partial a^{(l)}} \frac{\partial a^{(l)}}{\partial a^{(l-1)}},\; l = L \dots 1

    On construction it checks that the layers fit. It is a layer itself, and so can be part of another network. An
    index gives a layer; a slice gives a network that shares the parameters of its layers.

    Parameters
    ----------
    *layers : Layer
        At least one. A layer, and a parameter, can be used only once in a network.
    rng : int, numpy.random.Generator or None
        Seed or generator for everything that is unset: weights, and the generators of layers such as `Dropout`.
        None leaves that to its first use, with fresh entropy, or to a network that this one becomes part of.
    dtype : dtype, optional
        float32 or float64 for all parameters; by default the dtype of the layers, float32 unless converted.

    Attributes
    ----------
    layers : tuple of Layer
        The layers in order.
    parameter_vector, gradient_vector : numpy.ndarray
        All parameters, and all gradients, in one contiguous vector each. The parameters of the layers are views of it.
    dtype : numpy.dtype
        The dtype that the network computes in; input is converted to it once.

    Raises
    ------
    ShapeError
        If a layer does not fit the one before it, or an input does not fit the first.
    ConfigError
        If there is no layer, something is no layer, or is used twice.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> model.forward(np.ones((8, 4))).shape
    (8, 1)
    >>> model.backward(np.ones((8, 1))).shape
    (8, 4)
    >>> model.parameter_vector.size
    97
    """

    def __init__(self, *layers: Layer, rng: Rng = None, dtype: npt.DTypeLike | None = None) -> None:
        check_layers(layers, type(self).__name__)
        self.layers = layers
        self.input_shape, self.input_dtype = layers[0].input_shape, layers[0].input_dtype
        self._first = next((i for i, layer in enumerate(layers) if layer.parameters()), len(layers))
        self.compose(rng, dtype)

    def forward(self, x: Batch, training: bool = True) -> Batch:
        """Return the output of the last layer; see `Layer.forward`."""
        y, dtype = self.enter(x), self.dtype
        shapes = [shape_of(y)]
        try:
            for layer in self.layers:
                y = layer.forward(y, training)
                usual = type(y) is np.ndarray and y.dtype == dtype
                shapes.append(y.shape if usual else self._checked_shape(len(shapes) - 1, y))
        except (ShapeError, DTypeError) as error:
            raise self._located(error, len(shapes) - 1) from None
        if training:
            self.cache = shapes
        return y

    def backward(self, grad: Batch, input_grad: bool = True) -> Batch | None:
        """Set every gradient and return that of the input; see `Layer.backward`."""
        shapes, grad = self.cache, as_gradient(grad, self.dtype)
        self.check_gradient(grad, shapes[-1])
        lowest = 0 if input_grad else self._first  # nothing below the first parameters needs a gradient
        for i in range(len(self.layers) - 1, lowest - 1, -1):
            grad = backward_through(self.layers[i], grad, input_grad or i > lowest, shapes[i])
        return grad if input_grad else None

    def predict(self, X: Batch, batch_size: int | None = None) -> Batch:
        """Return the output for any number of samples, as ``forward(X, training=False)`` does.

        It writes nothing on the network: any number of threads may predict at the same time.

        Parameters
        ----------
        X : array_like or tuple
            The samples, shape ``(samples, ...)``.
        batch_size : int, optional
            The number of rows that go through together; 1024 by default.

        Returns
        -------
        numpy.ndarray or tuple
            The output, shape ``(samples, ...)``, a new array.

        Raises
        ------
        ShapeError
            If the samples do not fit the first layer, or there are none.
        ConfigError
            If `batch_size` is not a positive integer.
        """
        x, size = self.enter(X), 1024 if batch_size is None else check_integer("batch_size", batch_size, 1)
        count = rows(x)
        if count > size:
            return concatenate([self.forward(take(x, slice(i, i + size)), False) for i in range(0, count, size)])
        return owned(self.forward(x, training=False), x)

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape of one output sample; see `Layer.output_shape`."""
        return self.shapes(shape)[-1]

    def shapes(self, shape: Shape | None = None) -> list[Shape]:
        """Return the shape of one sample before the first layer and after each.

        Parameters
        ----------
        shape : tuple, optional
            The shape of one input sample; by default `input_shape`.

        Returns
        -------
        list of tuple
            One shape more than there are layers.

        Raises
        ------
        ShapeError
            If a layer does not take the samples of the one before it.
        """
        shapes = [self.input_shape if shape is None else shape]
        for i, layer in enumerate(self.layers):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except ShapeError as error:
                raise self._located(error, i) from None
        return shapes

    def set_gain(self, gain: float | None) -> float | None:
        """Tell each layer the gain of the activation that follows it; see `Layer.set_gain`."""
        for layer in reversed(self.layers):
            gain = layer.set_gain(gain)
        return gain

    def summary(self, input_shape: Shape | None = None) -> Text:
        """Return a table of layers, shapes, parameter counts and memory, to print or to look at.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample; by default as few axes as the first layer takes, unknown if it takes any.

        Returns
        -------
        str
            The table.
        """
        if input_shape is None and self.input_shape and self.input_shape[0] is ... and len(self.input_shape) > 1:
            input_shape = self.input_shape[1:]  # (..., features): a sample of features, as nearly always
        return summarize(self.layers, self.shapes(input_shape), self.dtype.itemsize)

    def children(self) -> dict[str, Layer]:
        """Return the layers by their positions, ``"0"`` and up; see `Layer.children`."""
        return {str(position): layer for position, layer in enumerate(self.layers)}

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Layer | Sequential:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __repr__(self) -> str:
        inner = "".join(f"    {line}\n" for layer in self.layers for line in f"{layer!r},".splitlines())
        return f"{type(self).__name__}(\n{inner})"

    def _located(self, error: Exception, i: int) -> Exception:
        before = f" It comes after layer {i - 1}, {described(self.layers[i - 1])}." if i else ""
        return type(error)(f"layer {i} of the {type(self).__name__}: {error}{before}")

    def _checked_shape(self, i: int, y: Batch) -> Shape:
        for array in arrays(y):
            dtype = getattr(array, "dtype", type(array).__name__)
            if isinstance(dtype, str) or (dtype.kind == "f" and dtype != self.dtype):
                raise PluginError(
                    f"layer {i}, {described(self.layers[i])}, must return arrays of {self.dtype}, or of integers, but "
                    f"returned {dtype}. Use Python numbers as constants, or .astype(x.dtype)."
                )
        return shape_of(y)

"""Sequential: layers in a row, their parameters in one vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from layerkit.validation import Array, Rng, Shape, as_array, check_integer, float_dtype, generator
from layerkit.network.composition import check_layers, lay_out, leaves_with_gains, shapes_through, shared_vectors
from layerkit.errors import ShapeError
from layerkit.network.inference import infer, infer_in_chunks, rows_in_cache
from layerkit.layers.base import Layer, as_gradient
from layerkit.parameter import Parameter
from layerkit.network.summary import Summary, summarize
from layerkit.network.workspace import Workspace

__all__ = ["Sequential"]

# Batch shapes whose workspaces are kept: a full batch, the smaller last one, and two more.
_WORKSPACES = 4


class Sequential(Layer):
    r"""Layers one after the other (section 4 of the source document).

    .. math::

        \text{forward:}\quad  a^{(l)} = f^{(l)}(a^{(l-1)}),\; l = 1 \dots L \qquad
        \text{backward:}\quad \frac{\partial C}{\partial a^{(l-1)}} =
        \frac{\partial C}{\partial a^{(l)}} \frac{\partial a^{(l)}}{\partial a^{(l-1)}},\; l = L \dots 1

    On construction it checks that the layers fit, moves their parameters into one vector, and draws,
    in order, the weights that nobody has set or seen, each with the gain of the activation that
    follows. It is a layer itself, and so can be part of another network. An index gives a layer; a
    slice gives a network that shares the parameters of the stretch.

    Parameters
    ----------
    *layers : Layer
        At least one. An object, and a parameter, can be in a network only once.
    rng : int, numpy.random.Generator or None
        What weights and dropout masks are drawn from; fresh entropy by default. A network in this one
        has drawn its own already.
    dtype : dtype, optional
        float32 or float64 for all parameters; by default what the layers have, float32 unless told.

    Attributes
    ----------
    layers : tuple of Layer
        The layers in order.
    parameter_vector, gradient_vector : numpy.ndarray
        All parameters, and all gradients, in one contiguous vector each. Layers hold views of them.
    dtype : numpy.dtype
        What the network computes in; input is converted to it once.

    Raises
    ------
    ShapeError
        If a layer does not fit the one before it, or an input does not fit the first.
    ConfigError
        If there is no layer, something is no layer, is in the network twice, or belongs to another one.

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
        check_layers(layers)
        self.layers = layers
        self._promised = shapes_through(layers, None)[-1]
        self.input_shape = layers[0].input_shape
        source, parts = generator(rng), leaves_with_gains(layers)
        self._place(*lay_out(layers, None if dtype is None else float_dtype(dtype)))
        for part, gain in parts:
            part.initialize(source, gain)
        for parameter in self.parameters():  # those that a layer made of others has besides
            parameter.initialize(source)

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return the output of the last layer, an array of the caller's own; see `Layer.forward`."""
        x = self._as_input(x)
        if not training:
            return self._infer(x)
        workspace = self._workspaces.get(x.shape)
        if workspace is None:
            workspace = self._new_workspace(x)
        y = x
        for forward, buffer in workspace.forward:
            y = forward(y, True, buffer)
        offer = np.empty(workspace.output_shape, self.dtype) if out is None else out
        y = self.layers[-1].forward(y, True, offer)
        self.cache = workspace
        return y if y is offer else y.copy()  # it may lie in the workspace

    @overload
    def backward(self, grad: Array, out: Array | None = None, input_grad: Literal[True] = True) -> Array: ...

    @overload
    def backward(self, grad: Array, out: Array | None = None, *, input_grad: bool) -> Array | None: ...

    def backward(self, grad: Array, out: Array | None = None, input_grad: bool = True) -> Array | None:
        """Overwrite every gradient and return that of the input.

        Parameters
        ----------
        grad : numpy.ndarray
            ∂C/∂output, of the shape that the last `forward` returned.
        out : numpy.ndarray, optional
            An offer of memory for the result.
        input_grad : bool
            False leaves the gradient of the input uncomputed.

        Returns
        -------
        numpy.ndarray or None
            ∂C/∂input, an array of the caller's own; None with ``input_grad=False``.

        Raises
        ------
        StateError
            If no `forward` with ``training=True`` came before.
        ShapeError
            If `grad` has another shape than the last output.
        """
        workspace: Workspace = self.cache
        if type(grad) is not np.ndarray or grad.dtype is not self.dtype or grad.shape != workspace.output_shape:
            grad = as_gradient(self, grad, workspace.output_shape, self.dtype)
        if not input_grad:
            for backward, buffer in workspace.backward_to_first:
                grad = backward(grad, buffer)
            if workspace.first is not None:
                workspace.first.backward_parameters(grad)
            return None
        for backward, buffer in workspace.backward:
            grad = backward(grad, buffer)
        offer = np.empty(workspace.input_shape, self.dtype) if out is None else out
        grad = self.layers[0].backward(grad, offer)
        return grad if grad is offer else grad.copy()

    def backward_parameters(self, grad: Array) -> None:
        """Overwrite every gradient, without that of the input."""
        self.backward(grad, input_grad=False)

    def predict(self, X: npt.ArrayLike, batch_size: int | None = None) -> Array:
        """Return the output for any number of samples, as ``forward(X, training=False)`` does.

        It writes nothing on the network: any number of threads may predict at the same time.

        Parameters
        ----------
        X : array_like
            The samples, shape ``(samples, ...)``.
        batch_size : int, optional
            Rows that go through together; by default as many as stay in cache.

        Returns
        -------
        numpy.ndarray
            The output, shape ``(samples, ...)``.

        Raises
        ------
        ShapeError
            If the samples do not fit the first layer.
        ConfigError
            If `batch_size` is not a positive integer.
        """
        x = self._as_input(X)
        rows = rows_in_cache(self.layers, x) if batch_size is None else check_integer("batch_size", batch_size, 1)
        return self._infer(x) if len(x) <= rows else infer_in_chunks(self.layers, x, rows)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one output sample; see `Layer.output_shape`."""
        shape = shapes_through(self.layers, tuple(input_shape))[-1]
        assert shape is not None  # known input, known output
        return shape

    def initialize(self, rng: np.random.Generator, gain: float = 1.0) -> None:
        """Do nothing: the weights were drawn when this network was composed."""

    def config(self) -> dict[str, Any]:
        """Return classes and configurations of the layers, and the dtype, fit for JSON."""
        layers = [
            {"class": f"{type(layer).__module__}:{type(layer).__qualname__}", "config": layer.config()}
            for layer in self.layers
        ]
        return {"layers": layers, "dtype": self.dtype.name}

    def summary(self, input_shape: Shape | None = None) -> Summary:
        """Return a table of layers, shapes, parameter counts and memory, to print or to look at.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample, needed only where the first layers take any.

        Returns
        -------
        str
            The table.
        """
        return summarize(self.layers, shapes_through(self.layers, input_shape), self.dtype.itemsize)

    @property
    def parameter_vector(self) -> Array:
        """All parameters in one contiguous vector."""
        if self._first.grad is not self._anchor:
            self._follow()
        return self._values

    @property
    def gradient_vector(self) -> Array:
        """All gradients in one contiguous vector, in the order of the parameters."""
        if self._first.grad is not self._anchor:
            self._follow()
        return self._grads

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Layer | Sequential:
        return Sequential(*self.layers[index], dtype=self.dtype) if isinstance(index, slice) else self.layers[index]

    def __repr__(self) -> str:
        inner = "".join(f"    {line}\n" for layer in self.layers for line in f"{layer!r},".splitlines())
        return f"Sequential(\n{inner})"

    def __getstate__(self) -> dict[str, Any]:
        state = ("layers", "input_shape", "dtype", "_promised")
        return {name: getattr(self, name) for name in state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._place(*lay_out(self.layers, float_dtype(self.dtype)))

    def _place(self, values: Array, grads: Array) -> None:
        self._values, self._grads, self.dtype = values, grads, values.dtype
        self._workspaces: dict[Shape, Workspace] = {}
        self._first = next(iter(self.parameters()), Parameter("none", shape=(0,)))
        self._anchor = self._first.grad
        for layer in self.layers:
            if isinstance(layer, Sequential):  # without parameters there is nothing to follow but the dtype
                layer._place(*(shared_vectors(layer.parameters()) or (values[:0], grads[:0])))

    def _follow(self) -> None:
        # the vectors have moved: this network has become a part of another one
        vectors = shared_vectors(self.parameters())
        assert vectors is not None  # lay_out keeps the parameters of a network in a row
        self._place(*vectors)

    def _as_input(self, X: npt.ArrayLike) -> Array:
        if self._first.grad is not self._anchor:
            self._follow()
        x = X if type(X) is np.ndarray and X.dtype is self.dtype else as_array(X, self.dtype, "X")
        if x.shape[1:] != self.input_shape:
            if not x.ndim:
                raise ShapeError(f"{self._title()} takes a batch, with the samples along axis 0, got one number.")
            shapes_through(self.layers, x.shape[1:])
        return x

    def _infer(self, x: Array) -> Array:
        y = infer(self.layers, x, self._promised)
        return y if y is not x and y.base is None else y.copy()

    def _new_workspace(self, x: Array) -> Workspace:
        while len(self._workspaces) >= _WORKSPACES:
            del self._workspaces[next(iter(self._workspaces))]
        workspace = self._workspaces[x.shape] = Workspace(self.layers, x)
        return workspace

    def _title(self) -> str:
        return f"the Sequential of {len(self.layers)} layers that starts with {self.layers[0]!r}"

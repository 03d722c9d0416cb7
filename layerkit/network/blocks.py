"""Blocks: layers that branch, and join again."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.batch import add, as_gradient, as_input, each, same_shape, shape_of
from layerkit.errors import DTypeError, ShapeError
from layerkit.layers.base import Layer
from layerkit.network.composite import Composite, backward_through, check_layers
from layerkit.network.sequential import Sequential
from layerkit.shapes import fits, is_tuple_of_shapes, show
from layerkit.text import one_line
from layerkit.validation import Batch, Rng, Shape, check_choice

__all__ = ["Parallel", "Residual"]


class Residual(Sequential):
    r"""Layers in a row whose result is added to their input (He et al., 2016, arXiv:1512.03385).

    .. math::

        \text{forward:}\quad y = x + f(x) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \frac{\partial C}{\partial y} +
        \frac{\partial C}{\partial y}\frac{\partial f}{\partial x}

    Shapes: any that the layers return as they take it.

    Parameters
    ----------
    *layers : Layer
        The layers of f.
    rng : int, numpy.random.Generator or None
        Seed or generator for everything that is unset.
    dtype : dtype, optional
        float32 or float64 for all parameters.

    Raises
    ------
    ShapeError
        If f returns another shape than it takes.
    ConfigError
        If there is no layer, something is no layer, or is used twice.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> block = lk.Residual(lk.Dense(2, 2, weight_initializer=lk.initializers.Constant(1.0)))
    >>> block.forward(np.array([[1.0, 2.0]]))
    array([[4., 5.]], dtype=float32)
    >>> block.backward(np.array([[1.0, 0.0]], np.float32))
    array([[2., 1.]], dtype=float32)
    """

    def forward(self, x: Batch, training: bool = True) -> Batch:
        """Return x + f(x)."""
        x = self.enter(x)
        y = super().forward(x, training)
        if shape_of(x) != shape_of(y):
            raise ShapeError(
                f"{one_line(self)} adds its input, of shape {shape_of(x)}, to the result of its layers, but that has "
                f"shape {shape_of(y)}. Its layers must return the shape that they take."
            )
        return add(x, y)

    def backward(self, grad: Batch, input_grad: bool = True) -> Batch | None:
        """Set every gradient and return grad plus what comes back through f."""
        grad = as_gradient(grad, self.dtype)
        through = super().backward(grad, input_grad)
        return add(grad, through) if input_grad else None

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape itself, refusing layers that change it."""
        shape = self.check_shape(shape)
        result = super().output_shape(shape)
        if not fits(result, shape):
            raise ShapeError(
                f"a Residual adds its input to the result of its layers, but they turn samples of shape {show(shape)} "
                f"into {show(result)}. Give its last layer as many outputs as its first one has inputs."
            )
        return result if shape == (...,) else shape

    def set_gain(self, gain: float | None) -> float | None:
        """Tell each layer the gain of the activation that follows it; what is before goes around them, too."""
        super().set_gain(gain)
        return 1.0


class Parallel(Composite):
    r"""Branches side by side, on the same input or each on one of a tuple, and their results joined.

    .. math::

        \text{forward:}\quad y = \mathrm{join}\bigl(f_1(x), \dots, f_n(x)\bigr) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \sum_k \frac{\partial C}{\partial f_k}\frac{\partial f_k}{\partial x}

    Adding sends ∂C/∂y to every branch, concatenating sends each its part of it, multiplying sends each ∂C/∂y times
    the results of the others. Shapes: concatenating joins the last axis, adding and multiplying need equal shapes.

    Parameters
    ----------
    *branches : Layer
        The branches; a row of layers is a `Sequential`.
    join : {"concatenate", "add", "multiply", "tuple"}
        How the results become one; ``"tuple"`` leaves them apart, for a network with several outputs.
    inputs : {"same", "each"}
        Whether all branches get the same input, or each its own of a tuple.
    rng : int, numpy.random.Generator or None
        Seed or generator for everything that is unset.
    dtype : dtype, optional
        float32 or float64 for all parameters.

    Raises
    ------
    ShapeError
        If a branch does not take the input, or the results cannot be joined.
    ConfigError
        If there is no branch, something is no layer, or is used twice, or `join` or `inputs` is none of the above.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> ones = lk.initializers.Constant(1.0)
    >>> block = lk.Parallel(lk.Linear(), lk.Dense(2, 1, weight_initializer=ones))
    >>> block.forward(np.array([[1.0, 2.0]]))
    array([[1., 2., 3.]], dtype=float32)
    >>> block.backward(np.array([[0.0, 1.0, 10.0]], np.float32))
    array([[10., 11.]], dtype=float32)
    """

    def __init__(
        self,
        *branches: Layer,
        join: str = "concatenate",
        inputs: str = "same",
        rng: Rng = None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        check_layers(branches, type(self).__name__)
        self.branches = branches
        self.join = check_choice("join", join, ("concatenate", "add", "multiply", "tuple"))
        self.inputs = check_choice("inputs", inputs, ("same", "each"))
        shapes, kinds = tuple(b.input_shape for b in branches), tuple(b.input_dtype for b in branches)
        if self.inputs == "each":
            self.input_shape, self.input_dtype = shapes, kinds
        else:
            self.input_shape = next((shape for shape in shapes if shape not in (None, (...,))), shapes[0])
            self.input_dtype = kinds[0] if len(set(kinds)) == 1 else "any"
        self.compose(rng, dtype)

    def forward(self, x: Batch, training: bool = True) -> Batch:
        """Return the joined results of the branches."""
        x = self.enter(x)
        results = self._on_each(lambda branch, part: branch.forward(self._as_taken(branch, part), training), x)
        if self.join != "tuple":
            self._check_results([result.shape[1:] for result in results])
            if len({result.dtype for result in results}) > 1:  # integers or masks beside floats, which would be float64
                results = each(lambda result: result.astype(self.dtype), results)
        if training:
            self.cache = results
        if self.join == "concatenate":
            return np.concatenate(results, axis=-1)
        if self.join == "add":
            return sum(results[1:], results[0])
        return results if self.join == "tuple" else math.prod(results[1:], start=results[0])

    def backward(self, grad: Batch, input_grad: bool = True) -> Batch | None:
        """Set every gradient and return that of the input: the sum over the branches, or a tuple of one for each."""
        parts = zip(self.branches, self._split(as_gradient(grad, self.dtype), self.cache), strict=True)
        grads = tuple(backward_through(branch, part, input_grad) for branch, part in parts)
        if not input_grad:
            return None
        if self.inputs == "each":
            return grads
        total = grads[0]
        for part in grads[1:]:
            total = add(total, part)
        return total

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape of the joined results, refusing those that cannot be joined."""
        shapes = self._on_each(lambda branch, part: branch.output_shape(part), self.check_shape(shape))
        if self.join == "tuple":
            return shapes
        shapes = tuple((...,) if shape is None else shape for shape in shapes)
        self._check_results(shapes)
        first: Shape = next((shape for shape in shapes if ... not in shape), shapes[0])
        if self.join != "concatenate":
            return first
        sizes = [shape[-1] for shape in shapes]
        leading = first if first == (...,) else first[:-1]
        return (*leading, None if None in sizes or ... in sizes else sum(sizes))

    def children(self) -> dict[str, Layer]:
        """Return the branches by their positions, ``"0"`` and up; see `Layer.children`."""
        return {str(position): branch for position, branch in enumerate(self.branches)}

    def _on_each(self, function: Callable[[Layer, Any], Any], x: Any) -> tuple[Any, ...]:
        parts = x if self.inputs == "each" else (x,) * len(self.branches)
        results: list[Any] = []
        for i, (branch, part) in enumerate(zip(self.branches, parts, strict=True)):
            try:
                results.append(function(branch, part))
            except (ShapeError, DTypeError) as error:
                raise type(error)(f"branch {i} of the Parallel: {error}") from None
        return tuple(results)

    def _check_results(self, shapes: Sequence[Shape]) -> None:
        joined = self.join == "concatenate"
        # the last axis is open where it is joined
        open_shapes = [(*shape[:-1], None) if joined and shape[-1:] not in ((), (...,)) else shape for shape in shapes]
        for i, shape in enumerate(open_shapes):
            if is_tuple_of_shapes(shape) or not fits(shape, open_shapes[0]) or (joined and not shape):
                raise ShapeError(
                    f"branch {i} of the Parallel gives samples of shape {show(shapes[i])}, branch 0 of shape "
                    f"{show(shapes[0])}. To {self.join} them, "
                    f"{'all axes but the last' if joined else 'the shapes'} must be equal."
                )

    def _as_taken(self, branch: Layer, x: Batch) -> Batch:
        # branches on the same input may take it as integers and as floats
        return as_input(x, branch.input_dtype, self.dtype)

    def _split(self, grad: Batch, results: tuple[Any, ...]) -> tuple[Any, ...]:
        shape = shape_of(results) if self.join == "tuple" else results[0].shape
        if self.join == "concatenate":
            shape = (*shape[:-1], sum(result.shape[-1] for result in results))
        if not same_shape(grad, shape):
            raise ShapeError(
                f"backward of {one_line(self)} takes a gradient of the shape of its last output, {shape}, got "
                f"{shape_of(grad)}."
            )
        if self.join == "tuple":
            return tuple(grad)
        if self.join == "add":
            return (grad,) * len(results)
        if self.join == "multiply":
            others = [[a for i, a in enumerate(results) if i != k] for k in range(len(results))]
            return tuple(math.prod(rest, start=grad) for rest in others)
        parts, start = [], 0
        for result in results:
            stop = start + result.shape[-1]
            parts.append(grad[..., start:stop])
            start = stop
        return tuple(parts)

"""Blocks: layers that branch, and join again."""

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.batch import add, arrays, as_gradient, as_input, each, sample_shape, shape_of
from layerkit.errors import DTypeError, ShapeError
from layerkit.layers.base import Layer
from layerkit.network.composite import Composite, backward_through, check_layers
from layerkit.network.sequential import Sequential
from layerkit.shapes import fits, is_tuple_of_shapes, show
from layerkit.validation import Batch, Rng, Shape, check_choice

__all__ = ["Parallel", "Residual"]

# How the results of branches become one.
_JOINS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "concatenate": partial(np.concatenate, axis=-1),
    "add": partial(reduce, add),
    "multiply": partial(reduce, operator.mul),
    "tuple": tuple,
}


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
        _check_join(self, "add", (sample_shape(x), sample_shape(y)))
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
        _check_join(self, "add", (shape, result))
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
        self.join = check_choice("join", join, tuple(_JOINS))
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
        # branches on the same input may take it as integers and as floats
        results = self._on_each(
            lambda branch, part: branch.forward(as_input(part, branch.input_dtype, self.dtype), training), x
        )
        if self.join != "tuple":
            _check_join(self, self.join, sample_shape(results))
            if len({array.dtype for array in arrays(results)}) > 1:  # integers beside floats would become float64
                results = each(lambda array: array.astype(self.dtype), results)
        y = _JOINS[self.join](results)
        if training:
            self.cache = results, self._on_each(lambda _, shape: shape, shape_of(x)), shape_of(y)
        return y

    def backward(self, grad: Batch, input_grad: bool = True) -> Batch | None:
        """Set every gradient and return that of the input: the sum over the branches, or a tuple of one for each."""
        (results, taken, shape), grad = self.cache, as_gradient(grad, self.dtype)
        self.check_gradient(grad, shape)
        parts = zip(self.branches, self._split(grad, results), taken, strict=True)
        grads = tuple(backward_through(branch, part, input_grad, own) for branch, part, own in parts)
        if not input_grad:
            return None
        return grads if self.inputs == "each" else reduce(add, grads)

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape of the joined results, refusing those that cannot be joined."""
        shapes = self._on_each(lambda branch, part: branch.output_shape(part), self.check_shape(shape))
        if self.join == "tuple":
            return shapes
        shapes = tuple((...,) if shape is None else shape for shape in shapes)
        _check_join(self, self.join, shapes)
        first: Shape = next((shape for shape in shapes if ... not in shape), shapes[0])
        if self.join != "concatenate":
            return first
        leading, sizes = first if first == (...,) else first[:-1], [shape[-1] for shape in shapes]
        return (*leading, None if None in sizes or ... in sizes else sum(sizes))

    def children(self) -> dict[str, Layer]:
        """Return the branches by their positions, ``"0"`` and up; see `Layer.children`."""
        return {str(position): branch for position, branch in enumerate(self.branches)}

    def _on_each(self, function: Callable[[Layer, Any], Any], x: Any) -> tuple[Any, ...]:
        results: list[Any] = []
        for i, branch in enumerate(self.branches):
            try:
                results.append(function(branch, x[i] if self.inputs == "each" else x))
            except (ShapeError, DTypeError) as error:
                raise type(error)(f"branch {i} of the Parallel: {error}") from None
        return tuple(results)

    def _split(self, grad: Batch, results: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.join == "tuple":
            return grad  # type: ignore[no-any-return]
        if self.join == "add":
            return (grad,) * len(results)
        if self.join == "multiply":
            return tuple(math.prod(results[:k] + results[k + 1 :], start=grad) for k in range(len(results)))
        sizes = [result.shape[-1] for result in results]
        stops = itertools.accumulate(sizes)
        return tuple(grad[..., stop - size : stop] for size, stop in zip(sizes, stops, strict=True))


def _check_join(block: Layer, join: str, shapes: Sequence[Shape]) -> None:
    alike, condition = shapes, "the shapes"
    if join == "concatenate":  # the last axis is open, and must exist
        alike = [shape if shape == (...,) else (*shape[:-1], None) for shape in shapes]
        condition = "all axes but the last"
    several = join != "add" and any(map(is_tuple_of_shapes, shapes))
    if several or (alike is not shapes and () in shapes) or not all(fits(shape, alike[0]) for shape in alike):
        raise ShapeError(
            f"a {type(block).__name__} cannot {join} samples of shapes {' and '.join(map(show, shapes))}: "
            f"{condition} must be equal. Change its last layers."
        )

"""Batches: an array, or a tuple of arrays with equally many rows, such as several inputs or outputs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from layerkit.errors import DTypeError, ShapeError
from layerkit.validation import Batch, DType, Shape, as_numbers

__all__ = ["add", "arrays", "as_gradient", "as_input", "concatenate", "each", "is_nothing", "owned", "rows"]
__all__ += ["same_shape", "sample_shape", "shape_of", "take"]


def each(function: Callable[..., Any], *batches: Batch) -> Batch:
    """Apply a function to the arrays of a batch, or to those in the same place of several."""
    if isinstance(batches[0], tuple):
        return tuple(each(function, *parts) for parts in zip(*batches, strict=True))
    return function(*batches)


def arrays(batch: Batch) -> list[Any]:
    """Return the arrays of a batch in a list."""
    return [array for part in batch for array in arrays(part)] if isinstance(batch, tuple) else [batch]


def rows(*batches: Batch) -> int:
    """Return the number of rows that all arrays have, at least one."""
    if len(batches) == 1 and isinstance(batches[0], np.ndarray) and batches[0].ndim and len(batches[0]):
        return len(batches[0])  # the usual case, quickly
    shapes = [array.shape for batch in batches for array in arrays(batch)]
    counts = {shape[0] if shape else 0 for shape in shapes}
    if len(counts) != 1 or 0 in counts:
        given = " and ".join(map(str, shapes))
        raise ShapeError(f"all arrays must have equally many rows, at least one, got shapes {given}.")
    return int(counts.pop())


def take(batch: Batch, index: Any) -> Batch:
    """Return the rows that a slice or an array of indices selects."""
    return each(lambda array: array[index], batch)


def concatenate(batches: Sequence[Batch]) -> Batch:
    """Return batches one below the other."""
    return each(lambda *parts: np.concatenate(parts), *batches)


def owned(batch: Batch, other: Batch) -> Batch:
    """Return a batch, with copies of arrays that are views or arrays of another batch."""
    if isinstance(batch, np.ndarray) and isinstance(other, np.ndarray):  # the usual case, quickly
        return batch if batch.base is None and batch is not other else batch.copy()
    given = [id(array) for array in arrays(other)]
    return each(lambda array: array if array.base is None and id(array) not in given else array.copy(), batch)


def shape_of(batch: Batch) -> Shape:
    """Return the shape of an array, or those of a tuple; None for what is no array."""
    return tuple(map(shape_of, batch)) if isinstance(batch, tuple) else getattr(batch, "shape", None)  # type: ignore[return-value]


def sample_shape(batch: Batch) -> Shape:
    """Return the shape of one sample, or those of a tuple."""
    return each(lambda array: array.shape[1:], batch)  # type: ignore[no-any-return]


def same_shape(grad: Batch, shape: Shape) -> bool:
    """Return whether a gradient has the shape of what it belongs to; None belongs to anything."""
    if grad is None or getattr(grad, "shape", ...) == shape:
        return True
    return isinstance(grad, tuple) and len(grad) == len(shape) and all(map(same_shape, grad, shape))


def is_nothing(grad: Batch | None) -> bool:
    """Return whether there is no gradient at all: None, or a tuple of nothing else."""
    return grad is None or (isinstance(grad, tuple) and all(map(is_nothing, grad)))


def add(a: Batch, b: Batch) -> Batch:
    """Return the sum of two gradients; None, the gradient of what has none, adds as zero."""
    if a is None or b is None:
        return b if a is None else a
    return tuple(map(add, a, b)) if isinstance(a, tuple) else a + b


def as_input(x: Any, kind: Any, dtype: DType, name: str = "x") -> Batch:
    """Return a batch as a layer takes it.

    Parameters
    ----------
    x : array_like or tuple of array_like
        The batch.
    kind : str or tuple
        The `input_dtype` of the layer: "float", "integer", "any", or a tuple of these for a tuple.
    dtype : numpy.dtype
        What floating-point numbers become.
    name : str
        The argument that messages name.

    Returns
    -------
    numpy.ndarray or tuple
        The batch itself where nothing has to be converted.

    Raises
    ------
    DTypeError
        If an array does not hold real numbers, or holds floats where integers are needed.
    ShapeError
        If there are more or fewer arrays than the layer takes.
    """
    if type(x) is np.ndarray and x.dtype == dtype and kind == "float":
        return x
    if isinstance(kind, tuple) or (isinstance(x, tuple) and x and getattr(x[0], "shape", ())):
        kinds = kind if isinstance(kind, tuple) else (kind,) * len(x)
        if not isinstance(x, tuple) or len(x) != len(kinds):
            got = f"a tuple of {len(x)}" if isinstance(x, tuple) else "one array"
            raise ShapeError(f"{name} must be a tuple of {len(kinds)} arrays, got {got}.")
        parts = zip(x, kinds, strict=True)
        return tuple(as_input(part, wanted, dtype, f"{name}[{i}]") for i, (part, wanted) in enumerate(parts))
    array = as_numbers(x, name)
    if kind == "integer" and array.dtype.kind not in "iu":
        raise DTypeError(f"{name} must hold integers, such as indices, got {array.dtype}. Use {name}.astype(int).")
    return array.astype(dtype, copy=False) if kind == "float" or array.dtype.kind == "f" else array


def as_gradient(grad: Any, dtype: DType) -> Batch | None:
    """Return a gradient in the dtype of the network; None stays what it is, wherever there is no gradient."""
    if type(grad) is np.ndarray and grad.dtype == dtype:
        return grad
    if isinstance(grad, tuple):
        return tuple(as_gradient(part, dtype) for part in grad)
    if hasattr(grad, "backward"):
        raise DTypeError(f"grad must be an array, got {grad!r}. Pass what its backward() returns.")
    return None if grad is None else as_numbers(grad, "grad").astype(dtype, copy=False)

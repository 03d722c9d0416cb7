"""Batches and gradients, which may be tuples or None: naming, replacing, copying and comparing their arrays."""

from typing import Any

import numpy as np

from layerkit.batch import arrays, each
from layerkit.validation import FLOAT64, Batch, DType

__all__ = ["close", "copied", "parts", "random_gradient", "replaced", "with_floats"]


def random_gradient(y: Any, rng: np.random.Generator) -> Any:
    """Return some ∂C/∂y for an array of floats, None for another one."""
    array = np.asarray(y)
    if array.dtype.kind != "f":
        return None
    return (rng.choice([-1.0, 1.0], array.shape) * rng.uniform(1.3, 3, array.shape)).astype(array.dtype)


def parts(batch: Batch, name: str) -> list[tuple[str, Any]]:
    """Return the arrays of a batch with what to call them: ``"x"``, or ``"x[0]"`` and so on."""
    if not isinstance(batch, tuple):
        return [(name, batch)]
    return [named for i, part in enumerate(batch) for named in parts(part, f"{name}[{i}]")]


def replaced(batch: Batch, position: int, array: Any) -> Batch:
    """Return a batch with another array at a position among its arrays."""
    remaining = iter([*arrays(batch)[:position], array, *arrays(batch)[position + 1 :]])
    return each(lambda _: next(remaining), batch)


def copied(batch: Batch) -> Any:
    """Return a copy of a batch, or of a gradient that may be None."""
    return each(lambda array: None if array is None else np.array(array), batch)


def with_floats(batch: Batch, dtype: DType) -> Batch:
    """Return a batch with its floats in another dtype."""
    return each(lambda array: array.astype(dtype) if array.dtype.kind == "f" else array, batch)


def close(found: Any, expected: Any) -> bool:
    """Return whether two results are the same but for rounding: of the same shape, dtype and values."""
    if isinstance(expected, tuple):
        return isinstance(found, tuple) and len(found) == len(expected) and all(map(close, found, expected))
    if expected is None or found is None:
        return found is expected
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return False
    tolerance = 1e-9 if expected.dtype == FLOAT64 else 1e-5
    return np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)

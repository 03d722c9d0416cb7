"""Batches: data in random order, a few rows at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.validation import Rng, check_integer, generator
from layerkit.errors import ShapeError

__all__ = ["batches"]

# Bytes that are gathered in one go: batches are slices of what one call of np.take brought together.
_GATHER = 1 << 19


def batches(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    batch_size: int = 32,
    rng: Rng = None,
    shuffle: bool = True,
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Go through the data once, in random order, `batch_size` rows at a time.

    The last batch is smaller where the number of rows is not a multiple of `batch_size`.

    Parameters
    ----------
    X, y : array_like
        Samples and targets, with as many rows each.
    batch_size : int
        Rows of a batch, at least 1.
    rng : int, numpy.random.Generator or None
        What the order is drawn from; fresh entropy by default. For another order in each epoch, make a
        generator once and pass it every time.
    shuffle : bool
        False keeps the order of the data.

    Returns
    -------
    iterator of tuple
        Pairs ``(x, y)`` of arrays.

    Raises
    ------
    ShapeError
        If X and y have no rows, or not as many.
    ConfigError
        If `batch_size` is no positive integer, or `rng` no source of randomness.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> X, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> [len(rows) for rows, _ in lk.batches(X, y, batch_size=2, rng=0)]
    [2, 2, 1]
    """
    X, y = np.asarray(X), np.asarray(y)
    check_integer("batch_size", batch_size, 1)
    check_rows(X, y)
    order = generator(rng).permutation(len(X)) if shuffle else None
    return _slices(X, y, batch_size, order)


def check_rows(X: npt.NDArray[Any], y: npt.NDArray[Any], names: tuple[str, str] = ("X", "y")) -> None:
    """Refuse samples and targets that do not go together."""
    if not X.ndim or not y.ndim or len(X) != len(y) or not len(X):
        raise ShapeError(
            f"{names[0]} and {names[1]} must have as many rows, at least one, got shapes {X.shape} and {y.shape}."
        )


def _slices(
    X: npt.NDArray[Any], y: npt.NDArray[Any], batch_size: int, order: npt.NDArray[Any] | None
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    row_bytes = max(1, (X.nbytes + y.nbytes) // len(X))
    step = len(X) if order is None else batch_size * math.ceil(_GATHER / (row_bytes * batch_size))
    for start in range(0, len(X), step):
        if order is not None:
            # one gather for many batches, and one slice for each: a gather costs more than a small step
            some = order[start : start + step]
            x_part, y_part = X.take(some, axis=0), y.take(some, axis=0)
        else:
            x_part, y_part = X, y
        for row in range(0, len(x_part), batch_size):
            yield x_part[row : row + batch_size], y_part[row : row + batch_size]

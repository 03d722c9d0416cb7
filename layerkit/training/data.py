"""Data: checked and converted once, before the first step, and cut into batches in random order in each epoch."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.batch import arrays, as_input, each, rows, shape_of, take
from layerkit.errors import DataError, LayerkitError
from layerkit.losses import Loss
from layerkit.network.sequential import Sequential
from layerkit.validation import Batch, Rng, check_finite, check_flag, check_integer, generator

__all__ = ["batches", "prepare"]

# Bytes that are gathered at a time: one gather costs more than a small step, so many batches share one.
_GATHER = 1 << 19


def batches(
    X: Batch, y: Batch, batch_size: int = 32, rng: Rng = None, shuffle: bool = True
) -> Iterator[tuple[Batch, Batch]]:
    """Go through the data once, in random order, `batch_size` rows at a time.

    The last batch is smaller where the number of rows is not a multiple of `batch_size`.

    Parameters
    ----------
    X, y : array_like or tuple of array
        Samples and targets, all with equally many rows. A tuple holds several inputs or outputs.
    batch_size : int
        The number of rows of a batch, at least 1.
    rng : int, numpy.random.Generator or None
        Seed or generator for the order; fresh entropy by default. For another order in each epoch, make one
        generator and pass it every time.
    shuffle : bool
        False keeps the order of the data.

    Returns
    -------
    iterator of tuple
        Pairs ``(x, y)``, each an array or a tuple of arrays as `X` and `y` are.

    Raises
    ------
    ShapeError
        If there are no rows, or the arrays have different numbers of them.
    ConfigError
        If `batch_size` is not a positive integer, `shuffle` is no bool, or `rng` no source of randomness.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> X, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> [len(targets) for _, targets in lk.batches(X, y, batch_size=2, rng=0)]
    [2, 2, 1]
    """
    data = _as_batch(X), _as_batch(y)
    check_integer("batch_size", batch_size, 1)
    count = rows(data)
    if not check_flag("shuffle", shuffle):
        return _cut(data, batch_size)
    return _shuffled(data, batch_size, generator(rng).permutation(count))


def _as_batch(data: Any) -> Batch:
    # a tuple of arrays is a batch; a tuple of numbers is array_like
    if isinstance(data, tuple) and any(getattr(array, "ndim", 0) for array in arrays(data)):
        return tuple(map(_as_batch, data))
    return np.asarray(data)


def _shuffled(data: Batch, batch_size: int, order: npt.NDArray[np.intp]) -> Iterator[Any]:
    step = batch_size * (1 + _GATHER * len(order) // (1 + batch_size * sum(array.nbytes for array in arrays(data))))
    for start in range(0, len(order), step):
        yield from _cut(each(partial(np.take, indices=order[start : start + step], axis=0), data), batch_size)


def _cut(batch: Batch, size: int) -> Iterator[Any]:
    # consecutive slices of all arrays
    if isinstance(batch, tuple):
        return zip(*(_cut(part, size) for part in batch), strict=True)
    return (batch[start : start + size] for start in range(0, len(batch), size))


def prepare(model: Sequential, loss: Loss, X: Any, y: Any, names: Any = ("X", "y"), finite: bool = True) -> Any:
    """Return samples and targets as the network and the loss take them, after all checks of shapes and values.

    Parameters
    ----------
    model : Sequential
        The network.
    loss : Loss
        The loss.
    X, y : array_like or tuple
        Samples and targets; tuples for several inputs or outputs.
    names : tuple of two str
        The arguments that messages name.
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    tuple
        Samples and targets: the arrays themselves where nothing has to be converted.

    Raises
    ------
    ShapeError
        If the data do not fit the network, the loss or each other.
    DataError
        If they hold NaN, infinity, a number too large for the dtype of the network, or a label out of range.
    DTypeError
        If they are not real numbers, or floats where integers are needed.
    """
    x_name, y_name = names
    with np.errstate(all="ignore"):  # the checks say more than warnings
        inputs = as_input(X, model.input_dtype, model.dtype, x_name)
        targets = as_input(y, "any", model.dtype, y_name)
        if finite:
            _check_finite(inputs, X, x_name)
            _check_finite(targets, y, y_name)
        name = f"{x_name} and {y_name}"
        try:
            count, name = rows(inputs, targets), x_name
            one = model.predict(take(inputs, slice(0, 1)))
            prediction, name = each(lambda array: np.broadcast_to(array, (count, *array.shape[1:])), one), y_name
            return inputs, loss.as_target(targets, shape_of(prediction), model.dtype)
        except LayerkitError as error:
            raise type(error)(f"{name}: {error}") from None


def _check_finite(array: Batch, given: Any, name: str) -> None:
    if isinstance(array, tuple):
        for i, part in enumerate(array):
            _check_finite(part, given[i], f"{name}[{i}]")
    elif not np.isfinite(array).all():
        given = np.asarray(given)
        check_finite(given, name)  # NaN and infinity; a finite number became infinite by conversion
        raise DataError(
            f"{name} holds {given[np.isinf(array)][0]:g}, too large for {array.dtype}. Scale the data to about -1 to 1."
        )

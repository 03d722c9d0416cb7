"""Questions about what a layer returns: shapes, memory, rows."""

from __future__ import annotations

import copy
import math
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from layerkit.validation import FLOAT32, FLOAT64, Array
from layerkit.errors import CheckError, LayerkitError
from layerkit.testing.cases import BATCH, LayerCase, close

__all__ = [
    "arrays_kept",
    "deterministic",
    "empty_batch",
    "memory",
    "out",
    "output_shape",
    "rows",
    "same_in_threads",
    "warning_free",
]

# Predictions of each thread, and the elements of its batch: so many that NumPy lets other threads run meanwhile.
_ROUNDS, _ELEMENTS = 20, 6000


def output_shape(case: LayerCase) -> None:
    """forward gives the shape that output_shape promises, for one row and for several."""
    promised = case.fresh().output_shape(case.input_shape)
    for batch in (1, BATCH):
        layer, x = case.fresh(), case.input(batch=batch)
        for training in (True, False):
            y = layer.forward(x, training)
            if not isinstance(y, np.ndarray):
                raise CheckError(
                    f"forward returned {type(y).__name__}, not an array.",
                    mistake="the result is written to out, or kept, but not returned",
                    fix="return y  # also where it was written to out",
                )
            if y.shape != (batch, *promised):
                raise CheckError(
                    f"output_shape promises samples of shape {promised}, forward returned {y.shape} for {batch} rows.",
                    mistake="output_shape does not tell what forward does",
                    fix=f"return {y.shape[1:]}  # in output_shape, computed from input_shape",
                )


def arrays_kept(case: LayerCase) -> None:
    """forward does not change its input, and backward not the gradient that it gets."""
    layer, x = case.fresh(), case.input()
    x.flags.writeable = False
    try:
        y = np.array(layer.forward(x, True))
        layer.forward(x, False)
        grad = case.gradient(y)
        grad.flags.writeable = False
        dx = layer.backward(grad)
    except ValueError as error:
        if isinstance(error, LayerkitError) or "read-only" not in str(error):
            raise
        raise CheckError(
            f"a read-only array was to be changed: {error}.",
            mistake="the result is computed in place, in an array that belongs to somebody else",
            fix="y = x * ...  # a new array; not x *= ... nor out=x",
        ) from error
    if dx is None:
        raise CheckError("backward returned None.", mistake="the result is not returned", fix="return grad * ...")


def empty_batch(case: LayerCase) -> None:
    """A batch of zero rows comes out as zero rows."""
    layer, x = case.fresh(), case.input(batch=0)
    y = layer.forward(x, True)
    expected = (0, *layer.output_shape(case.input_shape))
    dx = layer.backward(np.zeros(expected))
    if np.shape(y) != expected or np.shape(dx) != x.shape:
        raise CheckError(
            f"zero rows of shape {x.shape} gave shapes {np.shape(y)} and, going back, {np.shape(dx)}.",
            mistake="a reshape or a reduction loses the batch axis",
            fix="y = y.reshape(len(x), *shape)  # with the number of rows written out, not -1",
        )


def rows(case: LayerCase) -> None:
    """Without training, the result of a row does not depend on the rows around it."""
    layer, x = case.fresh(), case.input()
    together = layer.forward(x, False)
    for row in range(BATCH):
        alone = layer.forward(x[row : row + 1], False)
        if not close(np.asarray(alone)[0], together[row]):
            raise CheckError(
                f"row {row} of a batch of {BATCH} gives another result than the same row alone.",
                mistake="a sum, mean or maximum over the batch, or over everything, enters the result",
                fix="x.max(axis=-1, keepdims=True)  # within a row; or statistics kept from training",
                worst_input=x[row],
            )


def deterministic(case: LayerCase) -> None:
    """The same state and input give the same result, and NumPy's global generator is left alone."""
    before: Any = np.random.get_state(legacy=True)  # noqa: NPY002  # this is what must not change
    x = case.input()
    first, second = (np.array(case.fresh().forward(x, True)) for _ in range(2))
    after: Any = np.random.get_state(legacy=True)  # noqa: NPY002
    if not np.array_equal(before[1], after[1]) or before[2] != after[2]:
        raise CheckError(
            "forward draws from NumPy's global random generator.",
            mistake="np.random.rand and its like are used",
            fix="self._generator.random(x.shape)  # a numpy.random.Generator, taken in initialize",
        )
    layer = case.fresh()
    if not np.array_equal(first, second, equal_nan=True) or not np.array_equal(
        layer.forward(x, False), layer.forward(x, False), equal_nan=True
    ):
        raise CheckError(
            "two copies in the same state give different results, or prediction does from call to call.",
            mistake="randomness that comes from elsewhere than the layer's own generator, or from prediction at all",
            fix="self._generator = np.random.default_rng(rng)  # in __init__; draw only if training",
        )


def out(case: LayerCase) -> None:
    """Whatever memory is offered as out, what forward and backward return is right."""
    for dtype in (FLOAT32, FLOAT64):
        x = case.input(dtype)
        layer = case.fresh(dtype)
        y = np.array(layer.forward(x, True))
        grad = case.gradient(y)
        dx = np.array(layer.backward(grad))
        for what, offer in _offers(y, x):
            layer, given = case.fresh(dtype), offer if what == "itself" else x
            _judge("forward", what, layer.forward(given, True, offer), y, offer)
            _judge("backward after forward", what, layer.backward(grad.copy()), dx, None)
            if not case.is_random:
                _judge(
                    "forward without training",
                    what,
                    layer.forward(x.copy(), False, offer),
                    layer.forward(x, False),
                    offer,
                )
        for what, offer in _offers(dx, grad):
            layer, given = case.fresh(dtype), offer if what == "itself" else grad
            layer.forward(x, True)
            _judge("backward", what, layer.backward(given, offer), dx, offer)


def memory(case: LayerCase) -> None:
    """Results stay what they are when the layer is used again, and may be changed without harm to it."""
    layer, x, other = case.fresh(), case.input(), case.input(stream=4)
    y = layer.forward(x, True)
    grad = case.gradient(y)
    dx = layer.backward(grad)
    kept = np.array(y), np.array(dx)
    layer.forward(other, True)
    layer.backward(case.gradient(y, 5))
    layer.forward(other, False)
    for what, result, expected in zip(("forward", "backward"), (y, dx), kept, strict=True):
        if not close(result, expected):
            raise CheckError(
                f"the array that {what} returned changed when the layer was used again.",
                mistake="state shared between calls: the layer returns memory that it writes to again",
                fix="return result.copy()  # or compute into a new array, or into the out that is offered",
            )
    layer, x = case.fresh(), case.input()
    y = layer.forward(x, True)
    if not np.shares_memory(y, x):
        np.asarray(y)[...] = 7.0
        if not close(layer.backward(grad), kept[1]):
            raise CheckError(
                "backward gives another gradient after the caller wrote to what forward had returned.",
                mistake="the layer returns the very array that it keeps for backward",
                fix="self.cache = y; return y.copy()",
            )


def warning_free(case: LayerCase) -> None:
    """Ordinary input raises no warning and no floating-point error."""
    for dtype in (FLOAT32, FLOAT64):
        layer, x = case.fresh(dtype), case.input(dtype)
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            try:
                y = layer.forward(x, True)
                layer.backward(case.gradient(y))
                layer.forward(x, False)
            except (Warning, FloatingPointError) as error:
                raise CheckError(
                    f"{dtype} input between {x.min():.3g} and {x.max():.3g} raises {type(error).__name__}: {error}.",
                    mistake="a branch that np.where discards is computed all the same, or something deprecated is used",
                    fix="np.exp(np.minimum(x, 0))  # bound the argument before, not the result after",
                ) from error


def same_in_threads(case: LayerCase) -> None:
    """Eight threads that predict on one layer get what one thread gets, to the bit."""
    layer = case.fresh(FLOAT32)
    size = max(1, _ELEMENTS // max(1, math.prod(case.input_shape)))
    batches = [case.input(FLOAT32, stream=200 + i, batch=size) for i in range(8)]
    expected = [np.array(layer.forward(x, False)) for x in batches]
    differing: list[int] = []
    start = threading.Barrier(len(batches))

    def predict(index: int) -> None:
        start.wait()
        for _ in range(_ROUNDS):
            try:
                same = np.array_equal(layer.forward(batches[index], False), expected[index], equal_nan=True)
            except Exception:  # another thread's doing
                same = False
            if not same:
                differing.append(index)

    threads = [threading.Thread(target=predict, args=(index,)) for index in range(len(batches))]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # let them get into each other's way
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if differing:
        raise CheckError(
            f"{len(differing)} of {8 * _ROUNDS} predictions from 8 threads differ from those of a single thread.",
            mistake="state shared between calls: with training=False, something is written that others read",
            fix="keep intermediate results in local variables; write to self only if training",
        )


def _offers(result: Array, argument: Array) -> Iterator[tuple[str, Array]]:
    yield "memory that fits", np.full_like(result, np.nan)
    if argument.shape == result.shape:
        yield "itself", argument.copy()
    yield "another shape", np.full((*result.shape, 2), np.nan, result.dtype)
    yield "another dtype", np.full(result.shape, np.nan, FLOAT64 if result.dtype == FLOAT32 else FLOAT32)
    yield "memory with gaps", np.full((*result.shape, 2), np.nan, result.dtype)[..., 0]
    yield "memory in column order", np.full_like(copy.copy(result.T), np.nan, order="C").T


def _judge(what: str, offered: str, result: object, expected: Array, offer: Array | None) -> None:
    if close(result, expected):
        return
    mistake = "a result is written to out although it does not fit"
    fix = "out if layerkit.layers.base.fits(out, x) else None; a layer may also ignore out"
    if offer is not None and close(offer, expected):
        mistake, fix = "the result is written to out, but something else is returned", "return out"
    elif offered == "itself":
        mistake = "the memory of an argument is written to before it has been read for the last time"
    elif offered == "memory that fits":
        mistake, fix = "out is read, or returned, without having been written", "np.multiply(a, b, out=out); return out"
    raise CheckError(f"{what} returned a wrong result when it was offered {offered} as out.", mistake=mistake, fix=fix)

"""Checks of what a layer returns: shapes, memory, rows."""

import math
import sys
import threading
import warnings
from typing import Any

import numpy as np

from layerkit.batch import arrays, same_shape, sample_shape, shape_of, take
from layerkit.errors import CheckError, LayerkitError, ShapeError
from layerkit.network import Sequential
from layerkit.shapes import fits, is_tuple_of_shapes
from layerkit.testing.batches import close, copied, parts
from layerkit.testing.layer_subject import BATCH, LayerSubject
from layerkit.validation import FLOAT32, FLOAT64, Batch, Shape

__all__ = ["arrays_kept", "composition", "deterministic", "empty_batch", "memory", "output_shape", "rows"]
__all__ += ["same_in_threads", "warning_free"]

# Predictions of each thread, and the elements of its batch: so many that NumPy lets other threads run meanwhile.
_ROUNDS, _ELEMENTS = 20, 6000


def output_shape(subject: LayerSubject) -> None:
    """forward returns arrays of the declared output shape, for one row and for several.

    Likely mistake: the result is kept, but not returned, or is no array of NumPy's.
    Write: return y
    """
    declared = subject.fresh().output_shape(subject.input_shape)
    for batch in (1, BATCH):
        layer, x = subject.fresh(), subject.input(batch=batch)
        for training in (True, False):
            if training and batch == 1 and subject.keeps_statistics:
                continue
            y = layer.forward(x, training)
            for part in arrays(y):
                if not isinstance(part, np.ndarray):
                    raise CheckError(f"forward returned {type(part).__name__}, not an array.")
            if any(part.shape[:1] != (batch,) for part in arrays(y)) or not fits(sample_shape(y), declared):
                raise CheckError(
                    f"output_shape declares samples of shape {declared}, forward returned {shape_of(y)} for {batch} "
                    f"rows.",
                    mistake="output_shape does not tell what forward does",
                    fix=f"return {sample_shape(y)}  # in output_shape, computed from its argument",
                )


def composition(subject: LayerSubject) -> None:
    """A network can take the layer in: output_shape works for sizes that are not known.

    Likely mistake: it is computed from sizes that may be None, or whose number may vary.
    Write: shape = self.check_shape(shape)  # gives input_shape for None; hand None on where a size is None
    """
    layer = subject.fresh()
    known, unknown = layer.output_shape(subject.input_shape), None
    try:
        unknown = layer.output_shape(None)
    except TypeError as error:
        found = f"raised {type(error).__name__}: {error}"
    else:
        found = f"returned {unknown}, which does not fit {known}, the shape for samples of {subject.input_shape}"
    if unknown is None or not fits(known, unknown):
        raise CheckError(f"output_shape(None) {found}.")
    Sequential(layer, dtype=FLOAT64)  # refuses layers and parameters that it cannot see


def arrays_kept(subject: LayerSubject) -> None:
    """forward does not change its input, and backward not the gradient that it gets.

    Likely mistake: the result is computed in place, in an array that belongs to somebody else.
    Write: y = x * ...  # a new array; not x *= ... nor out=x
    """
    layer, x = subject.fresh(), subject.input()
    _read_only(x)
    try:
        y = copied(layer.forward(x, True))
        layer.forward(x, False)
        grad = subject.gradient(y)
        _read_only(grad)
        layer.backward(grad)
    except ValueError as error:
        if isinstance(error, LayerkitError) or "read-only" not in str(error):
            raise
        raise CheckError(f"a read-only array was to be changed: {error}.") from error


def empty_batch(subject: LayerSubject) -> None:
    """A batch of zero rows comes out as zero rows, or is refused with ShapeError.

    Likely mistake: a reshape or a reduction loses the batch axis.
    Write: y = y.reshape(len(x), *shape)  # with the number of rows written out, not -1
    """
    layer, x = subject.fresh(), subject.input(batch=0)
    try:
        y = layer.forward(x, not subject.keeps_statistics)
    except ShapeError:
        return
    back: Any = None
    right = fits(shape_of(y), _with_rows(0, layer.output_shape(subject.input_shape)))
    if right and not subject.keeps_statistics:
        back = layer.backward(subject.gradient(y))
        right = same_shape(back, shape_of(x))
    if not right:
        raise CheckError(
            f"zero rows of shape {shape_of(x)} gave shapes {shape_of(y)} and, going back, {shape_of(back)}."
        )


def rows(subject: LayerSubject) -> None:
    """Without training, the result of a row does not depend on the rows around it.

    Likely mistake: a sum, mean or maximum over the batch, or over everything, enters the result.
    Write: x.max(axis=-1, keepdims=True)  # within a row; or statistics kept from training
    """
    layer, x = subject.fresh(), subject.input()
    together = layer.forward(x, False)
    for row in range(BATCH):
        one = slice(row, row + 1)
        if not close(layer.forward(take(x, one), False), take(together, one)):
            raise CheckError(
                f"row {row} of a batch of {BATCH} gives another result than the same row alone.",
                worst_input=take(x, row),
            )


def deterministic(subject: LayerSubject) -> None:
    """The same state and input give the same result, and NumPy's global generator is left alone.

    Likely mistake: randomness that comes from elsewhere than the layer's own generator, or from prediction at all.
    Write: self.randomness = layerkit.Randomness()  # in __init__; draw from its rng, only if training
    """
    before: Any = np.random.get_state(legacy=True)  # noqa: NPY002  # this is what must not change
    x = subject.input()
    first, second = (copied(subject.fresh().forward(x, True)) for _ in range(2))
    after: Any = np.random.get_state(legacy=True)  # noqa: NPY002
    if not np.array_equal(before[1], after[1]) or before[2] != after[2]:
        raise CheckError(
            "forward draws from NumPy's global random generator.",
            mistake="np.random.rand and its like are used",
            fix="self.randomness.rng.random(x.shape)  # self.randomness = layerkit.Randomness() in __init__",
        )
    layer = subject.fresh()
    if not _same_bits(first, second) or not _same_bits(layer.forward(x, False), layer.forward(x, False)):
        raise CheckError("two copies in the same state give different results, or prediction does from call to call.")


def memory(subject: LayerSubject) -> None:
    """What forward and backward returned stays as it is when the layer is used again.

    Likely mistake: state shared between calls: the layer returns memory that it writes to again.
    Write: y = x * ...  # a new array in each call
    """
    layer, x, other = subject.fresh(), subject.input(), subject.input(stream=4)
    y = layer.forward(x, True)
    dx = layer.backward(subject.gradient(y))
    kept = copied(y), copied(dx)
    layer.forward(other, True)
    layer.backward(subject.gradient(y, 5))
    layer.forward(other, False)
    for what, result, expected in zip(("forward", "backward"), (y, dx), kept, strict=True):
        if not close(result, expected):
            raise CheckError(f"the array that {what} returned changed when the layer was used again.")


def warning_free(subject: LayerSubject) -> None:
    """Ordinary input raises no warning and no floating-point error.

    Likely mistake: a branch that np.where discards is computed all the same, or something deprecated is used.
    Write: np.exp(np.minimum(x, 0))  # bound the argument before, not the result after
    """
    for dtype in (FLOAT32, FLOAT64):
        layer, x = subject.fresh(dtype), subject.input(dtype)
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            try:
                layer.backward(subject.gradient(layer.forward(x, True)))
                layer.forward(x, False)
            except (Warning, FloatingPointError) as error:
                spans = ", ".join(f"{name} between {a.min():.3g} and {a.max():.3g}" for name, a in parts(x, "input"))
                raise CheckError(f"in {dtype}, {spans} raises {type(error).__name__}: {error}.") from error


def same_in_threads(subject: LayerSubject) -> None:
    """Eight threads that predict on one layer get what one thread gets, to the bit.

    Likely mistake: state shared between calls: with training=False, something is written that others read.
    Write: keep intermediate results in local variables; write to self only if training
    """
    layer = subject.fresh(FLOAT32)
    elements = sum(math.prod(part.shape[1:]) for part in arrays(subject.input()))
    size = max(1, _ELEMENTS // max(1, elements))
    batches = [subject.input(FLOAT32, stream=200 + i, batch=size) for i in range(8)]
    expected = [copied(layer.forward(x, False)) for x in batches]
    differing: list[int] = []
    start = threading.Barrier(len(batches))

    def predict(index: int) -> None:
        start.wait()
        for _ in range(_ROUNDS):
            try:
                same = _same_bits(layer.forward(batches[index], False), expected[index])
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
            f"{len(differing)} of {8 * _ROUNDS} predictions from 8 threads differ from those of a single thread."
        )


def _read_only(batch: Any) -> None:
    for array in arrays(batch):
        if array is not None:
            array.flags.writeable = False


def _same_bits(a: Batch, b: Batch) -> bool:
    pairs = zip(arrays(a), arrays(b), strict=True)
    return all(np.array_equal(one, two, equal_nan=np.asarray(one).dtype.kind == "f") for one, two in pairs)


def _with_rows(rows: int, shape: Shape) -> Shape:
    return tuple(_with_rows(rows, part) for part in shape) if is_tuple_of_shapes(shape) else (rows, *shape)

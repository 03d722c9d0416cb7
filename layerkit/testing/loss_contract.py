"""Checks of a loss, above all whether its gradient is that of its own value."""

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from layerkit.batch import arrays, concatenate, each, shape_of, take
from layerkit.errors import CheckError, ConfigError, LayerkitError, StateError
from layerkit.losses import Loss
from layerkit.testing import loss_gradients
from layerkit.testing.batches import close, copied, replaced, with_floats
from layerkit.testing.check import instead_of, takes
from layerkit.testing.loss_subject import LossSubject
from layerkit.testing.twins import copies_of, rebuilt
from layerkit.validation import FLOAT32, FLOAT64, Batch

__all__ = ["CONTRACT"]

# The two ways by which a target comes in.
_CALLS: dict[str, Callable[[Loss, Batch, Batch], object]] = {
    "forward": lambda loss, prediction, target: loss.forward(prediction, target),
    "as_target": lambda loss, prediction, target: loss.as_target(target, shape_of(prediction), FLOAT64),
}


def value(subject: LossSubject) -> None:
    """forward returns one finite number, a NumPy scalar."""
    for kind, target in subject.targets():
        cost = subject.fresh().forward(subject.prediction(), target)
        number = isinstance(cost, np.floating)
        if not number or not math.isfinite(cost):
            raise CheckError(
                f"forward returned {cost if np.ndim(cost) == 0 else type(cost)!r} for a target of {kind}.",
                mistake="something overflows, or a logarithm of zero is taken"
                if number
                else "the costs are not reduced to a number, or it is no NumPy scalar",
                fix="return costs.mean()  # a number in the dtype of the prediction, not float(...)",
            )


def dtype(subject: LossSubject) -> None:
    """Value and gradient have the dtype of the prediction, and float32 gives the values of float64.

    Likely mistake: promotion to another dtype, by an array or NumPy number of that dtype in the formula.
    Write: plain Python numbers as factors: 1.0 / prediction.size
    """
    for kind, target in subject.targets():
        single, target = with_floats(subject.prediction(), FLOAT32), with_floats(target, FLOAT32)
        double = with_floats(single, FLOAT64)
        (cost, gradient), (exact_cost, exact) = subject.passes(single, target), subject.passes(double, target)
        for what, found in (("value", (cost, exact_cost)), ("gradient", (gradient, exact))):
            names = ["/".join(sorted({str(np.asarray(a).dtype) for a in arrays(part)})) for part in found]
            if names != ["float32", "float64"]:
                raise CheckError(f"the {what} for float32 predictions is {names[0]}, for float64 ones {names[1]}.")
        pairs = zip(arrays(gradient), arrays(exact), strict=True)
        same = all(np.allclose(one, other, rtol=1e-4, atol=1e-5) for one, other in pairs)
        if not (math.isclose(cost, exact_cost, rel_tol=1e-4, abs_tol=1e-6) and same):
            raise CheckError(
                f"float32 gives the value {cost:.9g}, float64 {exact_cost:.9g}, for a target of {kind}.",
                mistake="the formula loses its digits in float32",
                fix="a form without the subtraction of nearly equal numbers",
            )


def shapes(subject: LossSubject) -> None:
    """A target of another shape is refused, not broadcast, and so are zero samples.

    Likely mistake: shapes are not compared, so that NumPy broadcasts one against the other.
    Write: target = self.check_target(target, prediction.shape, prediction.dtype)  # first line of forward
    """
    for _, target in subject.targets():
        prediction = subject.prediction()
        pairs = list(_misfits(arrays(prediction)[0], arrays(target)[0]))
        attempts = [(what, replaced(prediction, 0, a), replaced(target, 0, y)) for a, y in pairs for what in _CALLS]
        attempts += [(what, take(prediction, slice(0)), take(target, slice(0))) for what in _CALLS]
        for what, a, y in attempts:
            if found := instead_of(LayerkitError, partial(_CALLS[what], subject.fresh(), a, y)):
                raise CheckError(
                    f"{what} of predictions of shape {shape_of(a)} and a target of shape {shape_of(y)} {found}; "
                    "expected ShapeError."
                )


def reduction(subject: LossSubject) -> None:
    """A batch that holds every row twice costs the same, or with reduction="sum" twice as much."""
    for kind, target in subject.targets():
        prediction = subject.prediction()
        once = subject.fresh().forward(prediction, target)
        twice = subject.fresh().forward(concatenate([prediction] * 2), concatenate([target] * 2))
        name = "" if isinstance(prediction, tuple) else subject.loss.reduction  # those of several outputs may differ
        expected = 2 * once if name == "sum" else once
        if name in ("mean", "half", "sum") and not math.isclose(twice, expected, rel_tol=1e-9):
            raise CheckError(
                f"reduction={name!r}: every row twice costs {twice:.9g}, expected {expected:.9g}, for {kind}.",
                mistake="the value is a sum, not a mean" if name != "sum" else "the value is a mean, not a sum",
                fix="costs.sum()" if name == "sum" else "costs.mean()",
            )


def arrays_kept(subject: LossSubject) -> None:
    """forward and backward do not change prediction and target.

    Likely mistake: the result is computed in place, in an array that belongs to somebody else.
    Write: difference = prediction - target  # a new array; not prediction -= target
    """
    for _, target in subject.targets():
        prediction = subject.prediction()
        before = copied(prediction), copied(target)
        subject.passes(prediction, target)
        if not close((prediction, target), before):
            raise CheckError("forward or backward changed the prediction or the target.")


def own_gradient(subject: LossSubject) -> None:
    """The gradient is the caller's to change.

    Likely mistake: state shared between calls: backward returns the very array that it keeps.
    Write: return self.cache * factor  # a new array, or self.cache.copy()
    """
    for _, target in subject.targets():
        prediction, loss = subject.prediction(), subject.fresh()
        loss.forward(prediction, target)
        gradient = loss.backward()
        kept = copied(gradient)
        for array in arrays(gradient):
            array[...] = 7.0
        if not close(loss.backward(), kept) or not close(prediction, subject.prediction()):
            raise CheckError("backward gives another gradient after the caller wrote to the one that it had returned.")


def before_forward(subject: LossSubject) -> None:
    """backward raises StateError before forward.

    Likely mistake: what backward needs is kept elsewhere than in self.cache, or on the class.
    Write: self.cache = prediction - target  # on the object; reading it too early raises StateError
    """
    if found := instead_of(StateError, subject.fresh().backward):
        raise CheckError(f"backward before forward {found}; expected StateError.")


def last_forward(subject: LossSubject) -> None:
    """backward is that of the last forward, and only of its own object.

    Likely mistake: state shared between calls or objects.
    Write: self.cache = prediction - target  # in every forward, on the object
    """
    for _, target in subject.targets():
        first, second = subject.fresh(), subject.fresh()
        second.forward(subject.prediction(), target)
        expected = second.backward()
        first.forward(subject.prediction(8), target)
        first.forward(subject.prediction(), target)
        second.forward(subject.prediction(8), target)
        if not close(first.backward(), expected):
            raise CheckError("backward is not that of the last forward of the same object.")


def extremes(subject: LossSubject) -> None:
    """Value and gradient are finite, without a warning, for predictions of ±1e4.

    Likely mistake: an intermediate result overflows, or a logarithm of zero is taken.
    Write: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # for ln(1 + e^z), and its like
    """
    for kind, target in subject.targets():
        for kept in (FLOAT32, FLOAT64):
            prediction = each(lambda a, kept=kept: (np.sign(a) * 1e4).astype(kept), subject.prediction())
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
                warnings.simplefilter("always")
                cost, gradient = subject.passes(prediction, target)
            if not math.isfinite(cost) or caught or not all(np.isfinite(array).all() for array in arrays(gradient)):
                said = f" and warns {str(caught[0].message)!r}" if caught else ""
                raise CheckError(
                    f"predictions of ±1e4 in {kept} cost {cost:.6g}{said}, for a target of {kind}.", worst_input=1e4
                )


def copies(subject: LossSubject) -> None:
    """A copy, also one by pickle, gives the same value and gradient, and forward the same each time.

    Likely mistake: the value depends on more than prediction and target, or state is kept elsewhere.
    Write: compute everything from prediction, target and attributes
    """
    for _, target in subject.targets():
        loss, prediction = subject.fresh(), subject.prediction()
        twins = {"the loss": loss, **copies_of(loss, type(loss)), "the loss, again": loss}
        results = {how: (twin.forward(prediction, target), twin.backward()) for how, twin in twins.items()}
        for how, result in results.items():
            if not close(result, results["the loss"]):
                raise CheckError(
                    f"the same prediction and target cost {results['the loss'][0]:.9g}, and {result[0]:.9g} by {how}."
                )


def config(subject: LossSubject) -> None:
    """to_config() survives JSON, and a loss rebuilt from it gives the same value.

    Likely mistake: an argument is changed before it is kept, or an attribute that to_config() leaves out matters.
    Write: self.delta = delta  # as it came; compute with it later
    """
    twin = rebuilt(subject.fresh())
    for _, target in subject.targets():
        first, second = (loss.forward(subject.prediction(), target) for loss in (subject.fresh(), twin))
        if not close(first, second):
            raise CheckError(
                f"rebuilt from {subject.loss.to_config()!r}, it gives {second:.9g} in place of {first:.9g}."
            )


def refusal(subject: LossSubject) -> None:
    """A reduction that the loss does not have is refused with ConfigError.

    Likely mistake: the argument is not handed on.
    Write: super().__init__(reduction)  # in __init__
    """
    if not takes(type(subject.loss), "reduction"):
        return  # there is no choice
    if found := instead_of(ConfigError, lambda: type(subject.loss)(reduction="no such reduction")):
        raise CheckError(f"{type(subject.loss).__name__}(reduction='no such reduction') {found}; expected ConfigError.")


def _misfits(prediction: Any, target: Any) -> Iterator[tuple[Any, Any]]:
    pairs = [(prediction, target[:1]), (prediction[:1], target)]
    if prediction.ndim > 1:
        column = prediction[..., :1], np.ravel(target)[: len(prediction)]
        pairs = [column, (prediction[..., 0], target.reshape(len(target), -1)[:, :1]), *pairs]
    for wrong, other in pairs:
        indices = other.dtype.kind in "iu" and wrong.ndim > 1 and other.shape == wrong.shape[:-1]
        if not indices and wrong.shape != other.shape:  # else they fit after all
            yield wrong, other


CONTRACT: tuple[Callable[[LossSubject], None], ...] = (
    value,
    arrays_kept,
    own_gradient,
    loss_gradients.gradient,
    dtype,
    before_forward,
    last_forward,
    reduction,
    shapes,
    extremes,
    loss_gradients.unit_weights,
    loss_gradients.weights,
    loss_gradients.weighted_gradient,
    copies,
    config,
    refusal,
)

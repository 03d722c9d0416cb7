"""Questions about a loss, above all whether its gradient is that of its own cost."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from layerkit.validation import FLOAT32, FLOAT64, Array
from layerkit.errors import CheckError, ConfigError, LayerkitError, StateError
from layerkit.testing.cases import LossCase, Target, close, takes
from layerkit.testing.diagnosis import Suspect, explain
from layerkit.testing.differences import Estimate, numerical_gradient
from layerkit.testing.gradients import wrong_elements

__all__ = ["QUESTIONS"]


def cost(case: LossCase) -> None:
    """Forward returns one finite float."""
    for kind, target in case.targets():
        value = case.fresh().forward(case.prediction(), target)
        if not isinstance(value, float) or not math.isfinite(value):
            raise CheckError(
                f"forward returned {value if np.ndim(value) == 0 else type(value)!r} for a target of {kind}.",
                mistake="the cost is not reduced to a number, or is no float"
                if not isinstance(value, float)
                else "something overflows, or a logarithm of zero is taken",
                fix="return float(np.mean(...))",
            )


def gradient(case: LossCase) -> None:
    """Backward returns the gradient of the very cost that forward returned, by differences in float64."""
    for kind, target in case.targets():
        for attempt in range(6):  # a prediction may come to lie on a kink, where it meets the target
            prediction = case.prediction(1 + attempt)
            expected = _differences(case, prediction, target)
            if (expected.error < 1e-6 * np.abs(expected.value).max()).all():
                break
        loss = case.fresh()
        loss.forward(prediction, target)
        found = np.asarray(loss.backward())
        if found.shape != prediction.shape:
            raise CheckError(
                f"backward returned shape {found.shape} for predictions of shape {prediction.shape}.",
                mistake="the gradient is reduced along with the cost, or is that of the target",
                fix="return 2 * (prediction - target) / n  # one value for each prediction",
            )
        wrong = wrong_elements(found, expected)
        if wrong.size:
            rows = len(prediction)
            sizes = {"the number of elements": prediction.size, "the number of rows": rows}
            sizes["the number of columns"] = prediction.size // rows
            guess = explain(found, expected.value, _suspects(prediction, target), sizes)
            worst = int(wrong[0])
            raise CheckError(
                f"with a target of {kind}, backward gives {found.flat[worst]:.9g} where differences of the cost give "
                f"{expected.value.flat[worst]:.9g}; {wrong.size} of {found.size} elements are wrong.",
                mistake=guess.mistake,
                fix=guess.fix,
                worst_input=float(prediction.flat[worst]),
            )


def dtype(case: LossCase) -> None:
    """The gradient has the dtype of the prediction, and float32 gives the values of float64."""
    for kind, target in case.targets():
        prediction = case.prediction().astype(FLOAT32)
        if target.dtype.kind == "f":
            target = target.astype(FLOAT32)
        single, double = case.fresh(), case.fresh()
        costs = single.forward(prediction, target), double.forward(prediction.astype(FLOAT64), target)
        gradient, exact = np.asarray(single.backward()), np.asarray(double.backward())
        if gradient.dtype != FLOAT32 or exact.dtype != FLOAT64:
            raise CheckError(
                f"the gradient of float32 predictions is {gradient.dtype}, of float64 ones {exact.dtype}.",
                mistake="promotion to another dtype, by an array or NumPy number of that dtype in the formula",
                fix="plain Python numbers as factors: 1.0 / prediction.size",
            )
        if not (
            math.isclose(*costs, rel_tol=1e-4, abs_tol=1e-6) and np.allclose(gradient, exact, rtol=1e-4, atol=1e-5)
        ):
            raise CheckError(
                f"float32 gives the cost {costs[0]:.9g}, float64 {costs[1]:.9g}, for a target of {kind}.",
                mistake="the formula loses its digits in float32",
                fix="a form without the subtraction of nearly equal numbers",
            )


def shapes(case: LossCase) -> None:
    """A target of another shape is refused, not broadcast, and so are zero samples."""
    for kind, target in case.targets():
        prediction = case.prediction()
        pairs = [
            (prediction[:, :1], np.ravel(target)[: len(prediction)]),
            (prediction[:, 0], target.reshape(len(target), -1)[:, :1]),
            (prediction, target[:1]),
            (prediction[:1], target),
            (prediction[:0], target[:0]),
        ]
        for wrong, other in pairs:
            if kind == "class indices" and wrong.shape[0] == other.shape[0] > 0 and wrong.ndim == 2:
                continue  # one index for each row is right
            try:
                case.fresh().forward(wrong, other)
            except LayerkitError:
                continue
            except Exception as error:
                found = f"raised {type(error).__name__}: {error}"
            else:
                found = "returned a cost"
            raise CheckError(
                f"forward of predictions of shape {wrong.shape} and a target of shape {other.shape} {found}; "
                "expected ShapeError.",
                mistake="shapes are not compared, so that NumPy broadcasts one against the other",
                fix="target = self.as_target(target, prediction.shape, prediction.dtype)  # first line of forward",
            )


def reduction(case: LossCase) -> None:
    """A batch that holds every row twice costs the same, or with reduction="sum" twice as much."""
    for kind, target in case.targets():
        prediction = case.prediction()
        once = case.fresh().forward(prediction, target)
        twice = case.fresh().forward(np.concatenate([prediction] * 2), np.concatenate([target] * 2))
        name = case.loss.reduction
        expected = 2 * once if name == "sum" else once
        if name in ("mean", "half", "sum") and not math.isclose(twice, expected, rel_tol=1e-9):
            raise CheckError(
                f"reduction={name!r}: every row twice costs {twice:.9g}, expected {expected:.9g}, for {kind}.",
                mistake="the cost is a sum, not a mean" if name != "sum" else "the cost is a mean, not a sum",
                fix="float(costs.sum())" if name == "sum" else "float(costs.mean())",
            )


def arrays_kept(case: LossCase) -> None:
    """Prediction and target are not changed, and the gradient is the caller's to change."""
    for _, target in case.targets():
        prediction, loss = case.prediction(), case.fresh()
        before = prediction.copy(), target.copy()
        loss.forward(prediction, target)
        gradient = loss.backward()
        kept = gradient.copy()
        if not (np.array_equal(prediction, before[0]) and np.array_equal(target, before[1])):
            raise CheckError(
                "forward or backward changed the prediction or the target.",
                mistake="the result is computed in place, in an array that belongs to somebody else",
                fix="difference = prediction - target  # a new array; not prediction -= target",
            )
        gradient[...] = 7.0
        if not close(loss.backward(), kept) or not np.array_equal(prediction, before[0]):
            raise CheckError(
                "backward gives another gradient after the caller wrote to the one that it had returned.",
                mistake="state shared between calls: backward returns the very array that it keeps",
                fix="return self.cache * factor  # a new array, or self.cache.copy()",
            )


def state(case: LossCase) -> None:
    """Backward raises StateError before forward, uses the last forward, and only that of its own object."""
    for _, target in case.targets():
        try:
            case.fresh().backward()
        except StateError:
            pass
        except Exception as error:
            raise CheckError(
                f"backward before forward raised {type(error).__name__}; expected StateError.",
                mistake="what backward needs is kept elsewhere than in self.cache",
                fix="self.cache = prediction - target  # reading it too early raises StateError",
            ) from error
        else:
            raise CheckError(
                "backward before forward returned a result; expected StateError.",
                mistake="state shared between objects: it lies on the class or in a module",
                fix="self.cache = prediction - target  # on the object",
            )
        first, second = case.fresh(), case.fresh()
        second.forward(case.prediction(), target)
        expected = second.backward()
        first.forward(case.prediction(8), target)
        first.forward(case.prediction(), target)
        second.forward(case.prediction(8), target)
        if not close(first.backward(), expected):
            raise CheckError(
                "backward is not that of the last forward of the same object.",
                mistake="state shared between calls or objects",
                fix="self.cache = prediction - target  # in every forward, on the object",
            )


def extremes(case: LossCase) -> None:
    """Cost and gradient are finite, without a warning, for predictions of ±1e4."""
    for kind, target in case.targets():
        for dtype in (FLOAT32, FLOAT64):
            prediction = (np.sign(case.prediction()) * 1e4).astype(dtype)
            loss = case.fresh()
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
                warnings.simplefilter("always")
                value, gradient = loss.forward(prediction, target), loss.backward()
            if not (math.isfinite(value) and np.isfinite(gradient).all()) or caught:
                said = f" and warns {str(caught[0].message)!r}" if caught else ""
                raise CheckError(
                    f"predictions of ±1e4 in {dtype} cost {value:.6g}{said}, for a target of {kind}.",
                    mistake="an intermediate result overflows, or a logarithm of zero is taken",
                    fix="np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # for ln(1 + e^z), and its like",
                    worst_input=1e4,
                )


def refusal(case: LossCase) -> None:
    """A reduction that the loss does not have is refused with ConfigError."""
    if not takes(type(case.loss), "reduction"):
        return  # there is no choice
    try:
        type(case.loss)(reduction="no such reduction")
    except ConfigError:
        return
    raise CheckError(
        f"{type(case.loss).__name__}(reduction='no such reduction') is accepted.",
        mistake="the argument is not handed on",
        fix="super().__init__(reduction)  # in __init__",
    )


def copies(case: LossCase) -> None:
    """A copy gives the same cost and gradient."""
    for _, target in case.targets():
        loss, twin = case.fresh(), copy.deepcopy(case.fresh())
        costs = [each.forward(case.prediction(), target) for each in (loss, twin, loss)]
        if len(set(costs)) > 1 or not close(loss.backward(), twin.backward()):
            raise CheckError(
                f"the same prediction and target cost {costs[0]:.9g}, {costs[1]:.9g} and {costs[2]:.9g}.",
                mistake="the cost depends on more than prediction and target",
                fix="compute everything from prediction and target",
            )


def _differences(case: LossCase, prediction: Array, target: Target) -> Estimate:
    return numerical_gradient(lambda there: case.fresh().forward(there, target), prediction, 1e-3)


def _suspects(prediction: Array, target: Target) -> Iterator[Suspect]:
    if target.shape == prediction.shape:
        for part in (1, 1 / prediction.size, 1 / len(prediction)):
            yield Suspect(
                part * (prediction - target),
                "it is the gradient (a - y) of another cost, such as half the squared error",
                "return the derivative of what forward returns, factor by factor",
            )


QUESTIONS: tuple[Callable[[LossCase], None], ...] = (
    cost,
    arrays_kept,
    gradient,
    dtype,
    state,
    reduction,
    shapes,
    extremes,
    copies,
    refusal,
)

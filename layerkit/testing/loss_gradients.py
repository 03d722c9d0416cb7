"""Checks of the gradient and the weights of a loss."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from layerkit.batch import arrays, each, same_shape, shape_of
from layerkit.errors import CheckError
from layerkit.shapes import is_tuple_of_shapes
from layerkit.testing.batches import close, parts, with_floats
from layerkit.testing.diagnosis import Suspect, explain
from layerkit.testing.gradients import mismatch, wrong_elements
from layerkit.testing.loss_subject import LossSubject
from layerkit.validation import FLOAT32, Array

__all__ = ["gradient", "unit_weights", "weighted_gradient", "weights"]


def gradient(subject: LossSubject) -> None:
    """backward returns the gradient of the very value that forward returned, by differences in float64."""
    for kind, target in subject.targets():
        _compare(subject, target, f"with a target of {kind}")


def unit_weights(subject: LossSubject) -> None:
    """Weights that are all 1 change nothing.

    Likely mistake: the weights are divided by another sum than they have, or promote to another dtype.
    Write: (costs * weight).sum() / weight.sum()  # for a mean
    """
    for kind, target in subject.targets():
        prediction = with_floats(subject.prediction(), FLOAT32)
        plain = subject.passes(prediction, target)
        for weight in _weights(subject):
            found = subject.passes(prediction, target, each(np.ones_like, weight))
            if not close(found, plain):
                raise CheckError(
                    f"weights of 1, of shape {shape_of(weight)}, turn the value {plain[0]!r} into {found[0]!r}, or "
                    f"change the gradient, for a target of {kind}."
                )


def weights(subject: LossSubject) -> None:
    """Integer weights do what repeating the rows does, also to total_weight, which a mean divides by.

    Likely mistake: total_weight is not set in forward, or is not what a mean divides by.
    Write: self.total_weight = weight.sum()  # in forward; the number of costs without weights
    """
    counts = np.resize([2, 1, 0, 3], len(arrays(subject.prediction())[0]))
    for kind, target in subject.targets():
        prediction = subject.prediction()
        weighted, again = subject.fresh(), subject.fresh()
        found = weighted.forward(prediction, target, sample_weight=counts.astype(float))
        repeated = (each(lambda array: np.repeat(array, counts, axis=0), batch) for batch in (prediction, target))
        expected = again.forward(*repeated)
        if not math.isclose(found, expected, rel_tol=1e-9):
            raise CheckError(
                f"with the weights {counts.tolist()} the value is {found:.9g}, with as many copies of each row "
                f"{expected:.9g}, for a target of {kind}.",
                mistake="the weights are left out"
                if math.isclose(found, subject.fresh().forward(prediction, target), rel_tol=1e-9)
                else "a mean of weighted costs is not divided by the sum of the weights",
                fix="leave forward out: that of Loss weights what cost returns, Σwc/Σw for a mean",
            )
        totals = weighted.total_weight, again.total_weight
        if not (totals[1] > 0 and math.isclose(*totals, rel_tol=1e-9)):
            raise CheckError(
                f"total_weight is {totals[0]} with the weights {counts.tolist()}, {totals[1]} with as many copies of "
                f"each row."
            )


def weighted_gradient(subject: LossSubject) -> None:
    """With weights for samples or positions, backward returns the gradient of the weighted value."""
    for one in _with_positions(subject):
        for kind, target in one.targets():
            for weight in _weights(one):
                _compare(one, target, f"with weights of shape {shape_of(weight)} and a target of {kind}", weight)


def _compare(subject: LossSubject, target: Any, where: str, weight: Any = None) -> None:
    for attempt in range(6):  # a prediction may come to lie on a kink, where it meets the target
        prediction = subject.prediction(1 + attempt)
        estimates = subject.differences(prediction, target, weight)
        if all((e.error < 1e-6 * np.abs(e.value).max()).all() for e in estimates):
            break
    _, found = subject.passes(prediction, target, weight)
    if found is None or not same_shape(found, shape_of(prediction)):
        raise CheckError(
            f"backward returned shape {shape_of(found)} for predictions of shape {shape_of(prediction)}.",
            mistake="the gradient is reduced along with the cost, or is that of the target",
            fix="return 2 * (prediction - target) / n  # one value for each prediction",
        )
    plain = [None] * len(estimates) if weight is None else arrays(subject.passes(prediction, target)[1])
    columns = zip(arrays(found), estimates, arrays(prediction), arrays(target), plain, strict=True)
    for (name, _), (one, expected, array, own, unweighted) in zip(
        parts(prediction, "prediction"), columns, strict=True
    ):
        wrong = wrong_elements(one, expected)
        if wrong.size:
            sizes = {"the number of elements": array.size, "the number of rows": len(array)}
            sizes["the number of columns"] = array.size // len(array)
            guess = explain(one, expected.value, _suspects(array, own, unweighted), sizes)
            what = f"{where}, backward" if name == "prediction" else f"{where}, for {name}, backward"
            raise mismatch(what, one, expected, wrong, array, guess)


def _suspects(prediction: Array, target: Any, unweighted: Array | None) -> Iterator[Suspect]:
    if unweighted is not None:
        yield Suspect(
            unweighted, "the gradient is that without weights", "slope * weight  # as forward has cost * weight"
        )
    if target.shape == prediction.shape:
        for part in (1, 1 / prediction.size, 1 / len(prediction)):
            yield Suspect(
                part * (prediction - target),
                "it is the gradient (a - y) of another cost, such as half the squared error",
                "return the derivative of what forward returns, factor by factor",
            )


def _with_positions(subject: LossSubject) -> Iterator[LossSubject]:
    # also predictions with an axis between rows and columns, if the loss takes them
    yield subject
    if subject.given is None and not is_tuple_of_shapes(subject.shape) and len(subject.shape) == 2:
        longer = LossSubject(subject.loss, (subject.shape[0], 2, subject.shape[1]), None, subject.rng(7))
        try:
            longer.targets()
        except CheckError:
            return
        yield longer


def _weights(subject: LossSubject) -> list[Any]:
    # one for each row, and one for each position where there are several in a row
    rng, prediction = subject.rng(8), subject.prediction()
    rows = [rng.uniform(0.5, 2, len(arrays(prediction)[0]))]
    if all(array.ndim < 3 for array in arrays(prediction)):
        return rows
    return [*rows, each(lambda array: rng.uniform(0.5, 2, array.shape[:-1]), prediction)]

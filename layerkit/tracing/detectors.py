"""Detectors: one function for each kind of finding in the layers, with its thresholds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layerkit.activations import Activation, LearnedActivation
from layerkit.batch import arrays, shape_of
from layerkit.tracing.findings import Finding, Findings
from layerkit.tracing.record import Quantity, Record, quantities
from layerkit.tracing.scales import probabilities_as_logits, wrong_scale
from layerkit.validation import Array, Batch

__all__ = ["detect"]

# The docstring of Trace.findings gives the reasons.
DEAD_SHARE, DEAD_ROWS = 0.5, 16
FLAT_SLOPE, FLAT_SHARE = 0.05, 0.5
GRADIENT_RATIO = 1e-3


def detect(record: Record) -> Findings:
    """Return all findings; where a number is not finite, that one alone."""
    broken = list(_not_finite(record))
    if broken:
        return Findings(broken)
    detectors = (_dead_units, _saturated, _zero_gradient, _gradient_ratio, wrong_scale, probabilities_as_logits)
    return Findings(finding for detector in detectors for finding in detector(record))


def _not_finite(record: Record) -> Iterator[Finding]:
    # the first one only: the NaN of all later ones come from it
    for where, quantity in _in_order(record):
        wrong = ~np.isfinite(quantity.array)
        if not wrong.any():
            continue
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        evidence = (
            f"{quantity.symbol}[{', '.join(map(str, first))}] is {quantity.array[first]}, one of {wrong.sum()} such "
            f"elements of {wrong.size}"
        )
        if " = " in quantity.equation:
            evidence += f" in {quantity.equation}, the first result that is not finite"
        remedy = "Lower the learning rate, or scale the data to about -1 to 1, and start from fresh parameters."
        yield Finding("not finite", where, f"{evidence}.", "Remove such rows." if where == "data" else remedy)
        return


def _in_order(record: Record) -> Iterator[tuple[str, Quantity]]:
    for quantity in (*quantities("x", record.x), *quantities("y", record.y)):
        yield "data", quantity
    for step in record.forward_steps:
        for quantity in step.forward:
            yield step.title, quantity
    for quantity in (Quantity(record.loss_forward, np.array([record.value])), *record.loss_backward):
        yield record.loss_name, quantity
    for step in record.backward_steps:
        for quantity in step.backward:
            yield step.title, quantity


def _dead_units(record: Record) -> Iterator[Finding]:
    for step in record.forward_steps:
        if not isinstance(step.layer, Activation | LearnedActivation) or len(step.input) < DEAD_ROWS:
            continue
        dead = ((step.output == 0) & (_slope(step.layer, step.input) == 0)).all(axis=0)
        if dead.mean() > DEAD_SHARE:
            evidence = f"{dead.sum()} of {dead.size} units are 0 for all {len(step.input)} rows"
            remedy = "Lower the learning rate, start again, or use an activation without a flat side: LeakyReLU()."
            yield Finding("dead units", step.title, f"{evidence}: no gradient passes through them.", remedy)


def _saturated(record: Record) -> Iterator[Finding]:
    for step in record.forward_steps:
        if not isinstance(step.layer, Activation | LearnedActivation) or step.output_grad is None:
            continue
        flat = np.abs(_slope(step.layer, step.input)) < FLAT_SLOPE * _steepest_if_flat_outside(step.layer)
        arriving = np.abs(step.output_grad)
        if (
            step is record.steps[-1] and shape_of(record.y) == step.output.shape
        ):  # flat is right where the prediction is
            arriving = arriving * (np.abs(step.output - record.y) > np.ptp(record.y) / 10)
        lost = float(arriving[flat].sum() / arriving.sum()) if arriving.any() else 0.0
        if flat.mean() > FLAT_SHARE and lost > FLAT_SHARE:
            evidence = (
                f"{flat.mean():.0%} of the elements have a slope below {FLAT_SLOPE:.0%} of the steepest, and {lost:.0%}"
                f" of the gradient arrives there; z is from {step.input.min():.3g} to {step.input.max():.3g}."
            )
            remedy = (
                "Scale the input to about -1 to 1, start from smaller weights, or use an activation such as ReLU()."
            )
            yield Finding("saturated activation", step.title, evidence, remedy)


def _zero_gradient(record: Record) -> Iterator[Finding]:
    learning = [step for step in record.forward_steps if step.parameters]
    still = [step for step in learning if not any(p.grad.any() for p in step.parameters.values())]
    norm = np.linalg.norm([quantity.norm for quantity in record.loss_backward])
    if still and norm == 0:
        evidence = (
            f"∂C/∂prediction is 0 everywhere, at a loss of {record.value:.4g}, and so is every gradient before it."
        )
        remedy = "Nothing is left to learn from this batch, unless the loss is flat: look at the scale of the targets."
        yield Finding("zero gradient", record.loss_name, evidence, remedy)
    elif still:
        blocks = (step for step in record.backward_steps if _any(step.output_grad) and not _any(step.input_grad))
        block = next(blocks, None)
        evidence = f"Every parameter gradient is exactly 0, although ∂C/∂prediction has norm {norm:.3g}: "
        evidence += f"the gradient ends at {block.title}." if block else "the inputs of the layers are 0."
        remedy = (
            "Look for weights or inputs that are all 0, and activations whose slope is 0; start from fresh parameters."
        )
        where = "all layers" if len(still) == len(learning) else ", ".join(step.title for step in still)
        yield Finding("zero gradient", where, evidence, remedy)


def _gradient_ratio(record: Record) -> Iterator[Finding]:
    # along the main path only: a branch gets a part of the gradient
    learning = [step for step in record.steps if step.layer.parameters()]
    norms = [np.linalg.norm([part.norm for part in quantities("δ", step.output_grad)]) for step in learning]
    if len(norms) < 2 or not all(norms):  # zero is a finding of its own
        return
    first, last, gaps = norms[0], norms[-1], len(norms) - 1
    if GRADIENT_RATIO <= first / last <= 1 / GRADIENT_RATIO:
        return
    evidence = (
        f"The norm of ∂C/∂output is {last:.3g} at {learning[-1].title} and {first:.3g} here: it changes by a factor of "
        f"{(first / last) ** (1 / gaps):.2g} at each of the {gaps} layers with parameters in between."
    )
    kind, remedy = "exploding gradient", "Lower the learning rate, or start from smaller weights"
    if first < last:
        kind, remedy = "vanishing gradient", "Use fewer layers, an activation whose slope stays near 1, such as ReLU()"
        remedy += ", or larger initial weights"
    remedy += ": the default initializer scales them by the gain of the activation."
    yield Finding(kind, learning[0].title, evidence, remedy)


def _slope(layer: Activation | LearnedActivation, z: Array) -> Array:
    with np.errstate(all="ignore"):
        return layer.derivative(z, **layer.values()) if isinstance(layer, LearnedActivation) else layer.derivative(z)


def _steepest_if_flat_outside(layer: Activation | LearnedActivation) -> float:
    # the largest slope of an activation that is flat far out on both sides, 0 for all others
    slopes = np.abs(_slope(layer, np.linspace(-30.0, 30.0, 1201)[:, None]))
    steepest = float(slopes.max())
    return steepest if slopes[[0, -1]].max() < FLAT_SLOPE * steepest else 0.0


def _any(batch: Batch) -> bool:
    return any(array is not None and array.any() for array in arrays(batch))

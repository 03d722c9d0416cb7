"""Detectors: one function for each kind of finding in the layers, with its thresholds."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from layerkit.activations import Activation, LearnedActivation
from layerkit.batch import arrays, shape_of
from layerkit.layers import Layer
from layerkit.tracing.findings import Finding, Findings
from layerkit.tracing.record import Record, Step, quantities
from layerkit.tracing.scales import probabilities_as_logits, wrong_scale
from layerkit.validation import Array, Batch

# The docstring of Finding gives the reasons.
DEAD_SHARE, DEAD_ROWS = 0.5, 16
FLAT_SLOPE, FLAT_SHARE = 0.05, 0.5
GRADIENT_RATIO = 1e-3


def detect(record: Record) -> Findings:
    """Return all findings; where a number is not finite, that one alone."""
    detectors = (_dead_units, _saturated, _zero_gradient, _gradient_ratio, wrong_scale, probabilities_as_logits)
    broken = list(_not_finite(record))
    return Findings(broken or (finding for detector in detectors for finding in detector(record)))


def _not_finite(record: Record) -> Iterator[Finding]:
    # the first one only: the NaN of all later ones come from it
    data = [("data", quantity) for quantity in (*quantities("x", record.x), *quantities("y", record.y))]
    for where, quantity in (*data, *((where, quantity) for _, where, quantity in record.entries())):
        wrong = ~np.isfinite(quantity.array)
        if not wrong.any():
            continue
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        element = f"{quantity.symbol}[{', '.join(map(str, first))}]" if first else quantity.symbol
        evidence = f"{element} is {quantity.array[first]}, one of {wrong.sum()} such elements of {wrong.size}"
        if " = " in quantity.equation:
            evidence += f" in {quantity.equation}, the first result that is not finite"
        remedy = "Lower the learning rate, or scale the data to about -1 to 1, and start from fresh parameters."
        remedy = "Remove or replace such rows." if where == "data" else remedy
        yield Finding("not finite", where, f"{evidence}.", remedy)
        return


def _activations(record: Record) -> Iterator[tuple[Step, Array]]:
    # with the slope at each element
    for step in record.all_steps():
        if isinstance(step.layer, Activation | LearnedActivation):
            yield step, _slope(step.layer, step.input)


def _dead_units(record: Record) -> Iterator[Finding]:
    for step, slope in _activations(record):
        dead = ((step.output == 0) & (slope == 0)).all(axis=0)
        if dead.mean() > DEAD_SHARE and len(slope) >= DEAD_ROWS:
            evidence = f"{dead.sum()} of {dead.size} units are 0 for all {len(step.input)} rows"
            remedy = "Lower the learning rate, start again, or use an activation without a flat side: LeakyReLU()."
            yield Finding("dead units", step.title, f"{evidence}: no gradient passes through them.", remedy)


def _saturated(record: Record) -> Iterator[Finding]:
    for step, slope in _activations(record):
        flat = np.abs(slope) < FLAT_SLOPE * _steepest_if_flat_outside(step.layer)
        arriving = np.abs(step.output_grad if step.output_grad is not None else 0 * slope)
        if step is record.steps[-1] and shape_of(record.y) == step.output.shape:
            # an element may be flat where the prediction is right
            arriving = arriving * (np.abs(step.output - record.y) > np.ptp(record.y) / 10)
        lost = float(arriving[flat].sum() / arriving.sum()) if arriving.any() else 0.0
        if flat.mean() > FLAT_SHARE and lost > FLAT_SHARE:
            evidence = f"{flat.mean():.0%} of the elements have a slope below {FLAT_SLOPE:.0%} of the steepest, and "
            evidence += (
                f"{lost:.0%} of the gradient arrives there; z is {step.input.min():.3g} to {step.input.max():.3g}."
            )
            remedy = "Scale the input to about -1 to 1, start from smaller weights, or use another activation: ReLU()."
            yield Finding("saturated activation", step.title, evidence, remedy)


def _zero_gradient(record: Record) -> Iterator[Finding]:
    learning = [step for step in record.all_steps() if step.parameters]
    still = [step for step in learning if not any(p.grad.any() for p in step.parameters.values())]
    norm = np.linalg.norm([quantity.norm for quantity in record.loss_backward])
    if still and norm == 0:
        evidence = f"∂C/∂prediction is 0 everywhere, at a loss of {record.value:.4g}, and so is every other gradient."
        remedy = "Nothing is left to learn from this batch, unless the loss is flat: look at the scale of the targets."
        yield Finding("zero gradient", record.loss_name, evidence, remedy)
    elif still:
        ends = [step.title for step in record.all_steps(-1) if _any(step.output_grad) and not _any(step.input_grad)]
        evidence = f"Every parameter gradient is exactly 0, although ∂C/∂prediction has norm {norm:.3g}: "
        evidence += f"the gradient ends at {ends[0]}." if ends else "the inputs of the layers are 0."
        remedy = "Look for weights and inputs that are all 0, and activations whose slope is 0; start again."
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
        f"The norm of ∂C/∂output goes from {last:.3g} at {learning[-1].title} to {first:.3g} here, by a factor of "
    )
    evidence += f"{(first / last) ** (1 / gaps):.2g} for each of the {gaps} layers with parameters on the way."
    kind, remedy = "exploding gradient", "Lower the learning rate, or start from smaller weights"
    if first < last:
        kind, remedy = "vanishing gradient", "Use fewer layers, an activation such as ReLU(), or larger initial weights"
    remedy += ": the default initializer scales them by the gain of the activation."
    yield Finding(kind, learning[0].title, evidence, remedy)


def _slope(layer: Any, z: Array) -> Array:
    with np.errstate(all="ignore"):
        slope: Array = layer.derivative(z, **(layer.values() if isinstance(layer, LearnedActivation) else {}))
    return slope


def _steepest_if_flat_outside(layer: Layer) -> float:
    # the largest slope of an activation that is flat far out on both sides, 0 for all others
    slopes = np.abs(_slope(layer, np.linspace(-30.0, 30.0, 1201)[:, None]))
    steepest = float(slopes.max())
    return steepest if slopes[[0, -1]].max() < FLAT_SLOPE * steepest else 0.0


def _any(batch: Batch) -> bool:
    return any(array is not None and array.any() for array in arrays(batch))

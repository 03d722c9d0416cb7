"""Symptoms: what to look for in the layers, and where it starts to matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from layerkit.activations import Activation
from layerkit.validation import Array
from layerkit.tracing.findings import Finding, Findings
from layerkit.tracing.record import Quantity, Step
from layerkit.tracing.scales import probabilities_as_logits, wrong_scale

if TYPE_CHECKING:  # Trace is above
    from layerkit.tracing.trace import Trace

__all__ = ["look"]

# The reasons stand in the docstring of Trace.findings, where users read them.
DEAD_SHARE, DEAD_ROWS = 0.5, 16
FLAT_SLOPE, FLAT_SHARE = 0.05, 0.5
GRADIENT_RATIO = 1e-3


def look(trace: Trace) -> Findings:
    """Return what stands out; where numbers are not finite, the others say nothing."""
    broken = list(_not_finite(trace))
    if broken:
        return Findings(broken)
    symptoms = (_dead_units, _saturated, _zero_gradient, _gradient_ratio, wrong_scale, probabilities_as_logits)
    return Findings(finding for symptom in symptoms for finding in symptom(trace))


def _not_finite(trace: Trace) -> Iterator[Finding]:
    # the first one: all that follow it have their NaN from there
    for where, quantity in _in_order(trace):
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
        yield Finding(
            "not finite", where, f"{evidence}.", "Remove or replace such rows." if where == "data" else remedy
        )
        return


def _in_order(trace: Trace) -> Iterator[tuple[str, Quantity]]:
    yield "data", Quantity("x", trace.x)
    yield "data", Quantity("y", trace.y)
    for step in trace:
        for quantity in step.forward:
            yield step.title, quantity
    yield trace.loss_name, Quantity(trace.loss_forward, np.array([trace.cost]))
    yield trace.loss_name, trace.loss_backward
    for step in reversed(trace.steps):
        for quantity in step.backward:
            yield step.title, quantity


def _dead_units(trace: Trace) -> Iterator[Finding]:
    for step in trace:
        slope = _slope(step)
        if slope is None or len(slope) < DEAD_ROWS:
            continue
        dead = ((step.output == 0) & (slope == 0)).all(axis=0)
        if dead.mean() > DEAD_SHARE:
            yield Finding(
                "dead units",
                step.title,
                f"{dead.sum()} of {dead.size} units are 0 for all {len(slope)} rows: no gradient passes through them.",
                "Lower the learning rate, start from fresh parameters with smaller biases, scale the input to about "
                "-1 to 1, or use an activation that has a slope on both sides, such as LeakyReLU().",
            )


def _saturated(trace: Trace) -> Iterator[Finding]:
    for step in trace:
        slope, steepest = _slope(step), _steepest_if_flat_outside(step)
        if slope is None or not steepest:
            continue
        flat = np.abs(slope) < FLAT_SLOPE * steepest
        arriving = np.abs(step.output_grad)
        if step is trace.steps[-1] and trace.y.shape == trace.prediction.shape:  # there, flat and right is well
            arriving = arriving * (np.abs(trace.prediction - trace.y) > np.ptp(trace.y) / 10)
        lost = float(arriving[flat].sum() / arriving.sum()) if arriving.any() else 0.0
        if flat.mean() > FLAT_SHARE and lost > FLAT_SHARE:
            yield Finding(
                "saturated activation",
                step.title,
                f"{flat.mean():.0%} of the elements lie where the slope is below {FLAT_SLOPE:.0%} of the steepest, "
                f"and {lost:.0%} of the gradient arrives there; z goes from {step.input.min():.3g} to "
                f"{step.input.max():.3g}.",
                "Scale the input to about -1 to 1, start from smaller weights, lower the learning rate, or use an "
                "activation that does not flatten on both sides, such as ReLU().",
            )


def _zero_gradient(trace: Trace) -> Iterator[Finding]:
    learning = [step for step in trace if step.parameters]
    still = [step for step in learning if not any(parameter.grad.any() for parameter in step.parameters)]
    if not still:
        return
    where = "all layers" if len(still) == len(learning) else ", ".join(step.title for step in still)
    if not trace.loss_backward.array.any():
        yield Finding(
            "zero gradient",
            trace.loss_name,
            f"∂C/∂prediction is 0 everywhere, at a cost of {trace.cost:.4g}, and so is every gradient before it.",
            "If the cost is as low as it can be, nothing is left to learn from this batch; otherwise the loss is "
            "flat here: look at the scale of predictions and targets.",
        )
        return
    block = next((step for step in reversed(trace.steps) if step.output_grad.any() and not step.input_grad.any()), None)
    source = f"the gradient ends at {block.title}" if block else "the inputs of the layers are 0"
    yield Finding(
        "zero gradient",
        where,
        f"Every parameter gradient is exactly 0, although ∂C/∂prediction has norm "
        f"{trace.loss_backward.norm:.3g}: {source}.",
        "Look for weights that are all 0, inputs that are all 0, and activations whose slope is 0 for all of "
        "their input; start from fresh parameters.",
    )


def _gradient_ratio(trace: Trace) -> Iterator[Finding]:
    learning = [step for step in trace if step.parameters]
    norms = [Quantity("δ", step.output_grad).norm for step in learning]
    if len(norms) < 2 or not all(norms):
        return  # zero is a finding of its own
    first, last = norms[0], norms[-1]
    ratio, gaps = first / last, len(norms) - 1
    if GRADIENT_RATIO <= ratio <= 1 / GRADIENT_RATIO:
        return
    evidence = (
        f"The norm of ∂C/∂output goes from {last:.3g} at {learning[-1].title} to {first:.3g} here, by a factor of "
        f"{ratio ** (1 / gaps):.2g} for each of the {gaps} layers with parameters on the way."
    )
    if ratio < 1:
        remedy = (
            "Use fewer layers, an activation whose slope stays near 1, such as ReLU(), or larger initial weights: "
            "the default initializer scales them by the gain of the activation."
        )
        yield Finding("vanishing gradient", learning[0].title, evidence, remedy)
    else:
        remedy = (
            "Start from smaller weights: the default initializer scales them by the gain of the activation; or lower "
            "the learning rate."
        )
        yield Finding("exploding gradient", learning[0].title, evidence, remedy)


def _slope(step: Step) -> Array | None:
    if not isinstance(step.layer, Activation):
        return None
    with np.errstate(all="ignore"):
        return step.layer.derivative(step.input)


def _steepest_if_flat_outside(step: Step) -> float:
    # the largest slope of an activation that is flat far out on both sides, 0 for all others
    if not isinstance(step.layer, Activation):
        return 0.0
    with np.errstate(all="ignore"):
        slopes = np.abs(step.layer.derivative(np.linspace(-30.0, 30.0, 1201)))
    steepest = float(slopes.max())
    return steepest if max(slopes[0], slopes[-1]) < FLAT_SLOPE * steepest else 0.0

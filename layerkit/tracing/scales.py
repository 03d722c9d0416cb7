"""Scales: detectors for predictions, targets and losses that do not fit each other."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from layerkit.activations import Activation
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, JointLoss, Loss
from layerkit.text import one_line
from layerkit.tracing.findings import Finding
from layerkit.tracing.record import Record, Step
from layerkit.validation import Array

__all__ = ["probabilities_as_logits", "wrong_scale"]

# The docstring of Trace.findings gives the reasons.
SPREAD, OFFSET, GUESS, ROWS = 10.0, 3.0, 5.0, 16


class Output(NamedTuple):
    """An output of the network, with its loss and its target."""

    where: str
    loss: Loss
    prediction: Array
    target: Any


def wrong_scale(record: Record) -> Iterator[Finding]:
    """Find targets far from what a network starts with, and logits far from those of a guess."""
    for output in _outputs(record.loss, record.prediction, record.y):
        if isinstance(output.loss, CrossEntropyLoss | BCEWithLogitsLoss):
            yield from _worse_than_guessing(output)
        elif output.target.shape == output.prediction.shape and len(output.target) > 1:
            yield from _far_targets(output)


def probabilities_as_logits(record: Record) -> Iterator[Finding]:
    """Find the output of a softmax or sigmoid as the input of a loss that applies one itself."""
    for output in _outputs(record.loss, record.prediction, record.y):
        p, source, squash = output.prediction, _source(record, output.prediction), "the sigmoid"
        evidence = f"Its input is the output of {source.name}, from {p.min():.3g} to {p.max():.3g}."
        found = p.min() >= 0 and p.max() <= 1 + 1e-4
        if isinstance(output.loss, CrossEntropyLoss):
            error, squash = np.abs(p.sum(axis=-1) - 1).max(), "softmax"
            evidence = f"Its input is at least 0 and each row sums to 1, within {error:.1g}."
            found = found and p.shape[-1] > 1 and error < 1e-4
        elif isinstance(output.loss, BCEWithLogitsLoss) and isinstance(source.layer, Activation):
            ends = source.layer.function(np.array([-1e3, 1e3]))
            found = found and np.allclose(ends, [0, 1], atol=1e-3)
        else:
            continue
        if found:
            evidence += f" The loss takes logits and applies {squash} itself."
            remedy = f"Leave out {source.title}, and apply {squash} to predictions where probabilities are needed."
            yield Finding("probabilities as logits", output.where, evidence, remedy)


def _outputs(loss: Loss, prediction: Any, target: Any, prefix: str = "") -> Iterator[Output]:
    if isinstance(loss, JointLoss):
        for i, (own, a, y) in enumerate(zip(loss.losses, prediction, target, strict=True)):
            yield from _outputs(own, a, y, f"{prefix}loss {i}, ")
    elif not isinstance(prediction, tuple):
        yield Output(f"{prefix}{one_line(loss)}", loss, prediction, target)


def _source(record: Record, prediction: Array) -> Step:
    # the innermost step that computed it: the last layer, or that of a branch
    steps = (step for step in record.forward_steps if not isinstance(step.output, tuple))
    return next((step for step in steps if np.array_equal(step.output, prediction)), record.steps[-1])


def _worse_than_guessing(output: Output) -> Iterator[Finding]:
    z, is_softmax = output.prediction, isinstance(output.loss, CrossEntropyLoss)
    classes = max(2, z.shape[-1] if is_softmax else 2)
    value = float(copy.copy(output.loss).forward(z, output.target))
    if output.loss.reduction == "sum":
        value /= z.size / z.shape[-1] if is_softmax else z.size
    guess = math.log(classes)
    if value > GUESS * guess:
        evidence = (
            f"The mean loss is {value:.3g}, that of guessing among {classes} classes is {guess:.3g}; the logits are "
            f"from {z.min():.3g} to {z.max():.3g}: the network is sure of wrong answers."
        )
        remedy = "Scale the input to about -1 to 1, start from smaller weights, or lower the learning rate."
        yield Finding("loss scale", output.where, evidence, remedy)


def _far_targets(output: Output) -> Iterator[Finding]:
    y = output.target.reshape(len(output.target), -1).astype(np.float64)
    a = output.prediction.reshape(len(y), -1).astype(np.float64)
    spread, own = y.std(axis=0), a.std(axis=0)
    mean, offset = np.abs(y.mean(axis=0)), np.abs(y.mean(axis=0) - a.mean(axis=0))
    near, enough = np.abs(y - y.mean(axis=0)).max(axis=0) < 1 / SPREAD, len(y) >= ROWS
    far = enough & (mean > OFFSET) & (np.minimum(mean, offset) > OFFSET * spread)
    wide = (spread > SPREAD) & (spread > SPREAD * own)
    narrow = enough & near & (spread > 0) & (own > SPREAD * spread)
    for found, size in ((far, offset), (wide, spread), (narrow, own)):
        if not found.any():
            continue
        i = int(np.argmax(np.where(found, size, 0)))
        evidence = f"The target has a standard deviation of {spread[i]:.3g}, the prediction one of {own[i]:.3g}"
        if found is far:
            share = offset[i] ** 2 / np.mean((a[:, i] - y[:, i]) ** 2)
            evidence += (
                f"; their means are {y[:, i].mean():.4g} and {a[:, i].mean():.4g}, and {share:.0%} of the mean squared "
                f"error is the difference of the means"
            )
        evidence += f", in column {i}." if y.shape[1] > 1 else "."
        remedy = "Standardize the target, (y - mean) / standard deviation, and undo that for the predictions."
        yield Finding("loss scale", output.where, evidence, remedy)
        return

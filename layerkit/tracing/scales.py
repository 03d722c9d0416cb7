"""Scales: detectors for predictions, targets and losses that do not fit each other."""

import copy
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from layerkit.activations import Activation
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, JointLoss, Loss
from layerkit.text import one_line
from layerkit.tracing.findings import Finding
from layerkit.tracing.record import Record, Step
from layerkit.validation import Array

# The docstring of Finding gives the reasons.
SPREAD, OFFSET, GUESS, ROWS = 10.0, 3.0, 5.0, 16


def wrong_scale(record: Record) -> Iterator[Finding]:
    """Find targets far from what a network starts with, and logits far from those of a guess."""
    for where, loss, prediction, target in _outputs(record.loss, record.prediction, record.y):
        evidence = ""
        if isinstance(loss, CrossEntropyLoss | BCEWithLogitsLoss):
            evidence = _worse_than_guessing(loss, prediction, target)
            remedy = "Scale the input to about -1 to 1, start from smaller weights, or lower the learning rate."
        elif target.shape == prediction.shape and len(target) > 1:
            evidence = _far_target(prediction, target)
            remedy = "Standardize the target, (y - mean) / standard deviation, and undo that for the predictions."
        if evidence:
            yield Finding("loss scale", where, evidence, remedy)


def probabilities_as_logits(record: Record) -> Iterator[Finding]:
    """Find the output of a softmax or sigmoid as the input of a loss that applies one itself."""
    for where, loss, p, _ in _outputs(record.loss, record.prediction, record.y):
        source, squash = _source(record, p), "the sigmoid"
        evidence = f"Its input is the output of {source.name}, from {p.min():.3g} to {p.max():.3g}."
        found = p.min() >= 0 and p.max() <= 1 + 1e-4
        if isinstance(loss, CrossEntropyLoss):
            error, squash = np.abs(p.sum(axis=-1) - 1).max(), "softmax"
            evidence = f"Its input is at least 0 and each row sums to 1, within {error:.1g}."
            found = found and p.shape[-1] > 1 and error < 1e-4
        elif isinstance(loss, BCEWithLogitsLoss) and isinstance(source.layer, Activation):
            ends = source.layer.function(np.array([-1e3, 1e3]))
            found = found and np.allclose(ends, [0, 1], atol=1e-3)
        else:
            continue
        if found:
            evidence += f" The loss takes logits and applies {squash} itself."
            remedy = f"Leave out {source.title}, and apply {squash} to predictions where probabilities are needed."
            yield Finding("probabilities as logits", where, evidence, remedy)


def _outputs(loss: Loss, prediction: Any, target: Any, prefix: str = "") -> Iterator[tuple[str, Loss, Array, Any]]:
    # each output of the network, with the name of its loss, the loss and the target
    if isinstance(loss, JointLoss):
        for i, (own, a, y) in enumerate(zip(loss.losses, prediction, target, strict=True)):
            yield from _outputs(own, a, y, f"{prefix}loss {i}, ")
    elif not isinstance(prediction, tuple):
        yield f"{prefix}{one_line(loss)}", loss, prediction, target


def _source(record: Record, prediction: Array) -> Step:
    # the innermost step that computed it: the last layer, or that of a branch
    steps = (step for step in record.all_steps() if not isinstance(step.output, tuple))
    return next((step for step in steps if np.array_equal(step.output, prediction)), record.steps[-1])


def _worse_than_guessing(loss: Loss, z: Array, target: Any) -> str:
    is_softmax = isinstance(loss, CrossEntropyLoss)
    classes = max(2, z.shape[-1] if is_softmax else 2)
    value = float(copy.copy(loss).forward(z, target))
    if loss.reduction == "sum":
        value /= z.size / z.shape[-1] if is_softmax else z.size
    if value <= GUESS * math.log(classes):
        return ""
    evidence = (
        f"The mean loss is {value:.3g}, that of guessing among {classes} classes is {math.log(classes):.3g}; the "
    )
    return evidence + f"logits are from {z.min():.3g} to {z.max():.3g}: the network is sure of wrong answers."


def _far_target(prediction: Array, target: Array) -> str:
    y, a = (array.reshape(len(array), -1).astype(np.float64) for array in (target, prediction))
    spread, own, mean, center = y.std(axis=0), a.std(axis=0), y.mean(axis=0), a.mean(axis=0)
    near, enough = np.abs(y - mean).max(axis=0) < 1 / SPREAD, len(y) >= ROWS
    offset = np.abs(mean - center)
    far = enough & (np.abs(mean) > OFFSET) & (np.minimum(np.abs(mean), offset) > OFFSET * spread)
    wide = (spread > SPREAD) & (spread > SPREAD * own)
    narrow = enough & near & (spread > 0) & (own > SPREAD * spread)
    for found, size in ((far, offset), (wide, spread), (narrow, own)):
        if found.any():
            i = int(np.argmax(np.where(found, size, 0)))
            evidence = f"The target has a standard deviation of {spread[i]:.3g}, the prediction one of {own[i]:.3g}"
            if found is far:
                share = f"{offset[i] ** 2 / np.mean((a[:, i] - y[:, i]) ** 2):.0%} of the mean squared error"
                evidence += f"; their means are {mean[i]:.4g} and {center[i]:.4g}, and their difference is {share}"
            return evidence + (f", in column {i}." if y.shape[1] > 1 else ".")
    return ""

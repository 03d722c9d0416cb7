"""Scales: whether prediction, target and loss are made for each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from layerkit.activations import Activation
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss
from layerkit.tracing.findings import Finding

if TYPE_CHECKING:  # Trace is above
    from layerkit.tracing.trace import Trace

__all__ = ["probabilities_as_logits", "wrong_scale"]

# The reasons stand in the docstring of Trace.findings, where users read them.
SPREAD, OFFSET, GUESS, ROWS = 10.0, 3.0, 5.0, 16


def wrong_scale(trace: Trace) -> Iterator[Finding]:
    """Find targets far from what a network gives, and logits far from what a guess would be."""
    if isinstance(trace.loss, CrossEntropyLoss | BCEWithLogitsLoss):
        yield from _worse_than_guessing(trace)
    elif trace.y.shape == trace.prediction.shape and len(trace.y) > 1:
        yield from _far_targets(trace)


def probabilities_as_logits(trace: Trace) -> Iterator[Finding]:
    """Find what has gone through softmax or sigmoid before a loss that does so itself."""
    p, last = trace.prediction, trace.steps[-1].layer
    if isinstance(trace.loss, CrossEntropyLoss):
        sums = p.sum(axis=1)
        found = p.shape[1] > 1 and p.min() >= 0 and bool(np.allclose(sums, 1, atol=1e-4))
        evidence = f"Its input is at least 0 and each row sums to 1, within {np.abs(sums - 1).max():.1g}."
    elif isinstance(trace.loss, BCEWithLogitsLoss) and isinstance(last, Activation):
        ends = last.function(np.array([-1e3, 1e3]))
        found = bool(np.allclose(ends, [0, 1], atol=1e-3) and p.min() >= 0 and p.max() <= 1)
        evidence = f"Its input comes from {last!r} and lies from {p.min():.3g} to {p.max():.3g}."
    else:
        return
    if found:
        yield Finding(
            "probabilities as logits",
            trace.loss_name,
            f"{evidence} The loss takes logits and applies {_squash(trace)} itself.",
            f"Leave out {trace.steps[-1].title}: end the network in a Dense layer, and apply {_squash(trace)} to what "
            f"it predicts where probabilities are needed.",
        )


def _worse_than_guessing(trace: Trace) -> Iterator[Finding]:
    z = trace.prediction
    classes = z.shape[1] if isinstance(trace.loss, CrossEntropyLoss) else 2
    samples = len(z) if isinstance(trace.loss, CrossEntropyLoss) else z.size
    cost = trace.cost / samples if trace.loss.reduction == "sum" else trace.cost
    guess = math.log(max(2, classes))
    if cost > GUESS * guess:
        yield Finding(
            "loss scale",
            trace.loss_name,
            f"The cost of a sample is {cost:.3g}, that of guessing among {max(2, classes)} classes is {guess:.3g}; the "
            f"logits go from {z.min():.3g} to {z.max():.3g}.",
            "Scale the input to about -1 to 1, start from smaller weights, or lower the learning rate: the network is "
            "sure of wrong answers.",
        )


def _far_targets(trace: Trace) -> Iterator[Finding]:
    y = trace.y.reshape(len(trace.y), -1).astype(np.float64)
    a = trace.prediction.reshape(len(y), -1).astype(np.float64)
    spread, own = y.std(axis=0), a.std(axis=0)
    mean, offset = np.abs(y.mean(axis=0)), np.abs(y.mean(axis=0) - a.mean(axis=0))
    near = np.abs(y - y.mean(axis=0)).max(axis=0) < 1 / SPREAD
    evidence, enough = "", len(y) >= ROWS
    if (far := enough & (mean > OFFSET) & (np.minimum(mean, offset) > OFFSET * spread)).any():
        i = int(np.argmax(np.where(far, offset, 0)))
        share = offset[i] ** 2 / np.mean((a[:, i] - y[:, i]) ** 2)
        evidence = (
            f"The mean of the target is {y[:, i].mean():.4g} and that of the prediction {a[:, i].mean():.4g}, while "
            f"the target has a standard deviation of {spread[i]:.3g}: {share:.0%} of the mean squared error is the "
            f"difference of the means"
        )
    elif (wide := (spread > SPREAD) & (spread > SPREAD * own)).any():
        i = int(np.argmax(np.where(wide, spread, 0)))
        evidence = f"The target has a standard deviation of {spread[i]:.3g}, the prediction one of {own[i]:.3g}"
    elif (narrow := enough & near & (spread > 0) & (own > SPREAD * spread)).any():
        i = int(np.argmax(np.where(narrow, own, 0)))
        evidence = f"The target has a standard deviation of {spread[i]:.3g}, the prediction one of {own[i]:.3g}"
    if evidence:
        where = f", in column {i}" if y.shape[1] > 1 else ""
        yield Finding(
            "loss scale",
            trace.loss_name,
            f"{evidence}{where}.",
            "Standardise the target, (y - mean) / standard deviation of the training data, and undo that for what "
            "the network predicts.",
        )


def _squash(trace: Trace) -> str:
    return "softmax" if isinstance(trace.loss, CrossEntropyLoss) else "the sigmoid"

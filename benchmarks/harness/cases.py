"""Cases: the networks that are measured, their data and their initial weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Steps after which all peers must agree; every number of batches divides it, or is a multiple of it.
CHECKED_STEPS = 20


@dataclass(frozen=True)
class Case:
    """A network, a batch size, and what it is trained with."""

    size: str
    widths: tuple[int, ...]
    batch: int
    batches: int = 20  # of an epoch
    activation: str = "relu"
    loss: str = "mse"
    optimizer: str = "sgd"
    variant: str = "base"

    @property
    def learning_rate(self) -> float:
        """A step that changes the weights well above their rounding, and does not diverge."""
        if self.optimizer == "adam":
            return 1e-3
        # the curvature grows with width and depth; the mean makes the gradient smaller, the more elements there are
        rate = min(0.02, 2 / max(self.widths), 0.06 / len(self.widths))
        return rate * self.widths[-1] if self.loss == "mse" else rate

    @property
    def title(self) -> str:
        """The name in tables."""
        if self.variant in ("depth", "batch"):  # the heading has the rest
            return self.size
        return f"{self.size} ({'-'.join(map(str, self.widths))}, batch {self.batch})"


@dataclass(frozen=True)
class Arrays:
    """The data and initial weights that every peer gets."""

    X: Array  # (batches, batch, features)
    Y: Array  # (batches, batch, outputs), or class indices (batches, batch)
    weights: list[Array]  # W, b, W, b, ...


SIZES = {
    "tiny": Case("tiny", (4, 16, 1), 8, batches=100),
    "small": Case("small", (16, 64, 64, 1), 32, batches=100),
    "medium": Case("medium", (784, 256, 128, 10), 128),
    "large": Case("large", (1024, 2048, 2048, 1024), 512, batches=4),
}


def cases(variant: str, sizes: list[str]) -> list[Case]:
    """Return the cases of a variant."""
    if variant == "depth":
        return [
            Case(f"depth {depth}", (64,) * depth + (1,), 32, batches=20, variant=variant)
            for depth in (2, 4, 8, 16, 32, 64)
        ]
    if variant == "batch":
        return [
            Case(f"batch {batch}", (16, 64, 64, 1), batch, batches=20, variant=variant)
            for batch in (1, 4, 16, 64, 256, 1024, 4096)
        ]
    chosen = [replace(SIZES[size], variant=variant) for size in sizes]
    if variant == "cross-entropy":  # with one output there would be nothing to choose from
        return [replace(case, loss=variant, widths=(*case.widths[:-1], max(3, case.widths[-1]))) for case in chosen]
    if variant == "adam":
        return [replace(case, optimizer="adam") for case in chosen]
    if variant == "gelu":
        return [replace(case, activation="gelu") for case in chosen]
    return chosen


VARIANTS = ("base", "adam", "gelu", "cross-entropy", "depth", "batch")


def arrays(case: Case, seed: int) -> Arrays:
    """Return data that a network can learn something from, and He's initial weights with small biases."""
    rng = np.random.default_rng(seed)
    inputs, outputs = case.widths[0], case.widths[-1]
    X = rng.standard_normal((case.batches, case.batch, inputs), np.float32)
    Y = np.tanh(X @ (rng.standard_normal((inputs, outputs), np.float32) / np.float32(inputs**0.5)))
    if case.loss == "cross-entropy":
        Y = Y.argmax(axis=-1)
    return Arrays(X, Y, weights(case.widths, rng))


def weights(widths: tuple[int, ...], rng: np.random.Generator) -> list[Array]:
    """Return W and b of every layer."""
    result = []
    for n_in, n_out in pairwise(widths):
        result.append(rng.standard_normal((n_in, n_out), np.float32) * np.float32((2 / n_in) ** 0.5))
        result.append(rng.standard_normal(n_out, np.float32) * np.float32(0.01))
    return result


def apart(found: Array, reference: Array) -> float:
    """Return the largest difference, relative to the largest element of the reference."""
    return float(np.abs(found - reference).max() / np.abs(reference).max())

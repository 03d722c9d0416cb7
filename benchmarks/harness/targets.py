"""Targets: ratios that the project wants to reach, and whether a run reached them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.rounds import Ratio, ratio

Times = dict[str, list[float]]


@dataclass(frozen=True)
class Target:
    """A limit for the ratio of two times, size by size."""

    text: str
    above: str
    below: str
    limits: dict[str, float]
    at_least: bool = True
    variant: str = "base"

    def sign(self) -> str:
        """Return which way the limit goes."""
        return "≥" if self.at_least else "≤"

    def met(self, size: str, found: Ratio) -> bool:
        """Whether a ratio is within the limit."""
        return found.median >= self.limits[size] if self.at_least else found.median <= self.limits[size]


def _sizes(*limits: float) -> dict[str, float]:
    return dict(zip(("tiny", "small", "medium", "large"), limits, strict=True))


TRAINING = (
    Target("PyTorch ÷ layerkit", "PyTorch", "layerkit", _sizes(12, 6, 1.15, 1.0)),
    Target("scikit-learn ÷ layerkit", "scikit-learn", "layerkit", _sizes(4, 3, 1.8, 1.6)),
    Target("JAX, jit per step ÷ layerkit", "JAX, jit per step", "layerkit", _sizes(2.5, 1.6, 1.1, 1.0)),
    Target("JAX, compiled epoch ÷ layerkit", "JAX, compiled epoch", "layerkit", _sizes(1.0, 0.85, 1.0, 1.0)),
    Target("layerkit ÷ GEMMs alone", "layerkit", "GEMMs alone", _sizes(2.4, 2.0, 1.25, 1.1), at_least=False),
    Target(
        "Trainer.fit ÷ layerkit",
        "layerkit, Trainer.fit",
        "layerkit",
        _sizes(1.15, 1.02, 1.02, 1.02),
        at_least=False,
    ),
    Target(
        "Trainer.fit ÷ layerkit on lk.batches",
        "layerkit, Trainer.fit",
        "layerkit, lk.batches",
        _sizes(1.15, 1.02, 1.02, 1.02),
        at_least=False,
    ),
    Target("Adam ÷ SGD", "layerkit", "layerkit, SGD", {"medium": 1.3}, at_least=False, variant="adam"),
)

PREDICTION = {
    1: Target("onnxruntime ÷ layerkit", "onnxruntime", "layerkit", {"tiny": 1.0, "small": 1.0}),
    100_000: Target("PyTorch ÷ layerkit", "PyTorch", "layerkit", _sizes(1.0, 1.0, 1.0, 1.0)),
}

# Growth of a step's time in excess of proportion, when depth or batch grow by a factor: noise of the clock.
GROWTH = 1.1


def table(targets: list[tuple[str, Target, dict[str, Times]]]) -> list[str]:
    """Return the rows, met or missed, of a Markdown table: what each target found at each size."""
    lines = ["| ratio of times | at | target | found (quartiles) | |", "|---|---|---|---|---|"]
    for where, target, sizes in targets:
        for size, limit in target.limits.items():
            times = sizes.get(size, {})
            if target.above not in times or target.below not in times:
                continue
            found = ratio(times[target.above], times[target.below])
            verdict = "met" if target.met(size, found) else "**missed**"
            lines.append(
                f"| {target.text} | {size}{where} | {target.sign()} {limit:g} "
                f"| {found.median:.2f} ({found.low:.2f}–{found.high:.2f}) | {verdict} |"
            )
    return lines


def growth(results: list[Any]) -> list[str]:
    """Return the verdict on how the time of a step grows with the number that ends the name of each case."""
    worst, where = 0.0, ""
    for before, after in pairwise(results):
        factor = int(after.case.size.split()[-1]) / int(before.case.size.split()[-1])
        excess = after.median("layerkit") / before.median("layerkit") / factor
        if excess > worst:
            worst, where = excess, f"from {before.case.size} to {after.case.size}"
    verdict = "met" if worst <= GROWTH else "**missed**"
    return [
        f"Time of layerkit's step against proportional growth, at worst: {worst:.2f} ({where}); "
        f"target ≤ {GROWTH}: {verdict}."
    ]

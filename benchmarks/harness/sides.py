"""Sides: two versions of layerkit in one process, which do the same work in turn.

Only what both versions have is used here: where a name changed, it is looked up under either.
"""

from __future__ import annotations

import inspect
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from harness.cases import SIZES, Array, weights

Work = Callable[[], Any]

# Seconds of a stretch, about; and how many rounds there are at least and at most, whatever they take.
_STRETCH, _FEWEST, _MOST = 0.002, 3, 200

# How often networks and data are built anew in one measurement: where they happen to lie in memory makes some products
# faster than others, by up to a tenth.
_BUILDS = 6

_STEPS = 5  # after which the weights of both must have gone the same way
_TOLERANCE = 1e-3  # relative, in the Euclidean norm: where a gradient is nothing but rounding, Adam takes a whole step


@dataclass(frozen=True)
class Found:
    """The times of both versions, least and median, and the ratios of the second to the first."""

    least: tuple[float, float]
    median: tuple[float, float]
    of_least: float
    of_rounds: float
    rounds: int


class Sides:
    """Two versions, imported.

    Parameters
    ----------
    folders : list of str
        Entries for ``sys.path``.
    before, after : str
        Names of the packages.
    """

    def __init__(self, folders: list[str], before: str, after: str) -> None:
        sys.path[:0] = folders
        self.sides = [import_module(before), import_module(after)]

    def places(self) -> list[str]:
        """Return the files that the two were imported from."""
        return [str(side.__file__) for side in self.sides]

    def step(self, size: str, optimizer: str, activation: str, seconds: float) -> Found:
        """Time a training step."""

        def make(lk: Any) -> tuple[Work, Array]:
            training = _Training(lk, size, optimizer, activation)
            start = training.model.parameter_vector.copy()
            for _ in range(_STEPS):
                training.step()
            return training.step, training.model.parameter_vector - start

        return self._race(make, seconds)

    def predict(self, size: str, rows: int, seconds: float) -> Found:
        """Time a prediction."""
        X = np.random.default_rng(1).standard_normal((rows, SIZES[size].widths[0]), np.float32)

        def make(lk: Any) -> tuple[Work, Array]:
            predict = _Training(lk, size).model.predict
            return lambda: predict(X), predict(X)

        return self._race(make, seconds)

    def activation(self, name: str, backward: bool, number: int, seconds: float, offer: bool) -> Found:
        """Time one pass of an activation alone; `offer` gives memory for the result to a version that takes `out`."""
        rng = np.random.default_rng(0)
        z, grad = 2 * rng.standard_normal((1, number), np.float32), rng.standard_normal((1, number), np.float32)

        def make(lk: Any) -> tuple[Work, Array]:
            work = _pass(getattr(lk, name)(), backward, z, grad, offer)
            return work, np.array(work())

        return self._race(make, seconds)

    def memory(self, size: str, optimizer: str) -> list[tuple[int, int, int]]:
        """Return, for each side, the peak of a step alone, of a step with model and state, and of everything."""
        return [_peaks(lk, size, optimizer) for lk in self.sides]

    def _race(self, make: Callable[[Any], tuple[Work, Array]], seconds: float) -> Found:
        # `make` returns the work of a version, and what must be the same with the other
        times: list[list[float]] = [[], []]
        for number in range(_BUILDS):
            made = {side: make(self.sides[side]) for side in ((0, 1) if number % 2 else (1, 0))}
            before, after = made[0][1], made[1][1]
            difference = float(np.linalg.norm(after - before) / np.linalg.norm(before))
            if not difference <= _TOLERANCE:
                raise RuntimeError(f"the two versions compute different things: they differ by {difference:.1e}")
            _take_turns([made[0][0], made[1][0]], seconds / _BUILDS, times)
        least, middle = [min(side) for side in times], [median(side) for side in times]
        return Found(
            least=(least[0], least[1]),
            median=(middle[0], middle[1]),
            of_least=least[1] / least[0],
            of_rounds=median(b / a for a, b in zip(*times, strict=True)),
            rounds=len(times[0]),
        )


class _Training:
    """A network of one of the four sizes, with a batch, a loss and an optimizer."""

    def __init__(self, lk: Any, size: str, optimizer: str = "SGD", activation: str = "ReLU") -> None:
        case, rng = SIZES[size], np.random.default_rng(0)
        self.x = rng.standard_normal((case.batch, case.widths[0]), np.float32)
        self.y = rng.standard_normal((case.batch, case.widths[-1]), np.float32)
        layers: list[Any] = []
        for n_in, n_out in pairwise(case.widths):
            layers += [lk.Dense(n_in, n_out), getattr(lk, activation)()]
        self.model, self.loss = lk.Sequential(*layers[:-1], rng=0), lk.MSELoss()
        # the same weights, in whatever order a version draws its own
        self.model.parameter_vector[...] = np.concatenate([p.ravel() for p in weights(case.widths, rng)])
        self.optimizer = getattr(lk, optimizer)(self.model, learning_rate=1e-3)

    def step(self) -> None:
        self.loss.forward(self.model.forward(self.x), self.y)
        self.model.backward(self.loss.backward(), input_grad=False)
        self.optimizer.step()


def _pass(layer: Any, backward: bool, z: Array, grad: Array, offer: bool) -> Work:
    layer.forward(z)
    if offer and "out" in inspect.signature(layer.forward).parameters:
        out = np.empty_like(z)
        return (lambda: layer.backward(grad, out)) if backward else (lambda: layer.forward(z, True, out))
    return (lambda: layer.backward(grad)) if backward else (lambda: layer.forward(z))


def _take_turns(works: list[Work], seconds: float, times: list[list[float]]) -> None:
    # many short rounds, in half of which the one side is first, in half the other
    one = [_stretch(work, max(1, int(_STRETCH / max(_stretch(work, 1), 1e-7)))) for work in works]
    repeats = max(1, round(_STRETCH / min(one)))
    for number in range(int(np.clip(seconds / (sum(one) * repeats), _FEWEST, _MOST))):
        for side in (0, 1) if number % 2 else (1, 0):
            times[side].append(_stretch(works[side], repeats))


def _stretch(work: Work, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def _peaks(lk: Any, size: str, optimizer: str) -> tuple[int, int, int]:
    _Training(lk, size, optimizer).step()  # so that no import is counted
    tracemalloc.start()
    training = _Training(lk, size, optimizer)
    training.step()
    everything = _peak_of(training.step)  # of construction and first steps too
    tracemalloc.reset_peak()
    with_model = _peak_of(training.step)
    tracemalloc.stop()
    tracemalloc.start()  # what is there already is not counted
    alone = _peak_of(training.step)
    tracemalloc.stop()
    return alone, with_model, everything


def _peak_of(work: Work) -> int:
    work()
    return tracemalloc.get_traced_memory()[1]

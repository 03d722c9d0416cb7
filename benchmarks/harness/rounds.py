"""Rounds: all peers in turn, again and again, so that what disturbs the machine disturbs all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.worker import Worker

# Between two peers: OpenBLAS threads go on spinning for some milliseconds after their last product.
_PAUSE = 0.03

# Seconds of a stretch, about: what a turn is made of.
_STRETCH = 0.002


@dataclass(frozen=True)
class Ratio:
    """The median of the ratios of the rounds, and the quartiles around it."""

    median: float
    low: float
    high: float


def interleave(
    workers: dict[str, Worker],
    rounds: int,
    seconds: float,
    multiples: Mapping[str, int],
    advance: Callable[[str], object],
) -> dict[str, list[float]]:
    """Return the seconds a step of every peer in every round.

    Parameters
    ----------
    workers : dict of str to Worker
        The peers.
    rounds : int
        How often each has its turn.
    seconds : float
        How long a turn takes, about.
    multiples : mapping of str to int
        Numbers of steps that a peer can only take together; 1 where it is not said.
    advance : callable
        Function that is called with the name of the peer before each turn.
    """
    turns = {name: _turn(worker, seconds, multiples.get(name, 1)) for name, worker in workers.items()}
    times: dict[str, list[float]] = {name: [] for name in workers}
    names = list(workers)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:  # each after another one every time
            advance(name)
            time.sleep(_PAUSE)
            times[name].append(workers[name].call("time", *turns[name]))
    return times


def ratio(times: list[float], reference: list[float]) -> Ratio:
    """Return how many times as long `times` are as `reference`, round by round."""
    low, median, high = np.percentile(np.array(times) / np.array(reference), [25, 50, 75])
    return Ratio(float(median), float(low), float(high))


def _turn(worker: Worker, seconds: float, multiple: int) -> tuple[int, int]:
    # how many stretches fit into a turn, and how many steps into a stretch
    one = worker.call("time", 1, multiple)  # a stretch goes before: what is compiled or laid out at first use
    steps = multiple * max(1, round(_STRETCH / (one * multiple)))
    return max(1, round(seconds / (one * steps))), steps

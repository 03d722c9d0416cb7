"""Finding where a function jumps."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from layerkit.validation import Array

__all__ = ["Jump", "find_jumps"]

# Halvings of an interval: enough to come from 0.1 down to neighbouring numbers at 1.
_HALVINGS = 55
# What counts as a jump, as a part of the size of the function there and between -5 and 5.
_SMALLEST = 1e-6


class Jump(NamedTuple):
    """Where a function jumps, and its values on both sides."""

    at: float
    before: float
    after: float


def find_jumps(f: Callable[[Array], Array], rng: np.random.Generator, known: tuple[float, ...] = ()) -> list[Jump]:
    """Return the jumps of an elementwise function between -1e4 and 1e4, in order, at most one every 0.02.

    Each interval of a grid is halved over and over, towards the half over which f changes more. What f
    still changes by between neighbouring numbers is a jump.

    Parameters
    ----------
    f : callable
        The function.
    rng : numpy.random.Generator
        Source of the offset of the grid.
    known : tuple of float
        Jumps that are not to be reported.

    Returns
    -------
    list of Jump
        The jumps.
    """
    tail = np.geomspace(20, 1e4, 100)
    edges = np.concatenate([-tail, np.arange(-20, 20, 0.02) + rng.uniform(0, 0.01), tail])
    beside = np.array([kink + side for kink in known for side in (-1e-9, 1e-9)]) * np.maximum(1, np.abs(known)).repeat(
        2
    )
    edges = np.sort(np.concatenate([edges, beside]))
    left, right = edges[:-1], edges[1:]
    new = ~np.any([(left <= kink) & (kink <= right) for kink in known], axis=0) if known else np.ones(left.size, bool)
    left, right = left[new], right[new]
    before, after = f(left), f(right)
    usual = float(np.fmax.reduce(np.abs(before[np.abs(left) < 5]), initial=0))
    # beside a root of f, a jump is measured against f around it: what is left there is the rounding of terms
    sizes = np.fmax(np.abs(before), np.abs(after))
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        value = f(middle)
        first = np.abs(value - before) > np.abs(after - value)
        left, before = np.where(first, left, middle), np.where(first, before, value)
        right, after = np.where(first, middle, right), np.where(first, value, after)
    return [
        Jump(float(f"{round(place, 12):.9g}") + 0.0, float(low), float(high))
        for place, low, high, size in zip(right, before, after, sizes, strict=True)
        if abs(high - low) > _SMALLEST * max(abs(low), abs(high), size, usual)
    ]

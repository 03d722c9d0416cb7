"""From wrong numbers to the likely mistake: the first one that they would fit."""

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from layerkit.validation import Array

__all__ = ["UNKNOWN", "Diagnosis", "Suspect", "agree", "constant_factor", "explain", "from_offset"]
__all__ += ["simple_factor", "undo"]

# Two arrays agree when they differ by less than this part of the largest value.
_TOLERANCE = 1e-6


class Diagnosis(NamedTuple):
    """The likely mistake, and the line to write."""

    mistake: str
    fix: str


class Suspect(NamedTuple):
    """The numbers that would come out if a mistake had been made."""

    result: Array
    mistake: str
    fix: str


UNKNOWN = Diagnosis("", "")


def agree(found: Array, expected: Array) -> bool:
    """Whether two arrays are the same but for rounding."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return False
    scale = max(float(np.abs(expected).max(initial=0)), float(np.finfo(np.float32).tiny))
    return bool((np.abs(found - expected) <= _TOLERANCE * scale).all())


def constant_factor(found: Array, expected: Array) -> float | None:
    """Return c if found = c expected throughout, None if there is no such number other than 0."""
    if found.shape != expected.shape or not expected.any() or not found.any():
        return None
    factor = float(np.vdot(expected, found) / np.vdot(expected, expected))
    return factor if factor and agree(found, factor * expected) else None


def explain(
    found: Array, expected: Array, suspects: Iterable[Suspect] = (), sizes: Mapping[str, int] | None = None
) -> Diagnosis:
    """Return the first mistake that explains a wrong gradient.

    Parameters
    ----------
    found, expected : numpy.ndarray
        The wrong gradient, and the one by differences.
    suspects : iterable of Suspect
        What particular mistakes would give; they are tried first.
    sizes : mapping of str to int, optional
        By what the gradient may have been multiplied or divided, with the words for it.

    Returns
    -------
    Diagnosis
        The first that fits.
    """
    if not np.isfinite(found).all():
        return Diagnosis(
            "the gradient is not finite: something overflows, or memory is returned that was never written",
            "e = np.exp(-np.abs(z))  # never overflows; write the formula in e",
        )
    for suspect in suspects:
        if agree(found, suspect.result) and not agree(expected, suspect.result):
            return Diagnosis(suspect.mistake, suspect.fix)
    if not found.any():
        return Diagnosis("the gradient is never set: it is zero everywhere", "parameter.grad = ... in backward")
    factor = constant_factor(found, expected)
    if factor is not None:
        return _from_factor(factor, sizes or {})
    if agree(np.abs(found), np.abs(expected)):
        return Diagnosis("the sign is wrong for a part of the elements", "keep the sign: no np.abs around the result")
    if found.ndim == 2 and agree(found.T, expected):
        return Diagnosis("the gradient is transposed", "self.weight.grad = self.cache.T @ grad")
    if (np.abs(found - expected) <= 0.01 * np.abs(expected).max()).all():
        return Diagnosis(
            "nearly right: a constant with too few digits, or something on the way is rounded to float32",
            "plain Python numbers as constants, to the last digit; no np.float32(...) nor astype",
        )
    offset = (found - expected).reshape(-1)
    if agree(offset, np.full_like(offset, offset[0])):
        return from_offset(float(offset[0]))
    return UNKNOWN


def from_offset(offset: float) -> Diagnosis:
    """Return what to say of a result that is off by the same amount everywhere."""
    much = "large" if offset > 0 else "small"
    return Diagnosis(
        f"a constant term: the result is too {much} by {abs(offset):.6g} everywhere",
        f"return ... {'-' if offset > 0 else '+'} {abs(offset):.6g}",
    )


def simple_factor(factor: float) -> str:
    """Return a factor in words: ``2``, ``1/2``, ``1.0005``."""
    for number, form in ((factor, "{}"), (1 / factor, "1/{}")):
        whole = round(number)
        if whole and abs(number - whole) < 1e-6 * abs(whole):
            return form.format(whole)
    return f"{factor:.6g}"


def undo(factor: float) -> str:
    """Return how to get rid of a factor, in words."""
    return f"divide by {simple_factor(factor)}" if abs(factor) > 1 else f"multiply by {simple_factor(1 / factor)}"


def _from_factor(factor: float, sizes: Mapping[str, int]) -> Diagnosis:
    for (name, size), extra in itertools.product(sizes.items(), (1, 2, 0.5)):
        also = f", and it is {simple_factor(extra)} times too large besides" if extra != 1 else ""
        if math.isclose(factor, extra * size, rel_tol=1e-5):
            return Diagnosis(f"1/n is missing, where n = {size} is {name}{also}", f"return gradient / n  # n: {name}")
        if math.isclose(factor, extra / size, rel_tol=1e-5):
            return Diagnosis(
                f"the gradient is divided by n = {size}, {name}, once too often{also}",
                f"leave out the division by {name}",
            )
    if math.isclose(factor, -1, rel_tol=1e-6):
        return Diagnosis("the sign is wrong", "return -(...)  # the negative of what is returned now")
    return Diagnosis(
        f"a constant factor: the gradient is {simple_factor(factor)} times what it should be",
        f"{undo(factor)}; is a factor of forward missing in backward, or there twice?",
    )

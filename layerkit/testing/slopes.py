"""From a wrong derivative of an activation to the likely mistake."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layerkit.activations import Activation
from layerkit.testing.diagnosis import UNKNOWN, Diagnosis, constant_factor, from_offset, simple_factor, undo
from layerkit.validation import Array

__all__ = ["STABLE_TAIL", "Slopes", "explain_slopes"]

STABLE_TAIL = "e = np.exp(-np.abs(z))  # never overflows and keeps its digits; write the formula in e"


@dataclass(frozen=True)
class Slopes:
    """The derivative of an activation at some points: as it says, and as it is.

    Attributes
    ----------
    activation : Activation
        Whose derivative it is.
    z, found, expected : numpy.ndarray
        The points, what ``derivative(z)`` gave there, and the differences of ``function``.
    tolerance : numpy.ndarray
        How far apart the two may be.
    """

    activation: Activation
    z: Array
    found: Array
    expected: Array
    tolerance: Array

    def fits(self, candidate: Array) -> bool:
        """Whether the candidate would have been right everywhere."""
        return bool((np.abs(candidate - self.expected) <= self.tolerance).all())

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """Where the derivative is wrong."""
        return ~(np.abs(self.found - self.expected) <= self.tolerance)


def explain_slopes(slopes: Slopes) -> Diagnosis:
    """Return the first mistake that would make the numbers fit."""
    return next(_guesses(slopes), UNKNOWN)


def _guesses(s: Slopes) -> Iterator[Diagnosis]:
    z, found, expected, f, derivative = s.z, s.found, s.expected, s.activation.function, s.activation.derivative
    if (broken := ~np.isfinite(found)).any():
        first = z[broken][np.abs(z[broken]).argmin()]
        yield Diagnosis(
            f"an intermediate result overflows from z = {first:.3g} on, and inf·0 or inf/inf is no number", STABLE_TAIL
        )
    if s.fits(-found):
        yield Diagnosis("the sign is wrong", "return -(...)  # the negative of what is returned now")
    if s.fits(derivative(f(z))):
        yield Diagnosis(
            "the formula is written for the output a = f(z), but derivative gets z",
            "a = self.function(z)  # then go on with a",
        )
    if np.allclose(found, f(z), rtol=1e-9):
        yield Diagnosis("derivative returns f(z) itself", "return ...  # f′(z), not self.function(z)")
    near = np.abs(z[s.wrong]).min()
    if near >= 3 and not found[s.wrong].any():
        yield Diagnosis(
            f"a saturated form in the tail: the derivative is zero from |z| = {near:.3g} on, where f still rises or "
            "falls",
            STABLE_TAIL,
        )
    yield from _stretch(s)
    # the median: differences lose digits where a higher derivative jumps
    known = expected != 0
    factor = float(np.median(found[known] / expected[known])) if known.any() else 0.0
    if factor and s.fits(found / factor):
        yield Diagnosis(
            f"a constant factor: the derivative is {simple_factor(factor)} times what it should be",
            f"{undo(factor)}; is an inner derivative missing, or a constant mistyped?",
        )
    offset = float(np.median(found - expected))
    if s.fits(found - offset):
        yield from_offset(offset)
    gate = np.where(z == 0, expected, f(z) / np.where(z == 0, 1, z))
    for missing, what in ((expected - gate, "z g′(z)"), (gate, "g(z)")):
        if s.fits(found + missing):
            yield Diagnosis(
                f"the product rule: of f = z g(z), the term {what} is missing", "return g(z) + z * g′(z)  # both terms"
            )
    if s.fits(derivative(-z)):
        yield Diagnosis(
            "the derivative is that at -z: a sign is wrong, or two branches are swapped",
            "the derivative with -z in the place of z",
        )
    if s.fits(1 / found):
        yield Diagnosis("the derivative is inverted: 1/f′", "return 1 / (...)")
    if s.fits(np.copysign(found, expected)):
        yield Diagnosis("the sign is wrong for a part of the inputs", "keep the sign: f falls where f′ < 0")
    size = np.maximum(np.abs(expected), np.abs(expected).max() * 1e-3)
    if (np.abs(found - expected) < 0.02 * size).all():
        yield Diagnosis(
            "nearly right: a constant with too few digits, or a derivative by differences",
            "the same constants, to the last digit, in function and derivative; math.pi, not 3.14",
        )
    yield from _one_side(s)


def _stretch(s: Slopes) -> Iterator[Diagnosis]:
    first, last = s.z[s.wrong].min(), s.z[s.wrong].max()
    inside = (first <= s.z) & (s.z <= last)
    ends = bool((s.z < first).any() and (s.z > last).any())
    if ends and s.wrong[inside].all() and s.wrong.mean() <= 0.05:
        yield Diagnosis(
            f"only a stretch around z = {(first + last) / 2:.3g} is wrong, all else is right",
            f"np.where(z > {first:.3g}, right, left)  # look for the branch that is taken there",
        )


def _one_side(s: Slopes) -> Iterator[Diagnosis]:
    for edge in (0.0, *s.activation.kinks):
        for side, there in ((">", s.z > edge), ("<", s.z < edge)):
            if there[s.wrong].all():
                factor = constant_factor(s.found[there], s.expected[there])
                much = f", by the constant factor {simple_factor(factor)}" if factor is not None else ""
                yield Diagnosis(
                    f"the branch for z {side} {edge:g} is wrong{much}; the other one is right",
                    f"np.where(z > {edge:g}, right, left)  # each with the derivative of its own formula",
                )

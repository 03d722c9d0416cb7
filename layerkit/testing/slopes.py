"""From a wrong derivative of an activation to the likely mistake."""

from __future__ import annotations

from collections.abc import Callable
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
        result: npt.NDArray[np.bool_] = ~(np.abs(self.found - self.expected) <= self.tolerance)
        return result


def explain_slopes(slopes: Slopes) -> Diagnosis:
    """Return the first mistake that would make the numbers fit."""
    return next((guess for hypothesis in _HYPOTHESES if (guess := hypothesis(slopes))), UNKNOWN)


def _not_finite(s: Slopes) -> Diagnosis | None:
    broken = ~np.isfinite(s.found)
    if not broken.any():
        return None
    where = s.z[broken][np.abs(s.z[broken]).argmin()]
    return Diagnosis(
        f"an intermediate result overflows from z = {where:.3g} on, and inf·0 or inf/inf is no number", STABLE_TAIL
    )


def _sign(s: Slopes) -> Diagnosis | None:
    if not s.fits(-s.found):
        return None
    return Diagnosis("the sign is wrong", "return -(...)  # the negative of what is returned now")


def _of_output(s: Slopes) -> Diagnosis | None:
    if not s.fits(s.activation.derivative(s.activation.function(s.z))):
        return None
    return Diagnosis(
        "the formula is written for the output a = f(z), but derivative gets z",
        "a = self.function(z)  # then go on with a",
    )


def _function_itself(s: Slopes) -> Diagnosis | None:
    if not np.allclose(s.found, s.activation.function(s.z), rtol=1e-9):
        return None
    return Diagnosis("derivative returns f(z) itself", "return ...  # f′(z), not self.function(z)")


def _saturated(s: Slopes) -> Diagnosis | None:
    near = np.abs(s.z[s.wrong]).min()
    if near < 3 or s.found[s.wrong].any():
        return None
    return Diagnosis(
        f"a saturated form in the tail: the derivative is zero from |z| = {near:.3g} on, where f still rises or falls",
        STABLE_TAIL,
    )


def _stretch(s: Slopes) -> Diagnosis | None:
    first, last = s.z[s.wrong].min(), s.z[s.wrong].max()
    inside = (first <= s.z) & (s.z <= last)
    ends = bool((s.z < first).any() and (s.z > last).any())
    if not ends or not s.wrong[inside].all() or s.wrong.mean() > 0.05:
        return None
    return Diagnosis(
        f"only a stretch around z = {(first + last) / 2:.3g} is wrong, all else is right",
        f"np.where(z > {first:.3g}, right, left)  # look for the branch that is taken there",
    )


def _factor(s: Slopes) -> Diagnosis | None:
    # the median: differences lose digits where a higher derivative jumps
    known = s.expected != 0
    factor = float(np.median(s.found[known] / s.expected[known])) if known.any() else 0.0
    if not factor or not s.fits(s.found / factor):
        return None
    return Diagnosis(
        f"a constant factor: the derivative is {simple_factor(factor)} times what it should be",
        f"{undo(factor)}; is an inner derivative missing, or a constant mistyped?",
    )


def _offset(s: Slopes) -> Diagnosis | None:
    offset = float(np.median(s.found - s.expected))
    if not s.fits(s.found - offset):
        return None
    return from_offset(offset)


def _product_rule(s: Slopes) -> Diagnosis | None:
    gate = np.where(s.z == 0, s.expected, s.activation.function(s.z) / np.where(s.z == 0, 1, s.z))
    for missing, what in ((s.expected - gate, "z g′(z)"), (gate, "g(z)")):
        if s.fits(s.found + missing):
            return Diagnosis(
                f"the product rule: of f = z g(z), the term {what} is missing", "return g(z) + z * g′(z)  # both terms"
            )
    return None


def _mirrored(s: Slopes) -> Diagnosis | None:
    if not s.fits(s.activation.derivative(-s.z)):
        return None
    return Diagnosis(
        "the derivative is that at -z: a sign is wrong, or two branches are swapped",
        "the derivative with -z in the place of z",
    )


def _reciprocal(s: Slopes) -> Diagnosis | None:
    return Diagnosis("the derivative is inverted: 1/f′", "return 1 / (...)") if s.fits(1 / s.found) else None


def _one_side(s: Slopes) -> Diagnosis | None:
    for edge in (0.0, *s.activation.kinks):
        for side, there in ((">", s.z > edge), ("<", s.z < edge)):
            if there[s.wrong].all():
                factor = constant_factor(s.found[there], s.expected[there])
                much = f", by the constant factor {simple_factor(factor)}" if factor is not None else ""
                return Diagnosis(
                    f"the branch for z {side} {edge:g} is wrong{much}; the other one is right",
                    f"np.where(z > {edge:g}, right, left)  # each with the derivative of its own formula",
                )
    return None


def _unsigned(s: Slopes) -> Diagnosis | None:
    if not s.fits(np.copysign(s.found, s.expected)):
        return None
    return Diagnosis("the sign is wrong for a part of the inputs", "keep the sign: f falls where f′ < 0")


def _nearly(s: Slopes) -> Diagnosis | None:
    size = np.maximum(np.abs(s.expected), np.abs(s.expected).max() * 1e-3)
    if not (np.abs(s.found - s.expected) < 0.02 * size).all():
        return None
    return Diagnosis(
        "nearly right: a constant with too few digits, or a derivative by differences",
        "the same constants, to the last digit, in function and derivative; math.pi, not 3.14",
    )


_HYPOTHESES: tuple[Callable[[Slopes], Diagnosis | None], ...] = (
    _not_finite,
    _sign,
    _of_output,
    _function_itself,
    _saturated,
    _stretch,
    _factor,
    _offset,
    _product_rule,
    _mirrored,
    _reciprocal,
    _unsigned,
    _nearly,
    _one_side,
)

"""Checks of a derivative: where it jumps, whether it is right, how many digits it keeps."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from layerkit.activations import Activation
from layerkit.errors import CheckError
from layerkit.testing.diagnosis import Diagnosis
from layerkit.testing.differences import numerical_derivative
from layerkit.testing.elementwise import ActivationSubject
from layerkit.testing.kinks import Jump, find_jumps
from layerkit.testing.precision import Worst, float32_sample, worst_ulp
from layerkit.testing.slopes import STABLE_TAIL, Slopes, explain_slopes
from layerkit.validation import Array

__all__ = ["accuracy", "compare_slopes", "derivative", "kinks"]

# Differences need ten steps to the next kink, and steps that follow the waves of a periodic function.
_STEPS_TO_KINK = 10
_LARGEST_STEP = 0.5
# Beyond this, the waves of a periodic function are shorter than a few roundings of a z in float32.
_FARTHEST = 1e4


def kinks(subject: ActivationSubject) -> None:
    """f and f′ jump nowhere but at the declared kinks; there, f′ lies between the slopes on both sides."""
    f, derivative = subject.layer.function, subject.layer.derivative
    for jump in find_jumps(f, subject.rng(21), subject.kinks):
        raise CheckError(
            f"f jumps from {jump.before:.6g} to {jump.after:.6g} at z = {jump.at:g}.",
            mistake="the branches do not meet: no gradient tells of a jump",
            fix=f"kinks = {_tuple(subject.kinks, jump.at)}  # if it is meant; else make the branches meet",
            worst_input=jump.at,
        )
    # where f′ jumps but f does not bend, f′ is wrong: that is the next check
    jumps = [jump for jump in find_jumps(derivative, subject.rng(22), subject.kinks) if _bends(f, jump)]
    if jumps:
        raise CheckError(
            f"f′ jumps from {jumps[0].before:.6g} to {jumps[0].after:.6g} at z = {jumps[0].at:g}, "
            f"but kinks is {subject.kinks}.",
            mistake="an undeclared kink",
            fix=f"kinks = {_tuple(subject.kinks, *(jump.at for jump in jumps[:4]))}",
            worst_input=jumps[0].at,
        )
    for kink in subject.kinks:
        slopes = _slopes_beside(f, kink)
        convention = float(derivative(np.array([kink]))[0])
        if not slopes.min() - 1e-4 <= convention <= slopes.max() + 1e-4:
            raise CheckError(
                f"derivative({kink:g}) is {convention:.6g}, but the slopes are {slopes[0]:.6g} on the left of this "
                f"kink and {slopes[1]:.6g} on the right.",
                mistake="the convention at the kink lies outside of the slopes on its two sides",
                fix=f"np.where(z > {kink:g}, right, left)  # takes the left slope at the kink",
                worst_input=kink,
            )


def derivative(subject: ActivationSubject) -> None:
    """derivative is that of function, by differences in float64, near zero, near kinks and in the tails."""
    jumps = [jump.at for jump in find_jumps(subject.layer.derivative, subject.rng(22), subject.kinks)]
    slopes = compare_slopes(subject.layer, subject.rng(23), jumps)
    if not slopes.wrong.any():
        return
    excess = np.where(slopes.wrong, np.abs(slopes.found - slopes.expected) / slopes.tolerance, 0)
    excess[~np.isfinite(excess)] = np.inf
    usual = np.abs(slopes.z) <= 12
    if slopes.wrong[usual].any():  # the numbers there mean more to the reader
        excess[~usual] = 0
    worst = int(excess.argmax())
    z = float(slopes.z[worst])
    raise CheckError(
        f"f′({z:.6g}) is {slopes.found[worst]:.9g} where differences of f give {slopes.expected[worst]:.9g}; "
        f"{slopes.wrong.sum()} of {slopes.z.size} points are wrong.",
        **explain_slopes(slopes)._asdict(),
        worst_input=z,
    )


def compare_slopes(activation: Activation, rng: np.random.Generator, beside: Sequence[float] = ()) -> Slopes:
    """Return the derivative of an activation and the differences of its function, on a grid and beside some points."""
    near = np.array([1e-3, 0.01, 0.1, 0.5])
    tail = np.array([15, 20, 30, 50, 88, 100, 1e3, 1e4])
    pieces = [np.linspace(-12, 12, 97), tail, -tail, rng.normal(0, 4, 200)]
    pieces += [kink + side * near for kink in (0.0, *activation.kinks, *beside) for side in (-1, 1)]
    z = np.concatenate(pieces)
    distance = np.min([np.abs(z - kink) for kink in activation.kinks], axis=0, initial=np.inf)
    z, distance = z[distance > 5e-4], distance[distance > 5e-4]

    def differences(part: float) -> Any:
        largest = np.minimum(0.05 * np.maximum(1, np.abs(z)), _LARGEST_STEP)
        return numerical_derivative(activation.function, z, part * np.minimum(largest, distance / _STEPS_TO_KINK))

    # two tables of steps: where they contradict each other, an estimated error was too small by chance
    first, second = differences(1.0), differences(0.7)
    error = first.error + second.error + np.abs(first.value - second.value)
    known = np.isfinite(error)
    z, expected, error = z[known], first.value[known], error[known]
    size = np.abs(expected[np.abs(z) < 5]).max(initial=0)
    tolerance = 1e-6 * np.abs(expected) + 10 * error + 1e-13 * size
    return Slopes(activation, z, np.asarray(activation.derivative(z)), expected, tolerance)


def _slopes_beside(f: Callable[[Array], Array], z: float) -> Array:
    aside = 1e-6 * max(1.0, abs(z))
    return numerical_derivative(f, np.array([z - aside, z + aside]), aside / _STEPS_TO_KINK).value


def _bends(f: Callable[[Array], Array], jump: Jump) -> bool:
    left, right = _slopes_beside(f, jump.at)
    return bool(abs(right - left) > abs(jump.after - jump.before) / 2)


def accuracy(subject: ActivationSubject) -> None:
    """In float32, f and f′ are within max_ulp units in the last place of float64, up to |z| = 1e4."""
    z = float32_sample(subject.rng(24), subject.kinks)
    z = z[np.abs(z) <= _FARTHEST]
    for name, f in subject.functions:
        worst = worst_ulp(f, z, slack=2)
        if worst.ulp > subject.max_ulp:
            raise CheckError(
                f"{name}({worst.z:.9g}) in float32 is {worst.found:.9g} where float64 gives {worst.expected:.9g}: "
                f"off by {worst.ulp:.3g} ULP, more than {subject.max_ulp:g}.",
                **_lost_digits(worst)._asdict(),
                worst_input=worst.z,
            )


def _lost_digits(worst: Worst) -> Diagnosis:
    if not math.isfinite(worst.found):
        return Diagnosis("an intermediate result overflows", STABLE_TAIL)
    if abs(worst.found - worst.expected) > 0.5 * abs(worst.expected):
        return Diagnosis("a saturated form in the tail: no correct digit is left", STABLE_TAIL)
    return Diagnosis(
        "digits are lost by subtracting nearly equal numbers", "np.expm1, np.log1p, or a form without the subtraction"
    )


def _tuple(*numbers: Any) -> str:
    known, *new = numbers
    return repr(tuple(sorted({*known, *new})))

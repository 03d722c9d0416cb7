"""How many digits a function and its derivative keep in float32."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from layerkit.activations import Activation
from layerkit.validation import Array, Rng, generator

__all__ = ["UlpAccuracy", "Worst", "float32_sample", "ulp_error", "worst_ulp"]

Function = Callable[[Array], Array]

_LIMITS = np.finfo(np.float32)
# Closer than this to a root, and at a root that the function only touches within _TERMS, terms cancel ...
_ROOT = 1e-3
# ... and how large they are is read off the function this far away.
_TERMS = 0.25


class Worst(NamedTuple):
    """The least accurate result of a sample.

    Attributes
    ----------
    ulp : float
        Its error in units of the last place.
    z, found, expected : float
        The input, the result in float32, and the result in float64.
    """

    ulp: float
    z: float
    found: float
    expected: float


class UlpAccuracy(NamedTuple):
    """The accuracy of an activation in float32.

    Attributes
    ----------
    function, derivative : float
        The largest error of f and of f′, in units of the last place.
    function_input, derivative_input : float
        Where they are.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import ulp_error
    >>> ulp_error(lk.ReLU, z=[-1.0, 2.0])
    UlpAccuracy(function=0.0, derivative=0.0, function_input=nan, derivative_input=nan)
    """

    function: float
    derivative: float
    function_input: float
    derivative_input: float


def ulp_error(
    activation: type[Activation] | Activation, z: npt.ArrayLike | None = None, rng: Rng = None
) -> UlpAccuracy:
    r"""Return the largest errors of f and f′ in float32, in units of the last place (ULP).

    The reference is the same formula in float64. One ULP is the spacing of float32 numbers at the
    reference value; within 1e-3 of a root, where terms cancel, at the largest value within 1/4. Only
    results that are normal float32 numbers count: not those that underflow or overflow.

    A formula that has lost its digits in float64, too, is no reference. It lost them in float32
    much closer to zero (1 - tanh² at 9 and at 19), where the reference still has them all.

    Parameters
    ----------
    activation : Activation or its class
        The activation.
    z : array_like, optional
        The inputs; by default a stratified sample of all float32 numbers, about 14,000.
    rng : int, numpy.random.Generator or None
        Seed or generator for the sample.

    Returns
    -------
    UlpAccuracy
        The two errors, and where they are.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import ulp_error
    >>> error = ulp_error(lk.Tanh, rng=0)
    >>> error.function < 4 and error.derivative < 8
    True
    """
    subject = activation() if isinstance(activation, type) else activation
    sample = float32_sample(generator(rng), subject.kinks) if z is None else np.asarray(z, np.float32).reshape(-1)
    function, derivative = worst_ulp(subject.function, sample), worst_ulp(subject.derivative, sample)
    return UlpAccuracy(function.ulp, derivative.ulp, function.z, derivative.z)


def worst_ulp(f: Function, z: Array, slack: int = 0) -> Worst:
    """Return where f in float32 is farthest from f in float64, in ULP; see `ulp_error`.

    Parameters
    ----------
    f : callable
        The function.
    z : numpy.ndarray
        Inputs in float32.
    slack : int
        By how many spacings the input may be moved to explain an error: what is left does not come from
        rounding an intermediate result such as a z, which no formula of one line avoids. With slack,
        terms also count as cancelling all around a root that f touches without crossing.

    Returns
    -------
    Worst
        The largest error, 0 ULP at no input if there is no normal result.
    """
    with np.errstate(all="ignore"):
        found = f(z).astype(z.dtype).astype(np.float64)  # another float dtype is cast by forward, too
        exact = z.astype(np.float64)
        expected = f(exact)
        low = high = expected
        for move in range(-slack, slack + 1):
            there = f(exact * (1 + move * float(_LIMITS.eps)))
            low, high = np.fmin(low, there), np.fmax(high, there)
        distance = np.maximum(np.maximum(low - found, found - high), 0)
        unit = np.spacing(_scale(f, exact, expected, _TERMS if slack else _ROOT).astype(np.float32)).astype(np.float64)
        normal = (np.abs(expected) >= _LIMITS.tiny) & (np.abs(expected) <= _LIMITS.max)
        ulp = np.where(normal, np.where(np.isfinite(found), distance / unit, np.inf), 0.0)
    worst = int(ulp.argmax()) if ulp.size else 0
    if not ulp.size or ulp[worst] == 0:
        return Worst(0.0, np.nan, np.nan, np.nan)
    return Worst(float(ulp[worst]), float(z[worst]), float(found[worst]), float(expected[worst]))


def float32_sample(rng: np.random.Generator, kinks: tuple[float, ...] = ()) -> Array:
    """Return float32 inputs from every binade, most where activations bend, and the special ones.

    Two spacings around each kink are left out: there, rounding the kink itself to float32 decides.
    """
    bits = [np.repeat(np.arange(1, 255, dtype=np.uint32), 8), np.repeat(np.arange(115, 135, dtype=np.uint32), 256)]
    exponents = np.concatenate(bits)
    mantissas = rng.integers(0, 1 << 23, exponents.size, dtype=np.uint32)
    magnitudes = ((exponents << np.uint32(23)) | mantissas).view(np.float32)
    special = np.array(
        [0, _LIMITS.smallest_subnormal, _LIMITS.tiny, _LIMITS.eps, 0.5, 1, 2, 1e4, _LIMITS.max], np.float32
    )
    magnitudes = np.concatenate([magnitudes, special, np.arange(128, dtype=np.float32)])
    sample = np.concatenate([magnitudes, -magnitudes])
    for kink in kinks:
        sample = sample[np.abs(sample - kink) > 2 * np.spacing(np.float32(abs(kink)))]
    return sample


def _scale(f: Function, z: Array, value: Array, touching: float) -> Array:
    # the size of the terms: |f|, or where they cancel the largest |f| around
    left, right = f(z - _ROOT), f(z + _ROOT)
    crosses = (np.sign(left) != np.sign(right)) | (np.sign(value) != np.sign(right))
    left, right = f(z - touching), f(z + touching)
    touches = 4 * np.abs(value) < np.minimum(np.abs(left), np.abs(right))
    touches &= np.sign(left) == np.sign(right)
    around = np.maximum(np.abs(f(z - _TERMS)), np.abs(f(z + _TERMS)))
    scale: Array = np.where(crosses | touches, np.fmax(np.abs(value), around), np.abs(value))
    return scale

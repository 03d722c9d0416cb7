"""Checks of an activation's two functions, each on its own and against forward and backward."""

import math
import warnings
from collections.abc import Callable

import numpy as np

from layerkit.activations import Activation
from layerkit.errors import CheckError
from layerkit.layers.base import Layer
from layerkit.testing.batches import close
from layerkit.testing.layer_subject import LayerSubject
from layerkit.testing.slopes import STABLE_TAIL
from layerkit.validation import FLOAT32, FLOAT64, Array, Rng

__all__ = ["ActivationSubject", "dtype", "finite", "forward", "gain", "nan", "shape"]

_FLOAT32_LARGEST = float(np.finfo(np.float32).max)


class ActivationSubject(LayerSubject):
    """An elementwise activation that is checked."""

    layer: Activation

    def __init__(self, activation: Activation, max_ulp: float, rng: Rng) -> None:
        super().__init__(activation, (3,), rng)
        self.max_ulp = max_ulp

    @property
    def functions(self) -> tuple[tuple[str, Callable[[Array], Array]], ...]:
        """function and derivative, with what to call them."""
        return ("function", self.layer.function), ("derivative", self.layer.derivative)


def dtype(subject: ActivationSubject) -> None:
    """function and derivative return floats, at least as long as those that they get.

    Likely mistake: comparisons and integer constants give no floats, np.float32(...) gives fewer digits than z has.
    Write: return result.astype(z.dtype)  # or constants that are plain Python numbers
    """
    for name, f in subject.functions:
        for kind in (FLOAT32, FLOAT64):
            result = f(subject.input(kind))
            if not isinstance(result, np.ndarray):
                raise CheckError(
                    f"{name}(z) returned {result!r}, not an array.",
                    mistake="a number, or nothing, is returned in place of one value for each element",
                    fix="return np.full_like(z, value)  # for a constant",
                )
            if result.dtype.kind != "f" or result.dtype.itemsize < kind.itemsize:
                raise CheckError(f"{name}(z) returned {result.dtype} for {kind}.")


def shape(subject: ActivationSubject) -> None:
    """Any shape is kept, from a single number to four dimensions and zero elements, with gaps, read-only.

    Likely mistake: not elementwise: a sum, mean or maximum over the array, or the order of memory, enters.
    Write: a formula in which every element depends on its own input only; for others, subclass Layer
    """
    rng = subject.rng(20)
    arrays = [np.asarray(rng.normal(size=size)) for size in ((), (0,), (7,), (3, 0), (2, 3), (2, 3, 4), (2, 1, 3, 2))]
    arrays += [rng.normal(size=(6, 8))[::2, ::-3], rng.normal(size=(4, 3)).T]
    for z in arrays:
        z.flags.writeable = False
        layer = subject.fresh()
        passes = (("forward", layer.forward), ("backward", _backward_of_ones(layer))) if z.ndim else ()  # no batch
        for name, f in (*subject.functions, *passes):
            try:
                returned = f(z)
            except ValueError as error:
                if "read-only" not in str(error):
                    raise
                raise CheckError(
                    f"{name} wants to change its input: {error}.",
                    mistake="the result is computed in place, in the array that came in",
                    fix="z = z * 2  # a new array, in place of z *= 2",
                ) from error
            if returned is None:
                raise CheckError(f"{name} returned None.", mistake="the result is not returned", fix="return ...")
            result = np.asarray(returned)
            if result.shape != z.shape:
                raise CheckError(
                    f"{name} returned shape {result.shape} for shape {z.shape}.",
                    mistake="something is not elementwise: an index, a reduction, or a reshape",
                    fix="elementwise NumPy functions only, without axis, indices or loops over rows",
                )
        for name, f in subject.functions:
            result = np.asarray(f(z))
            flat = np.array([np.asarray(f(np.array(number))) for number in z.reshape(-1)]).reshape(z.shape)
            if not np.allclose(result, flat, rtol=1e-9, atol=1e-12):
                raise CheckError(f"{name} of an array of shape {z.shape} differs from {name} of its elements.")


def finite(subject: ActivationSubject) -> None:
    """f and f′ are finite, without a warning, wherever their float64 value fits float32, up to its largest."""
    z = np.array([0, 1, 1e4, -1e4, 100, -100, 1e-40, _FLOAT32_LARGEST, -_FLOAT32_LARGEST], np.float32)
    for name, f in subject.functions:
        for number in z:
            around = f(number.astype(FLOAT64) * (1 + np.linspace(0, 2.0**-21, 17)))
            expected = float(around[0])
            if abs(expected) > _FLOAT32_LARGEST or np.isinf(expected) or np.ptp(around) > np.abs(around).max() / 2:
                continue  # too large for float32, or waves shorter than the spacing of z
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
                warnings.simplefilter("always")
                found = float(f(np.array([number]))[0].astype(np.float32))
            if not np.isfinite(found) or caught:
                said = f", with the warning {str(caught[0].message)!r}" if caught else ""
                raise CheckError(
                    f"{name}({number:.9g}) in float32 is {found:.6g}{said}, where float64 gives {expected:.6g}.",
                    mistake="an intermediate result overflows"
                    if "overflow" in said or not np.isfinite(found)
                    else "an intermediate result is no number, or divides by zero",
                    fix=STABLE_TAIL,
                    worst_input=float(number),
                )


def nan(subject: ActivationSubject) -> None:
    """A NaN comes out as NaN, forward and backward, and leaves the other elements alone.

    Likely mistake: a comparison swallows it: NaN is neither above nor below anything.
    Write: np.maximum(z, 0), which hands NaN on, or z itself in the branch of np.where that NaN takes
    """
    layer = subject.fresh()
    z = np.array([0.5, np.nan, -0.5])
    y = layer.forward(z, True)
    dx = np.asarray(layer.backward(np.array([1.0, np.nan, 1.0])))
    for what, result in (("function", subject.layer.function(z)), ("forward", y), ("backward", dx)):
        if not np.isnan(result[1]):
            raise CheckError(f"{what} turns NaN into {result[1]:g}.", worst_input=math.nan)
        if np.isnan(result[[0, 2]]).any():
            raise CheckError(
                f"{what} turns numbers beside a NaN into NaN.",
                mistake="not elementwise: a sum, mean or maximum over the array enters",
                fix="a formula in which every element depends on its own input only",
            )


def forward(subject: ActivationSubject) -> None:
    """forward is function and backward is grad ∘ derivative, for arrays small and large.

    Likely mistake: forward or backward was overridden, and computes something else.
    Write: leave forward and backward out: Activation makes them of function and derivative
    """
    for kind in (FLOAT32, FLOAT64):
        for size in (1, 7, 40_000):
            z: Array = subject.rng(25).normal(0, 3, size).astype(kind)
            layer, grad = subject.fresh(), subject.gradient(z)
            f, slope = (method(z).astype(kind) for _, method in subject.functions)
            for what, result, expected in (
                ("forward from function", layer.forward(z, True), f),
                ("backward from grad * derivative", layer.backward(grad), grad * slope),
            ):
                if not close(result, expected):
                    raise CheckError(f"{what} differs on {size} elements of {kind}.")


def gain(subject: LayerSubject) -> None:
    """The gain, if there is one, is a positive number; where it is computed, it is 1/√E[f(z)²].

    Likely mistake: gain was overridden by a formula for something else.
    Write: leave gain out: it is computed from function
    """
    layer = subject.fresh()
    chosen = isinstance(type(layer).gain, int | float) or "gain" in vars(layer)
    gain = layer.gain
    if gain is not None and not (isinstance(gain, int | float) and 0 < gain < math.inf):
        mistake, fix = "not a positive, finite number", "gain = 1.0  # on the class, or leave it out"
        raise CheckError(f"gain is {gain!r}.", mistake=mistake, fix=fix)
    if gain is None or chosen or not isinstance(layer, Activation):
        return
    z = np.linspace(-12, 12, 30_001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    expected = 1 / math.sqrt(float(np.trapezoid(layer.function(z) ** 2 * density, z)))
    if not math.isclose(gain, expected, rel_tol=0.01):
        raise CheckError(f"gain is {gain:.6g}, 1/√E[f(z)²] is {expected:.6g}.")


def _backward_of_ones(layer: Layer) -> Callable[[Array], Array]:
    def backward(z: Array) -> Array:
        layer.forward(z, True)
        return layer.backward(np.ones_like(z))  # type: ignore[return-value]  # None is refused below

    return backward

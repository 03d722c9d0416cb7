"""Checks of what a user passed, before anything is computed with it."""

from __future__ import annotations

import math
import operator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from layerkit.errors import ConfigError, DataError, DTypeError

__all__ = ["FLOAT32", "FLOAT64", "Array", "Batch", "DType", "Rng", "Shape", "as_array", "as_numbers", "check_choice"]
__all__ += ["check_finite", "check_flag", "check_integer", "check_kind", "check_number", "check_range", "float_dtype"]
__all__ += ["generator"]

Array: TypeAlias = npt.NDArray[np.floating[Any]]
Batch: TypeAlias = Any  # an array, or a tuple of batches with equally many rows
Shape: TypeAlias = tuple[Any, ...]  # of one sample: integers, None, a leading ...; or a tuple of shapes
DType: TypeAlias = np.dtype[Any]
Rng: TypeAlias = int | np.random.Generator | None

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def float_dtype(dtype: npt.DTypeLike) -> DType:
    """Return `dtype` as a NumPy dtype, refusing all but float32 and float64."""
    for known in (FLOAT32, FLOAT64):
        if dtype is not None and known == dtype:  # float64 == None
            return known
    raise ConfigError(f"dtype must be float32 or float64, got {dtype!r}.")


def as_array(x: npt.ArrayLike, dtype: DType | None = None, name: str = "x") -> Array:
    """Return `x` as a floating-point array of `dtype`, itself where it is one already.

    Without `dtype`, float32 and float64 stay what they are and every other real type becomes float32.
    """
    if type(x) is np.ndarray and (x.dtype == dtype or (dtype is None and x.dtype in (FLOAT32, FLOAT64))):
        return x
    array = as_numbers(x, name)
    if dtype is None:
        dtype = FLOAT64 if array.dtype == FLOAT64 and isinstance(x, np.ndarray | np.generic) else FLOAT32
    return array if array.dtype == dtype else array.astype(dtype)


def as_numbers(x: Any, name: str) -> npt.NDArray[Any]:
    """Return `x` as an array of whatever real type it has; stand-ins for arrays pass as they are."""
    try:
        array = x if hasattr(x, "__array_ufunc__") and not hasattr(x, "__array__") else np.asarray(x)
    except ValueError as error:
        raise DTypeError(f"{name} must be a rectangular array of numbers, with rows of one length: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DTypeError(f"{name} must hold real numbers, got dtype {array.dtype}. {_remedy(x, array, name)}")
    return array


def _remedy(x: Any, array: npt.NDArray[Any], name: str) -> str:
    # something that works for this very array
    if hasattr(x, "toarray"):
        return f"It is a sparse matrix: pass {name}.toarray()."
    if array.dtype.kind == "c":
        return f"Pass its real and imaginary parts as features: np.stack([{name}.real, {name}.imag], axis=-1)."
    if array.dtype.kind in "mM":
        return f"Convert it to numbers first: {name}.astype('int64'), scaled to about -1 to 1."
    try:
        array.astype(np.float32)
    except (TypeError, ValueError):
        which, column = ("labels", "") if array.ndim == 1 else ("each column i of categories", "[:, i]")
        codes = f"np.unique(np.asarray({name}){column}.astype(str), return_inverse=True)"
        return f"Encode {which} as integers first: classes, codes = {codes}."
    return f"Convert it first: np.asarray({name}).astype(np.float32)."


def check_finite(array: npt.NDArray[Any], name: str) -> None:
    """Raise `DataError` at the first NaN or infinity."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    place = f"{name}[{', '.join(map(str, index))}]"
    raise DataError(f"{name} must be finite, but {place} is {array[index]}. Remove or replace such rows.")


def check_range(array: npt.NDArray[Any], name: str, minimum: float, maximum: float) -> None:
    """Raise `DataError` at the first value out of a range; stand-ins for arrays have none."""
    if isinstance(array, np.ndarray) and not (array.min() >= minimum and array.max() <= maximum):
        wrong = array[~((array >= minimum) & (array <= maximum))][0]
        raise DataError(f"{name} must be from {minimum:g} to {maximum:g}, got {wrong}.")


def check_number(
    name: str, value: Any, *, minimum: float = -math.inf, below: float = math.inf, exclusive: bool = False
) -> float:
    """Return `value` as a finite float of at least `minimum`, or above it if `exclusive`, and below `below`."""
    try:
        number = math.nan if isinstance(value, bool | np.bool_ | str) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and minimum <= number < below) or (exclusive and number == minimum):
        bounds = [f"{'above' if exclusive else 'at least'} {minimum:g}"] if minimum > -math.inf else []
        bounds += [f"below {below:g}"] if below < math.inf else []
        raise ConfigError(
            f"{' '.join([name, 'must be a finite number', ' and '.join(bounds)]).strip()}, got {value!r}."
        )
    return number


def check_integer(name: str, value: Any, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`."""
    try:
        number = minimum - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = minimum - 1
    if number < minimum:
        raise ConfigError(f"{name} must be an integer of at least {minimum}, got {value!r}.")
    return number


def check_flag(name: str, value: Any) -> bool:
    """Return `value` as a bool, refusing everything that is not one."""
    if not isinstance(value, bool | np.bool_):
        raise ConfigError(f"{name} must be True or False, got {value!r}.")
    return bool(value)


def check_kind(name: str, value: object, kind: type, fix: str = "") -> None:
    """Refuse what is no instance of `kind`, with what to do."""
    if not isinstance(value, kind):
        fix = f"Make an object of it: {value.__name__}(...)." if isinstance(value, type) else fix
        raise ConfigError(f"{name} must be an instance of {kind.__name__}, got {value!r}. {fix}".rstrip())


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}.")
    return value


def generator(rng: Rng) -> np.random.Generator:
    """Return the random generator that `rng` stands for; None draws fresh entropy from the system."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        wanted = "a non-negative integer, a numpy.random.Generator or None"
        raise ConfigError(f"rng must be {wanted}, got {rng!r}.") from error

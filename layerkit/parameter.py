"""Parameter: an array that is learned, and its gradient."""

from __future__ import annotations

import math
import threading
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.errors import ConfigError, ShapeError
from layerkit.initializers import Constant, Initializer
from layerkit.validation import (
    FLOAT32,
    Array,
    Rng,
    Shape,
    as_numbers,
    check_integer,
    check_kind,
    float_dtype,
    generator,
)

__all__ = ["FlatParameters", "Parameter", "Randomness"]

_drawing = threading.RLock()  # several threads may be the first to look at a network


class Parameter:
    """An array that is learned, and the gradient of the loss with respect to it.

    Its values are drawn by the initializer when a network with a generator takes it in, at the first look at
    `value` otherwise. Until then it holds no memory.

    Parameters
    ----------
    shape : tuple of int
        The shape.
    initializer : Initializer
        The rule for the first values; zeros by default.
    fan_in, fan_out : int, optional
        The number of inputs that an output sums over, and the reverse, for initializers that scale with them;
        by default ``prod(shape[:-1])`` and ``shape[-1]``.

    Attributes
    ----------
    value : numpy.ndarray
        The values. Assigning copies into the array, so that it stays a part of its network's vector.
    grad : numpy.ndarray
        ∂C/∂value, overwritten by each ``backward``. Assigning copies, too.
    dtype : numpy.dtype
        float32, or what `astype` made it.
    gain : float
        The gain of the activation that follows, for initializers that make up for it; networks set it.

    Raises
    ------
    ConfigError
        If the shape is no tuple of positive integers, or the initializer is no `Initializer`.
    ShapeError
        If an array of another shape is assigned.

    Examples
    --------
    >>> import layerkit as lk
    >>> slope = lk.Parameter((2,), lk.initializers.Constant(0.25))
    >>> slope.value
    array([0.25, 0.25], dtype=float32)
    >>> slope.grad = [1.0, 2.0]
    >>> slope
    Parameter(shape=(2,), dtype=float32)
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        initializer: Initializer = Constant(),
        fan_in: int | None = None,
        fan_out: int | None = None,
    ) -> None:
        if not isinstance(shape, tuple | list):
            raise ConfigError(f"shape must be a tuple of integers, such as (4, 16), got {shape!r}.")
        self.shape: Shape = tuple(check_integer("each size in shape", size, 1) for size in shape)
        check_kind("initializer", initializer, Initializer)
        self.initializer = initializer
        self.fan_in = math.prod(self.shape[:-1]) if fan_in is None else check_integer("fan_in", fan_in, 1)
        self.fan_out = (self.shape or (1,))[-1] if fan_out is None else check_integer("fan_out", fan_out, 1)
        self.dtype = FLOAT32
        self.gain = 1.0
        self._value: Array | None = None
        self._grad: Array | None = None
        self._flat: FlatParameters | None = None  # the vector that value and grad are a part of, and where
        self._start = 0

    @property
    def value(self) -> Array:
        """The values."""
        if self._value is None:
            self.draw()
        return self._value  # type: ignore[return-value]

    @value.setter
    def value(self, value: npt.ArrayLike) -> None:
        value = self._checked(value, "value")
        if self._value is None:  # the value last: other threads look at it without the lock
            self._grad, self._value = np.zeros(self.shape, self.dtype), np.full(self.shape, value, self.dtype)
        else:
            self._value[...] = value

    @property
    def grad(self) -> Array:
        """The gradient."""
        if self._value is None:
            self.draw()
        return self._grad  # type: ignore[return-value]

    @grad.setter
    def grad(self, grad: npt.ArrayLike) -> None:
        self.grad[...] = self._checked(grad, "grad")

    def _checked(self, array: Any, what: str) -> Any:
        array = as_numbers(array, what)
        if array.shape != self.shape and array.shape != ():
            raise ShapeError(f"the {what} of a parameter of shape {self.shape} cannot have shape {array.shape}.")
        return array

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def is_set(self) -> bool:
        """Whether the values exist: assigned, drawn or looked at."""
        return self._value is not None

    def draw(self, rng: Rng = None) -> None:
        """Draw the values, unless they are set.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Seed or generator.

        Raises
        ------
        ShapeError
            If the initializer gives values of another shape.
        """
        with _drawing:
            if self._value is None:
                try:
                    drawn = np.broadcast_to(self.initializer.draw(self, generator(rng)), self.shape)
                except ValueError as error:
                    raise ShapeError(f"{self.initializer!r} gives no values of shape {self.shape}: {error}.") from None
                self.value = drawn

    def astype(self, dtype: npt.DTypeLike) -> None:
        """Convert to float32 or float64.

        Parameters
        ----------
        dtype : dtype
            The new dtype.
        """
        self.dtype = float_dtype(dtype)
        if self._value is not None and self._grad is not None and self._value.dtype != self.dtype:
            self._move(self._value.astype(self.dtype), self._grad.astype(self.dtype), None, 0)

    def leave(self) -> None:
        """Tell the networks whose vector it is in that it is not theirs any more: they make another vector."""
        if self._flat is not None:
            self._flat.moved = True

    def _move(self, value: Array, grad: Array, flat: FlatParameters | None, start: int) -> None:
        self.leave()
        self._value, self._grad, self._flat, self._start = value, grad, flat, start

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_flat": None, "_start": 0}  # a copy has arrays of its own

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.dtype})"


class FlatParameters:
    """Parameters side by side in one vector of values and one of gradients.

    Each parameter knows the vector that it is in and its place there. The parameters of a part lie in a row, so
    that the part's vectors are slices of those of the whole.

    Parameters
    ----------
    parameters : list of Parameter
        The parameters, in order. They leave the vectors that they were in.

    Attributes
    ----------
    value, grad : numpy.ndarray
        The two vectors, of the dtype of the first parameter.
    moved : bool
        Whether a parameter has moved to another vector since.
    """

    def __init__(self, parameters: list[Parameter]) -> None:
        self.moved = False
        size, dtype = sum(parameter.size for parameter in parameters), parameters[0].dtype if parameters else FLOAT32
        self.value, self.grad = np.empty(size, dtype), np.empty(size, dtype)
        start = 0
        for parameter in parameters:
            span = slice(start, start + parameter.size)
            self.value[span], self.grad[span] = parameter.value.ravel(), parameter.grad.ravel()
            value, grad = self.value[span].reshape(parameter.shape), self.grad[span].reshape(parameter.shape)
            parameter._move(value, grad, self, start)
            start = span.stop

    @classmethod
    def of(cls, parameters: list[Parameter]) -> tuple[FlatParameters, Array, Array]:
        """Return the vectors that parameters are in, values and gradients, moving them together if need be."""
        first = start = end = parameters[0]._start if parameters else 0
        flat = parameters[0]._flat if parameters else None
        for parameter in parameters:
            if parameter._flat is not flat or parameter._start != end:
                flat = None
            end += parameter.size
        if flat is None:
            flat, first, end = cls(parameters), 0, end - start
        return flat, flat.value[first:end], flat.grad[first:end]


class Randomness:
    """A layer's own random generator: seeded by its network, or from fresh entropy at the first use.

    Attributes
    ----------
    rng : numpy.random.Generator
        The generator.

    Examples
    --------
    >>> from layerkit.parameter import Randomness
    >>> randomness = Randomness()
    >>> randomness.draw(0)
    >>> randomness.rng.random() < 1
    True
    """

    @cached_property
    def rng(self) -> np.random.Generator:
        """The generator."""
        return generator(None)

    def draw(self, rng: Rng = None) -> None:
        """Seed the generator, unless it is.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Seed or generator of what it is seeded from.
        """
        with _drawing:
            if "rng" not in vars(self):
                self.rng = generator(None if rng is None else int(generator(rng).integers(2**63)))

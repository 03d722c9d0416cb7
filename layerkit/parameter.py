"""Parameter: a value that is learnt, its gradient, and a name."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.validation import FLOAT32, Array, Rng, Shape, as_array, float_dtype, generator
from layerkit.errors import ConfigError, ShapeError
from layerkit.initializers import Initializer, Zeros

__all__ = ["Parameter"]

_drawing = threading.RLock()


class _Draw:
    """What `value` is until somebody sets or sees it: the draw of the initializer.

    A descriptor without ``__set__`` is hidden by the attribute that the draw sets, which then costs no more
    than any other.
    """

    def __get__(self, parameter: Parameter | None, owner: type) -> Any:
        if parameter is None:
            return self
        parameter.initialize()
        return parameter.__dict__["value"]


class Parameter:
    """A value that is learnt, and the gradient of the cost with respect to it.

    Parameters
    ----------
    name : str
        What error messages and tables call it, such as ``"weight"``.
    value : array_like, optional
        The values to start from. Without it, they are drawn when a network is composed, or at the
        first look at `value`.
    grad : array_like, optional
        The gradient to start from; zeros without it.
    shape : tuple of int, optional
        Needed where `value` is not given.
    initializer : callable, optional
        ``(shape, rng, gain) -> array``: what draws the values; `layerkit.initializers.Zeros` without it.
    rng : int, numpy.random.Generator or None
        What a parameter on its own draws from.
    dtype : dtype, optional
        float32 or float64; that of `value` without it.

    Attributes
    ----------
    value : numpy.ndarray
        The values. Assigning copies into the array that is there, so that a network's flat vector and
        the layer go on sharing memory.
    grad : numpy.ndarray
        ∂C/∂value, overwritten by each ``backward``. Assigning copies, too.
    is_bound : bool
        Whether the arrays are parts of a network's vectors.

    Raises
    ------
    ConfigError
        If neither `value` nor `shape` is given.
    ShapeError
        If an array of another shape is assigned.

    Examples
    --------
    >>> import layerkit as lk
    >>> slope = lk.Parameter("slope", [0.25, 0.5])
    >>> slope.grad = [1.0, 2.0]
    >>> slope
    Parameter('slope', shape=(2,), dtype=float32)
    """

    name: str
    value: Array = _Draw()  # type: ignore[assignment]  # hidden by the array that it sets
    grad: Array

    def __init__(
        self,
        name: str,
        value: npt.ArrayLike | None = None,
        grad: npt.ArrayLike | None = None,
        *,
        shape: Shape | None = None,
        initializer: Initializer | None = None,
        rng: Rng = None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        asked = None if dtype is None else float_dtype(dtype)
        given = None if value is None else as_array(value, asked, name)
        if given is None and shape is None:
            raise ConfigError(f"parameter {name!r} needs a value, or the shape to draw one of; got neither.")
        self.name = name
        self.shape: Shape = tuple(shape or ()) if given is None else given.shape
        self.dtype: np.dtype[Any] = float_dtype((asked or FLOAT32) if given is None else given.dtype)
        self._initializer = initializer or Zeros()
        self._rng = rng
        self.is_bound = False
        self._home = np.empty(self.shape, self.dtype)
        self.__dict__["grad"] = np.zeros(self.shape, self.dtype)
        if given is not None:
            self.value = given
        if grad is not None:
            self.grad = as_array(grad, self.dtype)

    def __setattr__(self, name: str, new: Any) -> None:
        if name not in ("value", "grad"):
            super().__setattr__(name, new)
            return
        array = as_array(new, self.dtype, name=f"{self.name}.{name}")
        if array.shape != self.shape:
            raise ShapeError(f"{self.name}.{name} has shape {self.shape}, got {array.shape}.")
        home = self._home if name == "value" else self.grad
        home[...] = array
        self.__dict__[name] = home

    @property
    def size(self) -> int:
        """The number of values."""
        return self._home.size

    @property
    def is_set(self) -> bool:
        """Whether the values are there: given, assigned, drawn or looked at."""
        return "value" in self.__dict__

    def initialize(self, rng: np.random.Generator | None = None, gain: float = 1.0) -> None:
        """Draw the values, unless somebody has set or seen them.

        Parameters
        ----------
        rng : numpy.random.Generator, optional
            What to draw from; a `rng` that the parameter was made with comes first.
        gain : float
            Handed to the initializer.
        """
        with _drawing:  # several threads may be the first to look
            if self.is_set:
                return
            source = rng if rng is not None and self._rng is None else generator(self._rng)
            self.value = self._initializer(self.shape, source, gain)

    def bind(self, value: Array, grad: Array) -> None:
        """Move into arrays that somebody else owns, taking along what is there.

        Parameters
        ----------
        value, grad : numpy.ndarray
            The new homes, of the shape of the parameter; their dtype becomes that of the parameter.
        """
        if self.is_set:
            value[...] = self.value
            self.__dict__["value"] = value
        grad[...] = self.grad
        self.__dict__["grad"] = grad
        self._home, self.dtype, self.is_bound = value, value.dtype, True

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copy has arrays of its own, of NumPy's own dtype object: a copied one is equal to it, but
        # is not the one that `out=` offers are compared with.
        self.__dict__.update(state)
        dtype = float_dtype(self.dtype)
        self.bind(np.empty(self.shape, dtype), np.empty(self.shape, dtype))
        self.is_bound = False

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.shape}, dtype={self.dtype})"

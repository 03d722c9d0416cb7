"""Initializer: the contract, and the values that do not depend on the size of a layer."""

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from layerkit.configured import Configured
from layerkit.errors import ConfigError
from layerkit.validation import Array, Shape, check_number

__all__ = ["Constant", "Drawn", "Initializer", "Normal", "Uniform"]


class Drawn(Protocol):
    """What an initializer reads of a parameter."""

    shape: Shape
    fan_in: int
    fan_out: int
    gain: float


class Initializer(Configured, ABC):
    """The rule by which a parameter gets its first values. A subclass writes `draw`.

    Examples
    --------
    >>> import layerkit as lk
    >>> class Alternating(lk.initializers.Initializer):
    ...     def draw(self, parameter, rng):
    ...         return (-1.0) ** np.arange(parameter.size).reshape(parameter.shape)
    >>> import numpy as np
    >>> lk.Dense(2, 2, weight_initializer=Alternating()).weight.value
    array([[ 1., -1.],
           [ 1., -1.]], dtype=float32)
    """

    @abstractmethod
    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return the first values of a parameter.

        Parameters
        ----------
        parameter : Parameter
            The parameter, with its `shape`, `fan_in`, `fan_out` and `gain`.
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        numpy.ndarray
            Values that broadcast to the shape of the parameter.
        """


class Constant(Initializer):
    """The same value everywhere, by default 0, or given values.

    Parameters
    ----------
    value : array_like
        A number, or values that broadcast to the shape of the parameter.

    Raises
    ------
    ConfigError
        If `value` is not made of finite numbers.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.Parameter((3,), lk.initializers.Constant(0.25)).value
    array([0.25, 0.25, 0.25], dtype=float32)
    """

    def __init__(self, value: npt.ArrayLike = 0.0) -> None:
        try:
            values = np.asarray(value, np.float64)
        except (TypeError, ValueError):
            values = np.array(np.nan)
        if not np.isfinite(values).all():
            raise ConfigError(f"value must be a finite number or an array of them, got {value!r}.")
        self.value: Any = values if values.ndim else float(values)

    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return the value."""
        return np.full(parameter.shape, self.value)


class Normal(Initializer):
    """N(0, std²), whatever the shape.

    Parameters
    ----------
    std : float
        Standard deviation, not negative.

    Raises
    ------
    ConfigError
        If `std` is negative or not finite.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.Dense(2, 3, weight_initializer=lk.initializers.Normal(std=0.1))
    Dense(2, 3, weight_initializer=Normal(std=0.1))
    """

    def __init__(self, std: float = 0.01) -> None:
        self.std = check_number("std", std, minimum=0)

    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return the values."""
        return rng.normal(0.0, self.std, parameter.shape)


class Uniform(Initializer):
    """U(-limit, limit), whatever the shape.

    Parameters
    ----------
    limit : float
        Largest absolute value, not negative.

    Raises
    ------
    ConfigError
        If `limit` is negative or not finite.

    Examples
    --------
    >>> import layerkit as lk
    >>> weight = lk.Parameter((2, 3), lk.initializers.Uniform(limit=0.5))
    >>> bool(abs(weight.value).max() <= 0.5)
    True
    """

    def __init__(self, limit: float = 0.05) -> None:
        self.limit = check_number("limit", limit, minimum=0)

    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return the values."""
        return rng.uniform(-self.limit, self.limit, parameter.shape)

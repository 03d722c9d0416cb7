"""How a weight gets its first values.

An initializer is any callable ``(shape, rng, gain) -> array``. `gain` makes up for what the activation
after the layer takes away from the spread of its input: 1/√E[f(z)²] for z ~ N(0, 1). The fans are
read off the shape as `layerkit.Dense` lays its weight out: ``(fan_in, fan_out)``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from layerkit.validation import Array, Shape, check_choice, check_number
from layerkit.configured import Configured
from layerkit.errors import ConfigError

__all__ = ["Automatic", "Glorot", "He", "Initializer", "LeCun", "Normal", "Orthogonal", "Uniform", "Zeros"]

Initializer: TypeAlias = "Callable[[Shape, np.random.Generator, float], Array]"


class _VarianceScaling(Configured, ABC):
    """Zero mean, and a variance that follows from the fans."""

    def __init__(self, distribution: str = "normal") -> None:
        self.distribution = check_choice("distribution", distribution, ("normal", "uniform"))

    @abstractmethod
    def variance(self, fan_in: int, fan_out: int, gain: float) -> float:
        """Return the variance that the weights are drawn with."""

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        std = math.sqrt(self.variance(max(1, shape[0]), max(1, shape[-1]), gain))
        if self.distribution == "normal":
            return rng.normal(0.0, std, shape)
        limit = math.sqrt(3.0) * std  # the variance of U(-l, l) is l²/3
        return rng.uniform(-limit, limit, shape)


class Automatic(_VarianceScaling):
    """Variance gain²/fan_in, for any activation that knows its gain (after LeCun et al., 1998; He et al., 2015).

    This is what a layer draws from by default.

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        What to draw from.

    Raises
    ------
    ConfigError
        If `distribution` is another.

    Notes
    -----
    With the gain of ReLU, √2, this is `He`; with the gain 1 of Linear it is `LeCun`.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> weight = lk.initializers.Automatic()((400, 300), np.random.default_rng(0), lk.ReLU().gain)
    >>> bool(abs(weight.std() - (2 / 400) ** 0.5) < 1e-3)
    True
    """

    def variance(self, fan_in: int, fan_out: int, gain: float) -> float:
        """Return gain²/fan_in."""
        return gain**2 / fan_in


class He(_VarianceScaling):
    """Variance 2/fan_in, made for ReLU (He et al., 2015, arXiv:1502.01852).

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        What to draw from.

    Raises
    ------
    ConfigError
        If `distribution` is another.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> weight = lk.initializers.He("uniform")((6, 4), np.random.default_rng(0))
    >>> bool(abs(weight).max() <= 1)  # the limit is √(6/fan_in)
    True
    """

    def variance(self, fan_in: int, fan_out: int, gain: float) -> float:
        """Return 2/fan_in; the gain is √2 by definition."""
        return 2.0 / fan_in


class Glorot(_VarianceScaling):
    """Variance 2/(fan_in + fan_out), made for tanh (Glorot and Bengio, 2010).

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        What to draw from.

    Raises
    ------
    ConfigError
        If `distribution` is another.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> weight = lk.initializers.Glorot("uniform")((2, 4), np.random.default_rng(0))
    >>> bool(abs(weight).max() <= 1)  # the limit is √(6/(fan_in + fan_out))
    True
    """

    def variance(self, fan_in: int, fan_out: int, gain: float) -> float:
        """Return 2/(fan_in + fan_out)."""
        return 2.0 / (fan_in + fan_out)


class LeCun(_VarianceScaling):
    """Variance 1/fan_in (LeCun et al., 1998), also what self-normalizing SELU networks need.

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        What to draw from.

    Raises
    ------
    ConfigError
        If `distribution` is another.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> weight = lk.initializers.LeCun("uniform")((3, 4), np.random.default_rng(0))
    >>> bool(abs(weight).max() <= 1)  # the limit is √(3/fan_in)
    True
    """

    def variance(self, fan_in: int, fan_out: int, gain: float) -> float:
        """Return 1/fan_in."""
        return 1.0 / fan_in


class Normal(Configured):
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
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.initializers.Normal(std=0.1)((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """

    def __init__(self, std: float = 0.01) -> None:
        self.std = check_number("std", std, minimum=0)

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        """Draw."""
        return rng.normal(0.0, self.std, shape)


class Uniform(Configured):
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
    >>> import numpy as np
    >>> import layerkit as lk
    >>> weight = lk.initializers.Uniform(limit=0.5)((2, 3), np.random.default_rng(0))
    >>> bool(abs(weight).max() <= 0.5)
    True
    """

    def __init__(self, limit: float = 0.05) -> None:
        self.limit = check_number("limit", limit, minimum=0)

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        """Draw."""
        return rng.uniform(-self.limit, self.limit, shape)


class Orthogonal(Configured):
    """A random matrix with orthonormal rows or columns, times the gain (Saxe et al., 2014, arXiv:1312.6120).

    Parameters
    ----------
    scale : float, optional
        The factor; without it, the gain of the activation that follows.

    Raises
    ------
    ConfigError
        If `scale` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> q = lk.initializers.Orthogonal()((5, 3), np.random.default_rng(0))
    >>> bool(np.allclose(q.T @ q, np.eye(3)))
    True
    """

    def __init__(self, scale: float | None = None) -> None:
        self.scale = None if scale is None else check_number("scale", scale)

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        """Draw."""
        rows, columns = shape[0], math.prod(shape[1:])
        # QR of the tall orientation; the signs of R's diagonal make Q uniformly distributed
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
        scale = gain if self.scale is None else self.scale
        return np.reshape(scale * (q if rows >= columns else q.T), shape)


class Zeros(Configured):
    """All zeros, the usual start of a bias.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.initializers.Zeros()((3,), np.random.default_rng(0))
    array([0., 0., 0.])
    """

    def __call__(self, shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Array:
        """Draw."""
        return np.zeros(shape)


_BY_NAME = {kind.__name__: kind for kind in (Automatic, Glorot, He, LeCun, Normal, Orthogonal, Uniform, Zeros)}


def from_config(initializer: Initializer | Mapping[str, Any]) -> Initializer:
    """Return an initializer, rebuilding it where it comes as the mapping that `to_config` made."""
    if isinstance(initializer, Mapping):
        arguments = dict(initializer)
        kind = _BY_NAME.get(arguments.pop("name", ""))
        if kind is not None:
            return kind(**arguments)
    if not callable(initializer) or isinstance(initializer, type):
        raise ConfigError(
            f"an initializer must be a callable (shape, rng, gain) -> array, got {initializer!r}. "
            f"Make one, for example layerkit.initializers.{next(iter(_BY_NAME))}()."
        )
    return initializer


def to_config(initializer: Initializer) -> dict[str, Any] | None:
    """Return a bundled initializer as a mapping for JSON, None for a callable of the user's own."""
    name = type(initializer).__name__
    if not isinstance(initializer, Configured) or _BY_NAME.get(name) is not type(initializer):
        return None
    return {"name": name, **initializer.config()}

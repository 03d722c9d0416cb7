"""Initializers that keep the size of signals through the layers: their variance follows from the fans."""

import math
from abc import abstractmethod

import numpy as np

from layerkit.initializers.base import Drawn, Initializer
from layerkit.validation import Array, check_choice, check_number

__all__ = ["ActivationScaled", "Glorot", "He", "LeCun", "Orthogonal"]


class _VarianceScaling(Initializer):
    """Zero mean, and a variance that follows from the fans."""

    def __init__(self, distribution: str = "normal") -> None:
        self.distribution = check_choice("distribution", distribution, ("normal", "uniform"))

    @abstractmethod
    def variance(self, parameter: Drawn) -> float:
        """Return the variance that the values are drawn with."""

    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return values of this variance."""
        std = math.sqrt(self.variance(parameter))
        if self.distribution == "normal":
            return rng.normal(0.0, std, parameter.shape)
        limit = math.sqrt(3.0) * std  # the variance of U(-l, l) is l²/3
        return rng.uniform(-limit, limit, parameter.shape)


class ActivationScaled(_VarianceScaling):
    """Variance gain²/fan_in, with the gain of the activation that follows (after LeCun et al., 1998; He et al., 2015).

    The default of a layer's weights.

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        The distribution.

    Raises
    ------
    ConfigError
        If `distribution` is neither.

    Notes
    -----
    With the gain of ReLU, √2, this is `He`; with the gain 1 of Linear it is `LeCun`.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(400, 300), lk.ReLU(), rng=0)
    >>> bool(abs(model[0].weight.value.std() - (2 / 400) ** 0.5) < 1e-3)
    True
    """

    def variance(self, parameter: Drawn) -> float:
        """Return gain²/fan_in."""
        return parameter.gain**2 / parameter.fan_in


class He(_VarianceScaling):
    """Variance 2/fan_in, made for ReLU (He et al., 2015, arXiv:1502.01852).

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        The distribution.

    Raises
    ------
    ConfigError
        If `distribution` is neither.

    Examples
    --------
    >>> import layerkit as lk
    >>> weight = lk.Parameter((6, 4), lk.initializers.He("uniform"))
    >>> bool(abs(weight.value).max() <= 1)  # the limit is √(6/fan_in)
    True
    """

    def variance(self, parameter: Drawn) -> float:
        """Return 2/fan_in; the gain is √2 by definition."""
        return 2.0 / parameter.fan_in


class Glorot(_VarianceScaling):
    """Variance 2/(fan_in + fan_out), made for tanh (Glorot and Bengio, 2010).

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        The distribution.

    Raises
    ------
    ConfigError
        If `distribution` is neither.

    Examples
    --------
    >>> import layerkit as lk
    >>> weight = lk.Parameter((2, 4), lk.initializers.Glorot("uniform"))
    >>> bool(abs(weight.value).max() <= 1)  # the limit is √(6/(fan_in + fan_out))
    True
    """

    def variance(self, parameter: Drawn) -> float:
        """Return 2/(fan_in + fan_out)."""
        return 2.0 / (parameter.fan_in + parameter.fan_out)


class LeCun(_VarianceScaling):
    """Variance 1/fan_in (LeCun et al., 1998), also what self-normalizing SELU networks need.

    Parameters
    ----------
    distribution : {"normal", "uniform"}
        The distribution.

    Raises
    ------
    ConfigError
        If `distribution` is neither.

    Examples
    --------
    >>> import layerkit as lk
    >>> weight = lk.Parameter((3, 4), lk.initializers.LeCun("uniform"))
    >>> bool(abs(weight.value).max() <= 1)  # the limit is √(3/fan_in)
    True
    """

    def variance(self, parameter: Drawn) -> float:
        """Return 1/fan_in."""
        return 1.0 / parameter.fan_in


class Orthogonal(Initializer):
    """A random matrix with orthonormal rows or columns, times the gain (Saxe et al., 2014, arXiv:1312.6120).

    Parameters
    ----------
    scale : float, optional
        The factor; by default the gain of the activation that follows.

    Raises
    ------
    ConfigError
        If `scale` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> q = lk.Parameter((5, 3), lk.initializers.Orthogonal()).value
    >>> bool(np.allclose(q.T @ q, np.eye(3), atol=1e-6))
    True
    """

    def __init__(self, scale: float | None = None) -> None:
        self.scale = None if scale is None else check_number("scale", scale)

    def draw(self, parameter: Drawn, rng: np.random.Generator) -> Array:
        """Return the values."""
        rows, columns = math.prod(parameter.shape[:-1]), parameter.shape[-1]
        # QR of the tall orientation; the signs of R's diagonal make Q uniformly distributed
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
        scale = parameter.gain if self.scale is None else self.scale
        return np.reshape(scale * (q if rows >= columns else q.T), parameter.shape)

"""A class of optimizers that is checked, and networks for it to train."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerkit.layers import Dense
from layerkit.network import Sequential
from layerkit.optimizers import Optimizer
from layerkit.testing.check import takes
from layerkit.validation import FLOAT64, Array, Rng, generator

__all__ = ["CURVATURES", "RATE", "OptimizerSubject", "descend"]

RATE = 0.01
CURVATURES = np.array([0.5, 1.0, 2.0, 0.7, 1.5, 1.1, 0.9, 1.3])


class OptimizerSubject:
    """A class of optimizers that is checked, the options to make it with, and networks for it to train."""

    def __init__(self, cls: type[Optimizer], options: dict[str, Any], rng: Rng) -> None:
        self.cls, self.options = cls, options
        self._seed = int(generator(rng).integers(1 << 32))

    def model(self, size: int = 8, dtype: np.dtype[Any] = FLOAT64) -> Sequential:
        """Return a new network with `size` parameters, equal ones every time."""
        model = Sequential(Dense(size - 1, 1), dtype=dtype, rng=0)
        rng = np.random.default_rng(self._seed)
        model.parameter_vector[:] = np.resize(rng.uniform(0.5, 1, 8) * rng.choice([-1.0, 1.0], 8), size)
        return model

    def make(self, rate: float = RATE, size: int = 8, dtype: np.dtype[Any] = FLOAT64) -> Any:
        """Return an optimizer of a new network."""
        return self.cls(self.model(size, dtype), learning_rate=rate, **self.options)

    def without_decay(self) -> OptimizerSubject:
        """Return the subject without weight decay."""
        decay = {"weight_decay": 0.0} if takes(self.cls, "weight_decay") else {}
        return OptimizerSubject(self.cls, self.options | decay, self._seed)


def descend(optimizer: Optimizer, steps: int, pull: float = 1.0) -> Array:
    """Take steps down the bowl Σ c θ²/2, and return a copy of the parameters."""
    model = optimizer.model
    curvature = np.resize(CURVATURES, model.parameter_vector.size).astype(model.dtype)
    for _ in range(steps):
        model.gradient_vector[:] = pull * curvature * model.parameter_vector
        optimizer.step()
    return model.parameter_vector.copy()

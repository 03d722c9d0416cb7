"""Right losses that layerkit does not have."""

import math

import numpy as np

import layerkit as lk


class LogCosh(lk.Loss):
    """The mean or sum of ln cosh(a - y)."""

    def cost(self, prediction, target):
        error = prediction - target
        size = np.abs(error)
        return size + np.log1p(np.exp(-2 * size)) - math.log(2), np.tanh(error)


class MeanLogCosh(LogCosh):
    """The mean, and nothing else."""

    def __init__(self):
        super().__init__("mean")


class WrittenOut(lk.Loss):
    """The sum of squares, forward and backward written out; one weight for each row."""

    reductions = ("sum",)

    def __init__(self):
        super().__init__("sum")

    def cost(self, prediction, target):
        raise NotImplementedError  # not used

    def forward(self, prediction, target, sample_weight=None):
        target = self.check_target(target, prediction.shape, prediction.dtype)
        error, weight = prediction - target, np.ones((), prediction.dtype)
        if sample_weight is not None:
            weight = np.asarray(sample_weight, prediction.dtype)
            weight = weight.reshape(weight.shape + (1,) * (error.ndim - weight.ndim))
        self.total_weight = float((weight * np.ones_like(error)).sum())
        self.cache = error, weight
        return (weight * error**2).sum()

    def backward(self):
        error, weight = self.cache
        return 2 * weight * error

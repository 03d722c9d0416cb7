"""Wrong losses."""

import numpy as np
from testing.wrong.base import Wrong, logistic

import layerkit as lk


class LossBase(lk.Loss):
    """The mean squared error, for one method to be overridden."""

    def forward(self, prediction, target):
        target = self.as_target(target, prediction.shape, prediction.dtype)
        self.cache = prediction - target
        return float(np.sum(self.cache**2)) * self._weight(self.cache)

    def backward(self):
        return 2 * self.cache * self._weight(self.cache)

    def _weight(self, prediction):
        return 1 / prediction.size if self.reduction == "mean" else 1


class GradientOfSum(LossBase):
    def backward(self):
        return 2 * self.cache


class GradientPerRow(LossBase):
    def backward(self):
        return 2 * self.cache / len(self.cache)


class GradientDividedTwice(LossBase):
    def backward(self):
        return super().backward() / self.cache.size


class HalfGradient(LossBase):
    def backward(self):
        return self.cache / self.cache.size


class GradientOfTarget(LossBase):
    def backward(self):
        return -super().backward()


class TwelvefoldGradient(LossBase):
    def backward(self):
        return 12 * super().backward()


class ReducedGradient(LossBase):
    def backward(self):
        return super().backward().sum(axis=0)


class Broadcasts(lk.Loss):
    def forward(self, prediction, target):
        self.cache = prediction - target
        return float(np.mean(self.cache**2)) if self.reduction == "mean" else float(np.sum(self.cache**2))

    def backward(self):
        return 2 * self.cache / (self.cache.size if self.reduction == "mean" else 1)


class CostIsArray(LossBase):
    def forward(self, prediction, target):
        super().forward(prediction, target)
        return (prediction - target) ** 2


class NotRebound(LossBase):
    def forward(self, prediction, target):
        kept = vars(self).get("cache")
        cost = super().forward(prediction, target)
        self.cache = kept if kept is not None else self.cache
        return cost


class GradientIsCache(LossBase):
    def forward(self, prediction, target):
        cost = super().forward(prediction, target)
        self.cache = 2 * self.cache * self._weight(self.cache)
        return cost

    def backward(self):
        return self.cache


class PredictionChanged(LossBase):
    def forward(self, prediction, target):
        cost = super().forward(prediction, target)
        prediction -= prediction.mean()
        return cost


class SumCalledMean(lk.Loss):
    reductions = ("mean",)

    def forward(self, prediction, target):
        target = self.as_target(target, prediction.shape, prediction.dtype)
        self.cache = prediction - target
        return float(np.sum(self.cache**2))

    def backward(self):
        return 2 * self.cache


class OverflowingLogistic(LossBase):
    def forward(self, prediction, target):
        target = self.as_target(target, prediction.shape, prediction.dtype)
        self.cache = logistic(prediction) - target
        costs = np.log(1 + np.exp(prediction)) - prediction * target
        return float(costs.sum()) * self._weight(costs)

    def backward(self):
        return self.cache * self._weight(self.cache)


class Float64Gradient(LossBase):
    def backward(self):
        return super().backward() * np.float64(1)


class NoReductionCheck(lk.Loss):
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    forward = Broadcasts.forward
    backward = Broadcasts.backward

    def _checked(self, prediction, target):
        return self.as_target(target, prediction.shape, prediction.dtype)


class NoReductionCheckElsewhereRight(NoReductionCheck):
    def forward(self, prediction, target):
        return super().forward(prediction, self._checked(prediction, target))


class CancellingCost(LossBase):
    def forward(self, prediction, target):
        return super().forward((prediction + 1e4) - 1e4, target)


class AssertsShapes(LossBase):
    def forward(self, prediction, target):
        assert np.shape(prediction) == np.shape(target) != (0, 3)
        return super().forward(prediction, target)


class KeptUnderAnotherName(LossBase):
    def forward(self, prediction, target):
        cost = super().forward(prediction, target)
        self._difference = prediction - target
        return cost

    def backward(self):
        return 2 * self._difference * self._weight(self._difference)


class CacheFromTheStart(LossBase):
    cache = np.zeros((5, 3))


class GrowsWithCalls(LossBase):
    calls = 0

    def forward(self, prediction, target):
        self.calls += 1
        return super().forward(prediction, target) * self.calls


wrong_losses = {
    "gradient of the sum": Wrong(GradientOfSum(), "gradient", "1/n is missing, where n = 15 is the number of elements"),
    "mean over rows only": Wrong(GradientPerRow(), "gradient", "1/n is missing, where n = 3 is the number of columns"),
    "divided twice": Wrong(
        GradientDividedTwice(), "gradient", "divided by n = 15, the number of elements, once too often"
    ),
    "half the gradient": Wrong(HalfGradient(), "gradient", "another cost, such as half the squared error"),
    "gradient of the target": Wrong(GradientOfTarget(), "gradient", "sign is wrong"),
    "gradient twelvefold": Wrong(TwelvefoldGradient(), "gradient", "is 12 times"),
    "gradient reduced": Wrong(ReducedGradient(), "gradient", "reduced along with the cost"),
    "broadcasts": Wrong(Broadcasts(), "shapes", "self.as_target("),
    "cost is an array": Wrong(CostIsArray(), "cost", "not reduced to a number"),
    "first forward kept": Wrong(NotRebound(), "state", "last forward"),
    "gradient is the cache": Wrong(GradientIsCache(), "arrays_kept", "very array that it keeps"),
    "prediction changed": Wrong(PredictionChanged(), "arrays_kept", "in place"),
    "sum called mean": Wrong(SumCalledMean(), "reduction", "a sum, not a mean"),
    "overflow": Wrong(OverflowingLogistic(), "extremes", "np.log1p"),
    "float64 gradient": Wrong(Float64Gradient(), "dtype", "promotion"),
    "any reduction": Wrong(NoReductionCheckElsewhereRight(), "refusal", "super().__init__(reduction)"),
    "cancels in float32": Wrong(CancellingCost(), "dtype", "loses its digits in float32"),
    "asserts shapes": Wrong(AssertsShapes(), "shapes", "raised AssertionError: ; expected ShapeError"),
    "kept under another name": Wrong(KeptUnderAnotherName(), "state", "raised AttributeError; expected StateError"),
    "cache from the start": Wrong(CacheFromTheStart(), "state", "returned a result; expected StateError"),
    "cost grows with calls": Wrong(GrowsWithCalls(), "copies", "depends on more than prediction and target"),
}

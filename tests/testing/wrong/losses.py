"""Wrong losses."""

import numpy as np
from testing.wrong.base import Wrong, logistic

import layerkit as lk


class LossBase(lk.Loss):
    """The mean squared error, for one method to be overridden."""

    def cost(self, prediction, target):
        error = prediction - target
        return error**2, 2 * error


class GradientOfSum(LossBase):
    def backward(self):
        slope, _ = self.cache
        return slope.copy()


class GradientPerRow(LossBase):
    def backward(self):
        slope, _ = self.cache
        return slope / len(slope)


class GradientDividedTwice(LossBase):
    def backward(self):
        slope, scale = self.cache
        return slope * scale / slope.size


class HalfGradient(LossBase):
    def backward(self):
        return super().backward() / 2


class GradientOfTarget(LossBase):
    def backward(self):
        return -super().backward()


class TwelvefoldGradient(LossBase):
    def backward(self):
        return 12 * super().backward()


class ReducedGradient(LossBase):
    def backward(self):
        return super().backward().sum(axis=0)


class Broadcasts(LossBase):
    def check_target(self, target, shape, dtype):
        return target


class CostIsArray(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        super().forward(prediction, target, sample_weight)
        return (prediction - target) ** 2


class CostIsPythonNumber(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        return float(super().forward(prediction, target, sample_weight))


class NotRebound(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        kept = vars(self).get("cache")
        value = super().forward(prediction, target, sample_weight)
        self.cache = kept if kept is not None else self.cache
        return value


class GradientIsCache(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        self.cache = super().backward()
        return value

    def backward(self):
        return self.cache


class PredictionChanged(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        prediction -= prediction.mean()
        return value


class SumCalledMean(LossBase):
    reductions = ("mean",)

    def scale(self, shape):
        return 1.0


class OverflowingLogistic(LossBase):
    def cost(self, prediction, target):
        return np.log(1 + np.exp(prediction)) - prediction * target, logistic(prediction) - target


class Float64Value(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        return super().forward(prediction, target, sample_weight) * np.float64(1)


class Float64Gradient(LossBase):
    def backward(self):
        return super().backward() * np.float64(1)


class NoReductionCheck(LossBase):
    def __init__(self, reduction="mean"):
        self.reduction = reduction


class CancellingCost(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        return super().forward((prediction + 1e4) - 1e4, target, sample_weight)


class AssertsShapes(LossBase):
    def check_target(self, target, shape, dtype):
        assert np.shape(target) == shape != (0, 3)
        return super().check_target(target, shape, dtype)


class KeptUnderAnotherName(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        self._slope, self._scale = self.cache
        return value

    def backward(self):
        return self._slope * self._scale


class CacheFromTheStart(LossBase):
    cache = np.zeros((5, 3)), 1.0


class GrowsWithCalls(LossBase):
    calls = 0

    def forward(self, prediction, target, sample_weight=None):
        self.calls += 1
        return super().forward(prediction, target, sample_weight) * self.calls


class NoWeights(LossBase):
    def forward(self, prediction, target):
        return super().forward(prediction, target)


class WeightsIgnored(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        return super().forward(prediction, target)


class WeightsInValueOnly(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        super().forward(prediction, target)
        slope, scale = self.cache
        value = super().forward(prediction, target, sample_weight)
        self.cache = slope, scale
        return value


class WeightsNotInTheMean(LossBase):
    def scale(self, shape):
        return 1 / np.prod(shape).item() if self.reduction == "mean" else 1.0


class NoTotalWeight(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        self.total_weight = len(prediction)
        return value


class WeightsPromote(LossBase):
    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        return value if sample_weight is None else value * np.float64(1)


class OneWeightForAllPositions(LossBase):
    """Takes the weights of the first position for all positions of a row."""

    def forward(self, prediction, target, sample_weight=None):
        value = super().forward(prediction, target, sample_weight)
        if np.ndim(sample_weight) == 2:
            _, scale = self.cache
            self.cache = 2 * (prediction - target) * sample_weight[:, :1, None], scale
        return value


class ArgumentUnderAnotherName(LossBase):
    def __init__(self, delta=2.0):
        super().__init__("mean")
        self._delta = delta

    def cost(self, prediction, target):
        return tuple(self._delta * part for part in super().cost(prediction, target))


class ArgumentChanged(LossBase):
    def __init__(self, delta=2.0):
        super().__init__("mean")
        self.delta = 2 * delta

    def cost(self, prediction, target):
        return tuple(self.delta * part for part in super().cost(prediction, target))


class HoldsLambda(LossBase):
    def __init__(self):
        super().__init__("mean")
        self.f = lambda z: z


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
    "broadcasts": Wrong(Broadcasts(), "shapes", "self.check_target("),
    "value is an array": Wrong(CostIsArray(), "value", "not reduced to a number"),
    "value is Python's": Wrong(CostIsPythonNumber(), "value", "no NumPy scalar"),
    "first forward kept": Wrong(NotRebound(), "last_forward", "last forward"),
    "gradient is the cache": Wrong(GradientIsCache(), "own_gradient", "very array that it keeps"),
    "prediction changed": Wrong(PredictionChanged(), "arrays_kept", "in place"),
    "sum called mean": Wrong(SumCalledMean(), "reduction", "a sum, not a mean"),
    "overflow": Wrong(OverflowingLogistic(), "extremes", "np.log1p"),
    "float64 value": Wrong(Float64Value(), "dtype", "the value for float32 predictions is float64"),
    "float64 gradient": Wrong(Float64Gradient(), "dtype", "promotion"),
    "any reduction": Wrong(NoReductionCheck(), "refusal", "super().__init__(reduction)"),
    "cancels in float32": Wrong(CancellingCost(), "dtype", "loses its digits in float32"),
    "asserts shapes": Wrong(AssertsShapes(), "shapes", "raised AssertionError: ; expected ShapeError"),
    "kept under another name": Wrong(KeptUnderAnotherName(), "before_forward", "elsewhere than in self.cache"),
    "cache from the start": Wrong(CacheFromTheStart(), "before_forward", "was accepted; expected StateError"),
    "value grows with calls": Wrong(GrowsWithCalls(), "copies", "depends on more than prediction and target"),
    "no weights": Wrong(NoWeights(), "unit_weights", "def forward(self, prediction, target, sample_weight=None)"),
    "weights ignored": Wrong(WeightsIgnored(), "weights", "the weights are left out"),
    "weights in the value only": Wrong(WeightsInValueOnly(), "weighted_gradient", "the gradient is that without"),
    "weights not in the mean": Wrong(WeightsNotInTheMean(), "weights", "not divided by the sum of the weights"),
    "no total_weight": Wrong(NoTotalWeight(), "weights", "total_weight is not set in forward"),
    "weights promote": Wrong(WeightsPromote(), "unit_weights", "promote to another dtype"),
    "one weight for all positions": Wrong(OneWeightForAllPositions(), "weighted_gradient", "weights of shape (5, 2)"),
    "argument lost": Wrong(ArgumentUnderAnotherName(), "config", "self.alpha = alpha"),
    "argument changed": Wrong(ArgumentChanged(), "config", "changed before it is kept"),
    "not to be pickled": Wrong(HoldsLambda(), "copies", "lambda"),
}

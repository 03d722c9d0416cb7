"""Wrong activations, layers, losses and optimizers, each with the check that must fail and words of its diagnosis.

Every one is right but for a single mistake.
"""

import math
import time
from typing import NamedTuple

import numpy as np

import layerkit as lk

C = math.sqrt(2 / math.pi)
SCRATCH = {}


class Wrong(NamedTuple):
    """A subject with one mistake, and how it must be found."""

    subject: object
    check: str
    diagnosis: str  # in the failure's message, mistake or fix


class Named(lk.Activation):
    name = "wrong"


def activation(function, derivative, **attributes):
    """Return the class of an activation made of two functions of z."""
    methods = {"function": lambda self, z: function(z), "derivative": lambda self, z: derivative(z)}
    qualname = {"__qualname__": "activation.<locals>.Wrong"}
    return type("Wrong", (Named,), methods | attributes | qualname)


def tanh_slope(z):
    e = np.exp(-2 * np.minimum(np.abs(z), 1e3))
    return 4 * e / (1 + e) ** 2


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -80, 80)))


def logistic(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, z.dtype.type(1)) / (1 + e)


def gelu(z):
    near = np.clip(z, -20, 20)
    return 0.5 * z * (1 + np.tanh(C * (near + 0.044715 * near**3)))


def gelu_slope(z, constant=0.044715):
    z = np.clip(z, -20, 20)
    u = C * (z + 0.044715 * z**3)
    return 0.5 * (1 + np.tanh(u)) + 0.5 * z * tanh_slope(u) * C * (1 + 3 * constant * z**2)


def relu(z):
    return np.maximum(z, 0)


def step(z):
    return (z > 0).astype(z.dtype)


class TanhBase(lk.Tanh):
    """Tanh, for one method to be overridden."""


class GradNotMultiplied(TanhBase):
    def backward(self, grad, out=None):
        return self.derivative(self.cache)


class SlopeForgotten(TanhBase):
    def backward(self, grad, out=None):
        return np.array(grad, self.cache.dtype)


class SlopeAtOutput(TanhBase):
    def forward(self, x, training=True, out=None):
        a = self.function(x)
        if training:
            self.cache = a
        return a.copy()


class SlopeAtGrad(TanhBase):
    def backward(self, grad, out=None):
        return grad * self.derivative(grad) + 0 * self.cache


class FunctionInBackward(TanhBase):
    def backward(self, grad, out=None):
        return grad * self.function(self.cache)


class MeanOfGradient(TanhBase):
    def backward(self, grad, out=None):
        return grad * self.derivative(self.cache) / (len(grad) if grad.size and grad.ndim else 1)


class NegativeGradient(TanhBase):
    def backward(self, grad, out=None):
        return -grad * self.derivative(self.cache)


class CacheOnClass(TanhBase):
    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
            CacheOnClass.last = x
        return self.function(x)

    def backward(self, grad, out=None):
        return grad * self.derivative(CacheOnClass.last if self.cache is not None else None)


class RemembersPrediction(TanhBase):
    def forward(self, x, training=True, out=None):
        self.cache = x
        return self.function(x)


class WritesWhenPredicting(TanhBase):
    calls = 0

    def forward(self, x, training=True, out=None):
        self.last_shape = x.shape
        return super().forward(x, training)


class KeepsFirst(TanhBase):
    def forward(self, x, training=True, out=None):
        if training and "cache" not in vars(self):
            self.cache = x
        return self.function(x)


class SameBuffer(TanhBase):
    def forward(self, x, training=True, out=None):
        y = super().forward(x, training)
        if training and x.ndim:
            if "buffer" not in vars(self) or self.buffer.shape != x.shape or self.buffer.dtype != x.dtype:
                self.buffer = np.empty_like(x)
            self.buffer[...] = y
            return self.buffer
        return y


class OutNotReturned(TanhBase):
    def forward(self, x, training=True, out=None):
        y = super().forward(x, training)
        if out is not None and out.shape == y.shape and out.dtype == y.dtype:
            out[...] = y
            return np.zeros_like(y)
        return y


class AnyOutTaken(TanhBase):
    def forward(self, x, training=True, out=None):
        y = super().forward(x, training)
        if out is None or out.shape != y.shape or out is x:
            return y
        out[...] = y
        return out


class OutNotWritten(TanhBase):
    def forward(self, x, training=True, out=None):
        y = super().forward(x, training)
        return y if out is None or out.shape != y.shape or out.dtype != y.dtype else out


class NothingReturned(TanhBase):
    def forward(self, x, training=True, out=None):
        super().forward(x, training)


class CallerSeesCache(lk.Activation):
    name = "wrong"
    function = staticmethod(np.tanh)
    derivative = staticmethod(tanh_slope)

    def forward(self, x, training=True, out=None):
        a = np.tanh(x)
        if training:
            self.cache = a
        return a

    def backward(self, grad, out=None):
        return grad * (1 - self.cache**2)


class NoOut(TanhBase):
    def forward(self, x, training=True):
        return super().forward(x, training)


class NoStateError(TanhBase):
    cache = np.zeros(3)


class GainOfZero(TanhBase):
    gain = 0.0


class Nameless(lk.Activation):
    function = staticmethod(np.tanh)
    derivative = staticmethod(tanh_slope)


class ArgumentUnderAnotherName(TanhBase):
    def __init__(self, scale=1.0):
        self._factor = scale


class ArgumentChanged(lk.Activation):
    name = "wrong"

    def __init__(self, scale=2.0):
        self.scale = 2 * scale

    def function(self, z):
        return self.scale * z

    def derivative(self, z):
        return np.full_like(z, self.scale)


class HoldsLambda(TanhBase):
    def __init__(self):
        self.f = lambda z: z


class OverriddenForward(TanhBase):
    def forward(self, x, training=True, out=None):
        y = super().forward(x, training)
        return y if np.size(x) < 10_000 else np.clip(y, -0.9, 0.9)


wrong_activations = {
    "slope scaled by 1.0005": Wrong(
        activation(np.tanh, lambda z: 1.0005 * tanh_slope(z)), "derivative", "1.0005 times"
    ),
    "slope doubled": Wrong(activation(np.tanh, lambda z: 2 * tanh_slope(z)), "derivative", "is 2 times"),
    "inner derivative forgotten": Wrong(
        activation(lambda z: np.sin(3 * z), lambda z: np.cos(3 * z)), "derivative", "is 1/3 times"
    ),
    "0.0447 in gelu": Wrong(activation(gelu, lambda z: gelu_slope(z, 0.0447)), "derivative", "too few digits"),
    "sign": Wrong(activation(np.tanh, lambda z: -tanh_slope(z)), "derivative", "sign is wrong"),
    "zero beyond 9": Wrong(
        activation(np.tanh, lambda z: np.where(np.abs(z) > 9, z.dtype.type(0), tanh_slope(z)), kinks=(-9.0, 9.0)),
        "derivative",
        "saturated form in the tail: the derivative is zero from |z| = 9",
    ),
    "1 - tanh² in float32": Wrong(
        activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2), "accuracy", "saturated form in the tail"
    ),
    "a (1 - a) in float32": Wrong(
        activation(logistic, lambda z: logistic(z) * (1 - logistic(z))), "accuracy", "saturated form in the tail"
    ),
    "exp(z) - 1": Wrong(
        activation(lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1), lambda z: np.exp(np.minimum(z, 0))),
        "accuracy",
        "np.expm1",
    ),
    "slope in terms of a": Wrong(activation(np.tanh, lambda z: 1 - z**2), "derivative", "written for the output a"),
    "sigmoid slope in terms of a": Wrong(
        activation(logistic, lambda z: z * (1 - z)), "derivative", "written for the output a"
    ),
    "function in place of slope": Wrong(activation(np.tanh, np.tanh), "derivative", "returns f(z) itself"),
    "product rule, second term": Wrong(
        activation(lambda z: z * logistic(z), logistic), "derivative", "z g′(z) is missing"
    ),
    "product rule, first term": Wrong(
        activation(lambda z: z * logistic(z), lambda z: z * logistic(z) * logistic(-z)),
        "derivative",
        "term g(z) is missing",
    ),
    "term forgotten": Wrong(activation(lambda z: z + np.tanh(z), tanh_slope), "derivative", "too small by 1"),
    "swapped branches": Wrong(activation(relu, lambda z: (z < 0).astype(z.dtype), kinks=(0.0,)), "derivative", "-z"),
    "one branch scaled": Wrong(
        activation(
            lambda z: np.where(z > 0, z, 0.1 * z),
            lambda z: np.where(z > 0, z.dtype.type(1), z.dtype.type(0.2)),
            kinks=(0.0,),
        ),
        "derivative",
        "branch for z < 0 is wrong, by the constant factor 2",
    ),
    "right branch scaled": Wrong(
        activation(
            lambda z: np.where(z > 0, z, 0.1 * z),
            lambda z: np.where(z > 0, z.dtype.type(2), z.dtype.type(0.1)),
            kinks=(0.0,),
        ),
        "derivative",
        "branch for z > 0 is wrong, by the constant factor 2",
    ),
    "slope inverted": Wrong(activation(np.sinh, lambda z: 1 / np.cosh(z)), "derivative", "inverted"),
    "sign lost": Wrong(
        activation(np.cos, lambda z: np.abs(np.sin(z)) * (1 + 0 * z)), "derivative", "sign is wrong for a part"
    ),
    "undeclared kink": Wrong(activation(relu, step), "kinks", "kinks = (0.0,)"),
    "undeclared kink at 3": Wrong(
        activation(lambda z: np.clip(z, -1, 3), lambda z: ((z > -1) & (z < 3)).astype(z.dtype), kinks=(-1.0,)),
        "kinks",
        "kinks = (-1.0, 3.0)",
    ),
    "a jump": Wrong(
        activation(lambda z: np.where(z > 0.5, z, 0 * z), lambda z: (z > 0.5).astype(z.dtype)),
        "kinks",
        "jumps from 0 to 0.5 at z = 0.5",
    ),
    "convention outside of the slopes": Wrong(
        activation(relu, lambda z: np.where(z == 0, z.dtype.type(2), step(z)), kinks=(0.0,)),
        "kinks",
        "derivative(0) is 2",
    ),
    "overflow": Wrong(activation(lambda z: np.log(1 + np.exp(z)), logistic), "accuracy", "result overflows"),
    "overflow in the slope": Wrong(
        activation(lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), lambda z: np.exp(z) / (1 + np.exp(z))),
        "derivative",
        "overflows",
    ),
    "a warning": Wrong(
        activation(lambda z: np.where(z > 0, z, np.expm1(z)), lambda z: np.exp(np.minimum(z, 0))),
        "finite",
        "warning 'overflow",
    ),
    "float64 constants": Wrong(
        activation(lambda z: z * np.array(2.0).reshape(1), lambda z: np.full_like(z, 2)),
        "dtype",
        "promotion to float64",
    ),
    "a NumPy number": Wrong(
        activation(lambda z: z * np.float64(2), lambda z: np.full_like(z, 2)), "dtype", "promotion to float64"
    ),
    "boolean slope": Wrong(activation(relu, lambda z: z > 0, kinks=(0.0,)), "dtype", "astype(z.dtype)"),
    "slope is a number": Wrong(activation(lambda z: 2 * z, lambda z: 2.0), "dtype", "np.full_like"),
    "in place": Wrong(activation(lambda z: np.tanh(z, out=z), tanh_slope), "shape", "in place"),
    "maximum over the array": Wrong(
        activation(lambda z: z - 0.1 * np.max(z, initial=0), np.ones_like), "shape", "not elementwise"
    ),
    "flattened": Wrong(
        activation(lambda z: np.ravel(z) * 2, lambda z: np.full_like(z, 2)), "shape", "returned shape (1,) for shape ()"
    ),
    "NaN swallowed": Wrong(
        activation(lambda z: np.where(z > 0, z, z.dtype.type(0)), step, kinks=(0.0,)), "nan", "swallows"
    ),
    "gradient not multiplied": Wrong(GradNotMultiplied, "input_gradient", "incoming gradient is not multiplied in"),
    "slope forgotten": Wrong(SlopeForgotten, "input_gradient", "own derivative is missing"),
    "slope at the output": Wrong(SlopeAtOutput, "input_gradient", "taken at the output a instead of at the input z"),
    "slope at the gradient": Wrong(SlopeAtGrad, "input_gradient", "taken at the incoming gradient"),
    "function in backward": Wrong(FunctionInBackward, "input_gradient", "function is multiplied in"),
    "divided by the batch": Wrong(MeanOfGradient, "input_gradient", "the number of rows, once too often"),
    "negative gradient": Wrong(NegativeGradient, "input_gradient", "sign is wrong"),
    "state on the class": Wrong(CacheOnClass, "instances", "shared between objects"),
    "prediction remembered": Wrong(RemembersPrediction, "before_forward", "if training: self.cache = x"),
    "prediction writes": Wrong(WritesWhenPredicting, "prediction", "changed self.last_shape (at first)"),
    "first input kept": Wrong(KeepsFirst, "last_forward", "earlier pass"),
    "one buffer for all results": Wrong(SameBuffer, "memory", "shared between calls"),
    "out written, not returned": Wrong(OutNotReturned, "out", "written to out, but something else is returned"),
    "out of any dtype taken": Wrong(AnyOutTaken, "out", "although it does not fit"),
    "out returned unwritten": Wrong(OutNotWritten, "out", "without having been written"),
    "nothing returned": Wrong(NothingReturned, "shape", "not returned"),
    "cache handed out": Wrong(CallerSeesCache, "memory", "very array that it keeps"),
    "no out": Wrong(NoOut, "out", "takes no out"),
    "no StateError": Wrong(NoStateError, "before_forward", "expected StateError"),
    "gain of zero": Wrong(GainOfZero, "gain", "gain is 0.0"),
    "no name": Wrong(Nameless, "name", 'name = "nameless"'),
    "argument lost": Wrong(ArgumentUnderAnotherName, "config", "self.scale = scale"),
    "argument changed": Wrong(ArgumentChanged, "config", "changed before it is kept"),
    "not to be pickled": Wrong(HoldsLambda, "copies", "lambda"),
    "another forward for large arrays": Wrong(OverriddenForward, "forward", "overridden"),
}


class DenseBase(lk.Dense):
    """Dense(3, 3), for one method to be overridden."""

    def __init__(self, in_features=3, out_features=3, **options):
        super().__init__(in_features, out_features, **options)

    def gradients(self, weight, bias):
        self.weight.grad, self.bias.grad = weight, bias

    def backward_parameters(self, grad):
        self.backward(grad)


class TransposedGradient(DenseBase):
    def backward(self, grad, out=None):
        dx = super().backward(grad)
        self.weight.grad = self.weight.grad.T.copy()
        return dx


class NotTransposedWeight(DenseBase):
    def backward(self, grad, out=None):
        super().backward(grad)
        return grad @ self.weight.value


class Accumulates(DenseBase):
    def backward(self, grad, out=None):
        weight, bias = self.weight.grad.copy(), self.bias.grad.copy()
        dx = super().backward(grad)
        self.gradients(weight + self.weight.grad, bias + self.bias.grad)
        return dx


class BiasNotSummed(DenseBase):
    def backward(self, grad, out=None):
        dx = super().backward(grad)
        self.bias.grad = grad[0] if len(grad) else np.zeros(3)
        return dx


class BiasForgotten(DenseBase):
    def backward(self, grad, out=None):
        dx = super().backward(grad)
        self.bias.grad = np.zeros(3)
        return dx


class AveragedGradients(DenseBase):
    def backward(self, grad, out=None):
        dx = super().backward(grad)
        self.gradients(self.weight.grad / max(1, len(grad)), self.bias.grad)
        return dx


class GradientReturnedInPlace(DenseBase):
    def backward(self, grad, out=None):
        dx = super().backward(grad)
        grad *= 0.5
        return dx


class WrongOutputShape(DenseBase):
    def output_shape(self, input_shape):
        return (*input_shape, 1)


class ParametersAloneForgotten(DenseBase):
    def backward_parameters(self, grad):
        pass


class DenseTanh(DenseBase):
    """An affine layer and tanh in one, right but for `_where`."""

    def forward(self, x, training=True, out=None):
        z = super().forward(x, False)
        if training:
            self.cache = x, z
        return np.tanh(z)

    def backward(self, grad, out=None):
        return self._back(grad * self._slope(*self.cache))

    def _back(self, grad):
        x, _ = self.cache
        self.gradients(x.T @ grad, grad.sum(axis=0))
        return grad @ self.weight.value.T


class SlopeAtLayerInput(DenseTanh):
    def _slope(self, x, z):
        return tanh_slope(x)


class SlopeAtLayerOutput(DenseTanh):
    def _slope(self, x, z):
        return tanh_slope(np.tanh(z))


class RowsMixed(lk.Layer):
    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x.shape
        return x - x.mean(axis=0, keepdims=True) if len(x) else x

    def backward(self, grad, out=None):
        grad = grad.reshape(self.cache)
        return grad - grad.mean(axis=0, keepdims=True)


class GlobalRandomness(lk.Layer):
    def forward(self, x, training=True, out=None):
        return x + np.random.normal(size=x.shape)  # noqa: NPY002  # the mistake

    def backward(self, grad, out=None):
        return grad


class OwnEntropy(lk.Layer):
    def forward(self, x, training=True, out=None):
        return x + np.random.default_rng().normal(size=x.shape)

    def backward(self, grad, out=None):
        return grad


class RoundsToFloat32(lk.Layer):
    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return np.sin(x).astype(np.float32)

    def backward(self, grad, out=None):
        return grad * np.cos(self.cache)


class AlwaysFloat64(lk.Layer):
    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return np.sin(x) * np.float64(1)

    def backward(self, grad, out=None):
        return grad * np.cos(self.cache)


class SharedParameter(lk.Layer):
    factor = lk.Parameter("factor", [2.0])

    def parameters(self):
        return (self.factor,)

    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return x * self.factor.value

    def backward(self, grad, out=None):
        self.factor.grad = [np.sum(grad * self.cache)]
        return grad * self.factor.value


class WarnsNeedlessly(lk.Layer):
    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return np.where(x > 0, np.sqrt(x), 0 * x)

    def backward(self, grad, out=None):
        return np.where(self.cache > 0, grad / (2 * np.sqrt(self.cache)), 0 * grad)


class ScratchForAll(lk.Layer):
    """Right in one thread, wrong in several: an intermediate result lies where all threads write."""

    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        SCRATCH["x"] = x
        time.sleep(1e-4)  # meanwhile, others write
        return np.sin(SCRATCH["x"])

    def backward(self, grad, out=None):
        return grad * np.cos(self.cache)


wrong_layers = {
    "transposed weight gradient": Wrong(TransposedGradient(), "parameter_gradients", "transposed"),
    "weight not transposed": Wrong(NotTransposedWeight(), "input_gradient", "where differences of forward give"),
    "gradients accumulate": Wrong(Accumulates(), "overwrite", "no zero_grad"),
    "bias gradient not summed": Wrong(BiasNotSummed(), "parameter_gradients", "grad.sum(axis=0)"),
    "bias gradient forgotten": Wrong(BiasForgotten(), "parameter_gradients", "never set"),
    "weight gradient averaged": Wrong(AveragedGradients(), "parameter_gradients", "divided by n = 5"),
    "gradient changed": Wrong(GradientReturnedInPlace(), "arrays_kept", "in place"),
    "output_shape wrong": Wrong(WrongOutputShape(), "output_shape", "promises samples of shape (3, 1)"),
    "backward_parameters empty": Wrong(
        ParametersAloneForgotten(), "parameters_alone", "the inherited one calls backward"
    ),
    "slope at the layer's input": Wrong(
        SlopeAtLayerInput(), "input_gradient", "at the layer's input x instead of at z"
    ),
    "slope at the layer's output": Wrong(
        SlopeAtLayerOutput(), "input_gradient", "at the layer's output a instead of at z"
    ),
    "rows mixed": Wrong(RowsMixed(), "rows", "row 0 of a batch"),
    "global randomness": Wrong(GlobalRandomness(), "deterministic", "global random generator"),
    "entropy of its own": Wrong(OwnEntropy(), "deterministic", "layer's own generator"),
    "rounds to float32": Wrong(RoundsToFloat32(), "float32", "rounded to float32"),
    "always float64": Wrong(AlwaysFloat64(), "float32", "promotion"),
    "parameter on the class": Wrong(SharedParameter(), "instances", "parameter lies on the class"),
    "warns": Wrong(WarnsNeedlessly(), "warning_free", "invalid value"),
    "scratch for all": Wrong(ScratchForAll(), "same_in_threads", "8 threads"),
}


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
}


class OptimizerBase(lk.Optimizer):
    """Plain gradient descent, for one method to be overridden."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def update(self, value, grad, scratch, *state):
        np.multiply(grad, self.learning_rate, out=scratch)
        value -= scratch


class Ascends(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value += self.learning_rate * grad


class NotInPlace(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value = value - self.learning_rate * grad  # the mistake


class GradientScaled(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        grad *= self.learning_rate
        value -= grad


class RateKept(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        self._kept = learning_rate

    def update(self, value, grad, scratch, *state):
        value -= self._kept * grad


class DecayWithoutRate(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value *= 0.999
        super().update(value, grad, scratch)


class SignWithoutRate(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        super().update(value, grad, scratch)
        value -= 1e-5 * np.sign(grad)


class DividesByZero(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad / np.sqrt(grad * grad)


class NormOfBlock(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad / (1e-8 + np.sqrt(np.mean(grad**2)))


class CountsUpdates(OptimizerBase):
    calls = 0

    def update(self, value, grad, scratch, *state):
        self.calls += 1
        value -= self.learning_rate / self.calls**0.1 * grad


class StateOnClass(OptimizerBase):
    velocities: dict = {}  # noqa: RUF012  # the mistake

    def update(self, value, grad, scratch, *state):
        velocity = self.velocities.setdefault(value.size, np.zeros_like(value))
        velocity *= 0.9
        velocity += grad.astype(velocity.dtype)
        value -= self.learning_rate * velocity


class RandomStep(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad * np.random.default_rng().uniform(0.9, 1.1)


class TinySteps(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate**4 * grad


class StateOutside(OptimizerBase):
    """Its velocity is found by the address of the parameters, and so not by a copy."""

    def update(self, value, grad, scratch, *state):
        place = value.__array_interface__["data"][0]
        velocity = vars(self).setdefault("_velocities", {}).setdefault(place, np.zeros_like(value))
        velocity *= 0.9
        velocity += grad
        value -= self.learning_rate * velocity


class AnyRate(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, abs(learning_rate))


wrong_optimizers = {
    "ascends": Wrong(Ascends, "descends", "goes up the gradient"),
    "not in place": Wrong(NotInPlace, "in_place", "binds a local name"),
    "gradient scaled": Wrong(GradientScaled, "gradient_kept", "it is 1/100 times what it was"),
    "rate kept from the start": Wrong(RateKept, "learning_rate", "read in __init__ only"),
    "decay of its own": Wrong(DecayWithoutRate, "zero_gradient", "without a weight_decay"),
    "a term without the rate": Wrong(SignWithoutRate, "learning_rate", "with learning_rate=0"),
    "divides by zero": Wrong(DividesByZero, "zero_gradient", "self.epsilon"),
    "norm of a block": Wrong(NormOfBlock, "blocks", "sum or norm of its block"),
    "counts updates as steps": Wrong(CountsUpdates, "blocks", "self.steps"),
    "state on the class": Wrong(StateOnClass, "deterministic", "shared between objects"),
    "random steps": Wrong(RandomStep, "deterministic", "random numbers"),
    "tiny steps": Wrong(TinySteps, "descends", "far too small"),
    "state by address": Wrong(StateOutside, "state", "does not go on where it was"),
    "any rate": Wrong(AnyRate, "refusal", "learning_rate=-1 was accepted"),
}

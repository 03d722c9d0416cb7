"""Activations with a wrong forward or backward, or wrong about themselves."""

import numpy as np
from testing.wrong.base import Wrong, tanh_slope

import layerkit as lk


class TanhBase(lk.Tanh):
    """Tanh, for one method to be overridden."""


class GradNotMultiplied(TanhBase):
    def backward(self, grad, input_grad=True):
        return self.derivative(self.cache) if input_grad else None


class SlopeForgotten(TanhBase):
    def backward(self, grad, input_grad=True):
        return np.array(grad, self.cache.dtype) if input_grad else None


class SlopeAtOutput(TanhBase):
    def forward(self, x, training=True):
        a = self.function(x)
        if training:
            self.cache = a
        return a.copy()


class SlopeAtGrad(TanhBase):
    def backward(self, grad, input_grad=True):
        return grad * self.derivative(grad) + 0 * self.cache if input_grad else None


class FunctionInBackward(TanhBase):
    def backward(self, grad, input_grad=True):
        return grad * self.function(self.cache) if input_grad else None


class MeanOfGradient(TanhBase):
    def backward(self, grad, input_grad=True):
        return grad * self.derivative(self.cache) / max(1, len(grad)) if input_grad else None


class NegativeGradient(TanhBase):
    def backward(self, grad, input_grad=True):
        return -grad * self.derivative(self.cache) if input_grad else None


class CacheOnClass(TanhBase):
    def forward(self, x, training=True):
        if training:
            self.cache = x
            CacheOnClass.last = x
        return self.function(x)

    def backward(self, grad, input_grad=True):
        slope = self.derivative(CacheOnClass.last if self.cache is not None else None)
        return grad * slope if input_grad else None


class RemembersPrediction(TanhBase):
    def forward(self, x, training=True):
        self.cache = x
        return self.function(x)


class WritesWhenPredicting(TanhBase):
    calls = 0

    def forward(self, x, training=True):
        self.last_shape = x.shape
        return super().forward(x, training)


class KeepsFirst(TanhBase):
    def forward(self, x, training=True):
        if training and "cache" not in vars(self):
            self.cache = x
        return self.function(x)


class SameBuffer(TanhBase):
    def forward(self, x, training=True):
        y = super().forward(x, training)
        if training and x.ndim:
            if "buffer" not in vars(self) or self.buffer.shape != x.shape or self.buffer.dtype != x.dtype:
                self.buffer = np.empty_like(x)
            self.buffer[...] = y
            return self.buffer
        return y


class NothingReturned(TanhBase):
    def forward(self, x, training=True):
        super().forward(x, training)


class NoInputGrad(TanhBase):
    def backward(self, grad):
        return super().backward(grad)


class InputGradNotRead(TanhBase):
    def backward(self, grad, input_grad=True):
        return super().backward(grad)


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


class InverseOfGain(TanhBase):
    @property
    def gain(self):
        return 1 / super().gain


class OverriddenForward(TanhBase):
    def forward(self, x, training=True):
        y = super().forward(x, training)
        return y if np.size(x) < 10_000 else np.clip(y, -0.9, 0.9)


wrong_passes = {
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
    "nothing returned": Wrong(NothingReturned, "shape", "not returned"),
    "no input_grad": Wrong(NoInputGrad, "input_grad", "does not take the arguments of the contract"),
    "input_grad not read": Wrong(InputGradNotRead, "input_grad", "return dx if input_grad else None"),
    "no StateError": Wrong(NoStateError, "before_forward", "expected StateError"),
    "gain of zero": Wrong(GainOfZero, "gain", "gain is 0.0"),
    "no name": Wrong(Nameless, "name", 'name = "nameless"'),
    "argument lost": Wrong(ArgumentUnderAnotherName, "config", "self.scale = scale"),
    "argument changed": Wrong(ArgumentChanged, "config", "changed before it is kept"),
    "not to be pickled": Wrong(HoldsLambda, "copies", "lambda"),
    "another forward for large arrays": Wrong(OverriddenForward, "forward", "overridden"),
    "inverse of the gain": Wrong(InverseOfGain, "gain", "1/√E[f(z)²] is 1.59"),
    "gain of a layer below zero": Wrong(
        type("Wrong", (lk.Softmax,), {"gain": -1.0, "__qualname__": "<locals>.Wrong"}), "gain", "gain is -1.0"
    ),
}

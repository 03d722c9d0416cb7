"""Activations with a wrong forward or backward, or wrong about themselves."""

import numpy as np
from testing.wrong.base import Wrong, tanh_slope

import layerkit as lk


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


class InverseOfGain(TanhBase):
    @property
    def gain(self):
        return 1 / super().gain


class OverriddenForward(TanhBase):
    def forward(self, x, training=True, out=None):
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
    "inverse of the gain": Wrong(InverseOfGain, "gain", "1/√E[f(z)²] is 1.59"),
    "gain of a layer below zero": Wrong(
        type("Wrong", (lk.Softmax,), {"gain": -1.0, "__qualname__": "<locals>.Wrong"}), "gain", "gain is -1.0"
    ),
}

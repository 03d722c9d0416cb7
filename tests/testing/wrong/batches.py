"""Layers of tuples, integers, varying sizes and statistics, with a mistake."""

import numpy as np
from testing.wrong.base import Wrong

import layerkit as lk


class Product(lk.Layer):
    """x[0] · x[1], for one method to be overridden."""

    input_shape = ((3,), (3,))

    def output_shape(self, shape):
        return self.check_shape(shape)[0]

    def forward(self, x, training=True):
        self.check_input(x)
        if training:
            self.cache = x
        return x[0] * x[1]

    def backward(self, grad, input_grad=True):
        a, b = self.cache
        return (grad * b, grad * a) if input_grad else None


class OnePartWithoutGradient(Product):
    def backward(self, grad, input_grad=True):
        return (super().backward(grad)[0], None) if input_grad else None


class PartsSwapped(Product):
    def backward(self, grad, input_grad=True):
        return super().backward(grad)[::-1] if input_grad else None


class OneGradientForBoth(Product):
    def backward(self, grad, input_grad=True):
        return sum(super().backward(grad)) if input_grad else None


class OnePartChanged(Product):
    def forward(self, x, training=True):
        x[1][...] *= 2
        return super().forward(x, training)


class EmbeddingBase(lk.Layer):
    """One row of a table for each index, for one method to be overridden."""

    input_dtype = "integer"

    def __init__(self, size=7, features=4):
        self.size, self.features = size, features
        self.table = lk.Parameter((size, features), lk.initializers.Normal())

    def output_shape(self, shape):
        return (*self.check_shape(shape), self.features)

    def sample_input(self, rng, batch, input_shape):
        return rng.integers(0, self.size, (batch, *input_shape))

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return self.table.value[x]

    def backward(self, grad, input_grad=True):
        self.table.grad = 0
        np.add.at(self.table.grad, self.cache, grad)


class InheritedSample(EmbeddingBase):
    sample_input = lk.Layer.sample_input


class GradientForIntegers(EmbeddingBase):
    def backward(self, grad, input_grad=True):
        super().backward(grad)
        return grad.sum(axis=-1) if input_grad else None


class RepeatedIndexCountedOnce(EmbeddingBase):
    def backward(self, grad, input_grad=True):
        self.table.grad = 0
        self.table.grad[self.cache] += grad  # the mistake


class Cut(lk.Layer):
    """All but the first of a sequence, for one method to be overridden."""

    input_shape = (None, 2)

    def output_shape(self, shape):
        length, features = self.check_shape(shape)
        return (None if length is None else length - 1, features)

    def forward(self, x, training=True):
        if training:
            self.cache = x.shape
        return x[:, 1:]

    def backward(self, grad, input_grad=True):
        dx = np.zeros(self.cache, grad.dtype)
        dx[:, 1:] = grad
        return dx if input_grad else None


class LengthMustBeKnown(Cut):
    def output_shape(self, shape):
        length, features = self.check_shape(shape)
        return (length - 1, features)


class LengthAssumed(Cut):
    def output_shape(self, shape):
        return (4, 2) if shape is None else super().output_shape(shape)


class LayersInDict(lk.Layer):
    def __init__(self):
        self.parts = {"only": lk.Dense(3, 3)}

    def forward(self, x, training=True):
        return self.parts["only"].forward(x, training)

    def backward(self, grad, input_grad=True):
        return self.parts["only"].backward(grad, input_grad)


class Centered(lk.Layer):
    """Less the mean over the batch; when predicting, less its running mean."""

    input_shape = (3,)

    def __init__(self):
        self.mean = np.zeros(3, np.float32)

    def forward(self, x, training=True):
        if not training:
            return x - self.mean
        self.cache = x.shape
        mean = x.mean(axis=0)
        self.mean = self.mean + np.asarray(0.1, x.dtype) * (mean - self.mean)
        return x - mean

    def backward(self, grad, input_grad=True):
        return grad.reshape(self.cache) - grad.mean(axis=0) if input_grad else None


class StatisticsHeldConstant(Centered):
    def backward(self, grad, input_grad=True):
        return grad.copy().reshape(self.cache) if input_grad else None


class StatisticsOfPrediction(Centered):
    def forward(self, x, training=True):
        self.mean = self.mean + np.asarray(0.1, x.dtype) * (x.mean(axis=0) - self.mean) * (not training)
        return super().forward(x, training)


class NoiseInPrediction(lk.Layer):
    def __init__(self):
        self.randomness = lk.Randomness()

    def forward(self, x, training=True):
        if training:
            self.cache = x.shape
        return x + self.randomness.rng.random(x.shape, x.dtype)

    def backward(self, grad, input_grad=True):
        return grad.reshape(self.cache) if input_grad else None


wrong_batches = {
    "one part without gradient": Wrong(OnePartWithoutGradient(), "gradient_shape", "None as the gradient of x[1]"),
    "parts swapped": Wrong(PartsSwapped(), "input_gradient", "the gradient of x[0]: backward gives"),
    "one gradient for both": Wrong(
        OneGradientForBoth(), "gradient_shape", "shape (5, 3) for an input of shape ((5, 3)"
    ),
    "one part changed": Wrong(OnePartChanged(), "arrays_kept", "in place"),
    "floats for integers": Wrong(InheritedSample(), "output_shape", "sample_input is the inherited one"),
    "gradient for integers": Wrong(GradientForIntegers(), "gradient_shape", "a gradient for x, which holds int64"),
    "repeated index": Wrong(RepeatedIndexCountedOnce(), "parameter_gradients", "the parameter 'table'"),
    "length must be known": Wrong(LengthMustBeKnown(), "composition", "output_shape(None) raised TypeError"),
    "length assumed": Wrong(LengthAssumed(), "composition", "which does not fit (6, 2)"),
    "statistics held constant": Wrong(StatisticsHeldConstant(), "input_gradient", "handed on as it came"),
    "statistics of prediction": Wrong(StatisticsOfPrediction(), "deterministic", "or prediction does"),
    "noise in prediction": Wrong(NoiseInPrediction(), "deterministic", "from prediction at all"),
}
right_batches = Product(), EmbeddingBase(), Cut(), Centered(), LayersInDict()

"""Right layers that layerkit does not have."""

import numpy as np

import layerkit as lk


class Identity(lk.Layer):
    """Needs nothing of forward, and so cannot tell whether there was one."""

    def forward(self, x, training=True):
        return x

    def backward(self, grad, input_grad=True):
        return grad if input_grad else None


class RefusesNothing(lk.Tanh):
    """Refuses batches of no rows, as a layer may."""

    def forward(self, x, training=True):
        if not len(x):
            raise lk.errors.ShapeError("no rows")
        return super().forward(x, training)


class MaskedSum(lk.Layer):
    """The sum of the positions where a mask is True, of (x, mask)."""

    input_dtype = ("float", "any")
    input_shape = ((None, None), (None,))

    def output_shape(self, shape):
        return self.check_shape(shape)[0][1:]

    def sample_input(self, rng, batch, input_shape):
        return rng.normal(size=(batch, *input_shape[0])), rng.random((batch, *input_shape[1])) < 0.7

    def forward(self, x, training=True):
        x, mask = x
        if training:
            self.cache = mask
        return (x * mask[..., None]).sum(axis=1)

    def backward(self, grad, input_grad=True):
        return (grad[:, None, :] * self.cache[..., None], None) if input_grad else None


class Normalized(lk.Layer):
    """Less mean, by standard deviation: those of the batch, or running ones when predicting."""

    def __init__(self, features=4, momentum=0.1):
        self.features, self.momentum, self.input_shape = features, momentum, (features,)
        self.mean, self.variance = np.zeros(features, np.float32), np.ones(features, np.float32)

    def forward(self, x, training=True):
        if not training:
            return (x - self.mean) / np.sqrt(self.variance)
        mean, variance = x.mean(axis=0), x.var(axis=0)
        self.mean += self.momentum * (mean - self.mean)
        self.variance += self.momentum * (variance * (len(x) / (len(x) - 1)) - self.variance)
        self.cache = (x - mean) / np.sqrt(variance), np.sqrt(variance)
        return self.cache[0].copy()

    def backward(self, grad, input_grad=True):
        y, deviation = self.cache
        return (grad - grad.mean(axis=0) - y * (grad * y).mean(axis=0)) / deviation if input_grad else None

"""Right activations that layerkit does not have, to be accepted."""

import math

import numpy as np

import layerkit as lk


class ExactGELU(lk.Activation):
    """z Φ(z), by erfc, which keeps its digits where 1 + erf has none."""

    name = "exact_gelu"

    def function(self, z):
        return (z * _normal_distribution(z)).astype(z.dtype)

    def derivative(self, z):
        x = np.clip(z, -60, 60).astype(np.float64)
        density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        return (_normal_distribution(z) + x * density).astype(z.dtype)


def _normal_distribution(z):
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    return erfc(np.asarray(z, np.float64) / -math.sqrt(2)) / 2


class TanhGELU(lk.Activation):
    """z σ(2u) with u = √(2/π) (z + 0.044715 z³): half of 1 + tanh(u) is σ(2u)."""

    name = "tanh_gelu"

    def function(self, z):
        return (z * self._gate(z)[0]).astype(z.dtype)

    def derivative(self, z):
        gate, slope, x = self._gate(z)
        return (gate + x * slope).astype(z.dtype)

    @staticmethod
    def _gate(z):
        x = np.clip(z, -60, 60).astype(np.float64)
        u = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
        e = np.exp(-2 * np.abs(u))
        return np.where(u > 0, 1, e) / (1 + e), 2 * inner * e / (1 + e) ** 2, x


class Snake(lk.Activation):
    """z + sin²(a z)/a, as the design of the protocol writes it."""

    name = "snake"

    def __init__(self, a=1.0):
        self.a = a

    def function(self, z):
        return z + np.sin(self.a * z) ** 2 / self.a

    def derivative(self, z):
        return 1 + np.sin(2 * self.a * z)


class HardSwish(lk.Activation):
    """Two kinks, and terms that cancel between them."""

    name = "hard_swish"
    kinks = (-3.0, 3.0)

    def function(self, z):
        return z * np.clip(z / 6 + 0.5, 0, 1)

    def derivative(self, z):
        inside = (np.clip(z, -3, 3) + 1.5) / 3
        return np.where(z < -3, 0 * inside, np.where(z > 3, 0 * inside + 1, inside))


class Hardshrink(lk.Activation):
    """Jumps that are declared."""

    name = "hardshrink"
    kinks = (-0.5, 0.5)

    def function(self, z):
        return np.where(np.abs(z) <= 0.5, 0 * z, z)

    def derivative(self, z):
        return (np.abs(z) > 0.5).astype(z.dtype)


class PReLU(lk.Layer):
    """max(z, 0) + s min(z, 0), one slope s for each feature."""

    name = "prelu"
    kinks = (0.0,)

    def __init__(self, features=3):
        self.features = features
        self.input_shape = (features,)
        self.slope = lk.Parameter("slope", np.full(features, 0.25, np.float32))

    def parameters(self):
        return (self.slope,)

    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return np.maximum(x, 0) + self.slope.value * np.minimum(x, 0)

    def backward(self, grad, out=None):
        x = self.cache
        self.slope.grad = np.sum(grad * np.minimum(x, 0), axis=0)
        return grad * np.where(x > 0, x.dtype.type(1), self.slope.value)


class RMSProp(lk.Optimizer):
    """Steps divided by a running mean of the gradient's size."""

    state_names = ("square",)

    def __init__(self, model, learning_rate=0.01, decay=0.9, epsilon=1e-8):
        super().__init__(model, learning_rate)
        self.decay, self.epsilon = decay, epsilon

    def update(self, value, grad, scratch, square):
        square *= self.decay
        square += (1 - self.decay) * grad**2
        np.divide(grad, np.sqrt(square) + self.epsilon, out=scratch)
        scratch *= self.learning_rate
        value -= scratch


class Momentum(lk.Optimizer):
    """Momentum with the learning rate in the velocity: one at 0 stops it only from the start."""

    state_names = ("velocity",)

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def update(self, value, grad, scratch, velocity):
        velocity *= 0.9
        velocity -= self.learning_rate * grad
        value += velocity


class WholeNorm(lk.Optimizer):
    """Steps divided by the norm of the whole gradient: a `step` of its own, because blocks do not know it."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def update(self, value, grad, scratch):
        value -= self.learning_rate * self.scale * grad

    def step(self):
        self.scale = 1 / (1 + np.linalg.norm(self.model.gradient_vector))
        super().step()


class LogCosh(lk.Loss):
    """The mean or sum of ln cosh(a - y)."""

    def forward(self, prediction, target):
        target = self.as_target(target, prediction.shape, prediction.dtype)
        self.cache = difference = prediction - target
        size = np.abs(difference)
        costs = size + np.log1p(np.exp(-2 * size)) - math.log(2)
        return float(costs.sum()) * self._weight()

    def backward(self):
        return np.tanh(self.cache) * self._weight()

    def _weight(self):
        return 1 / self.cache.size if self.reduction == "mean" else 1.0


class MeanLogCosh(LogCosh):
    """The mean, and nothing else."""

    def __init__(self):
        super().__init__("mean")

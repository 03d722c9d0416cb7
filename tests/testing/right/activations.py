"""Right activations that layerkit does not have."""

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


class Clipped(lk.Activation):
    """Written as in a textbook: constants make function and slope float64, which forward and backward cast."""

    name = "clipped"
    kinks = (-1.0, 1.0)

    def function(self, z):
        return np.clip(z, -1, 1) * np.float64(2)

    def derivative(self, z):
        return np.where(np.abs(z) < 1, 2.0, 0.0)


class KeepsItsOutput(lk.Tanh):
    """Tanh that goes back from its output, which it hands out as well."""

    def forward(self, x, training=True):
        a = np.tanh(x)
        if training:
            self.cache = a
        return a

    def backward(self, grad, input_grad=True):
        return grad * (1 - self.cache**2) if input_grad else None


class PReLU(lk.Layer):
    """max(z, 0) + s min(z, 0), one slope s for each feature."""

    name = "prelu"
    kinks = (0.0,)

    def __init__(self, features=3):
        self.features = features
        self.input_shape = (features,)
        self.slope = lk.Parameter((features,), lk.initializers.Constant(0.25))

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return np.maximum(x, 0) + self.slope.value * np.minimum(x, 0)

    def backward(self, grad, input_grad=True):
        x = self.cache
        self.slope.grad = np.sum(grad * np.minimum(x, 0), axis=0)
        return grad * np.where(x > 0, x.dtype.type(1), self.slope.value) if input_grad else None


class ScaledTanh(lk.LearnedActivation):
    """s tanh(z), with s learned."""

    name = "scaled_tanh"

    def __init__(self, features=None):
        super().__init__(features)
        self.scale = self.learned(1.5)

    def function(self, z, scale):
        return scale * np.tanh(z)

    def derivative(self, z, scale):
        e = np.exp(-2 * np.abs(z))
        return scale * 4 * e / (1 + e) ** 2

    def parameter_derivatives(self, z, scale):
        return {"scale": np.tanh(z)}

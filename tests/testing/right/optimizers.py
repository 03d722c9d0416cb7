"""Right optimizers that layerkit does not have."""

import numpy as np

import layerkit as lk


class RMSProp(lk.Optimizer):
    """Steps divided by a running mean of the gradient's size."""

    def __init__(self, model, learning_rate=0.01, decay=0.9, epsilon=1e-8):
        super().__init__(model, learning_rate)
        self.decay, self.epsilon = decay, epsilon
        self.square = np.zeros_like(model.parameter_vector)

    def step(self):
        for theta, g, square in self.spans(self.square):
            square *= self.decay
            square += (1 - self.decay) * g**2
            theta -= self.learning_rate * g / (np.sqrt(square) + self.epsilon)


class Momentum(lk.Optimizer):
    """Momentum with the learning rate in the velocity: one at 0 stops it only from the start."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        self.velocity = np.zeros_like(model.parameter_vector)

    def step(self):
        self.velocity *= 0.9
        self.velocity -= self.learning_rate * self.model.gradient_vector
        self.model.parameter_vector[:] += self.velocity


class WholeNorm(lk.Optimizer):
    """Steps divided by the norm of the whole gradient, which a span does not know."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def step(self):
        rate = self.learning_rate / (1 + np.linalg.norm(self.model.gradient_vector))
        for theta, g in self.spans():
            theta -= rate * g


class ClipsByNorm(lk.SGD):
    """Gradient descent that first scales a gradient of too large a norm down, in place."""

    def __init__(self, model, learning_rate=0.01, limit=1.0):
        super().__init__(model, learning_rate)
        self.limit = limit

    def step(self):
        g = self.model.gradient_vector
        g *= min(1, self.limit / max(1e-12, np.linalg.norm(g)))
        super().step()


class ClipsByValue(lk.Adam):
    """Adam that first cuts off what is large in the gradient, in place."""

    def __init__(self, model, learning_rate=0.01, limit=0.5):
        super().__init__(model, learning_rate)
        self.limit = limit

    def step(self):
        g = self.model.gradient_vector
        np.clip(g, -self.limit, self.limit, out=g)
        super().step()


class Warmup(lk.Optimizer):
    """A rate that grows with a count, named in `runtime`."""

    runtime = ("learning_rate", "count")

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        self.count = 0

    def step(self):
        self.count += 1
        self.model.parameter_vector[:] -= self.learning_rate * min(1, self.count / 3) * self.model.gradient_vector

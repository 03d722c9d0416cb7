"""The equations of a step in plain NumPy, as a tutorial would write them down."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from harness.cases import Array, Arrays, Case
from harness.peers import Feed


class Plain:
    """A network as two lists of arrays."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        self.case = case
        self.weights = [W.copy() for W in arrays.weights[::2]]
        self.biases = [b.copy() for b in arrays.weights[1::2]]
        self.learning_rate = case.learning_rate
        self.feed = Feed(list(zip(arrays.X, arrays.Y, strict=True)))
        gelu = case.activation == "gelu"
        self.function, self.derivative = (_gelu, _gelu_derivative) if gelu else (_relu, _relu_derivative)
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in self.weights + self.biases]
        self.steps = 0

    def forward(self, X: Array) -> list[tuple[Array, Array]]:
        """Return z and a of every layer."""
        cache, a = [], X
        for i, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = np.dot(a, W) + b
            a = self.function(z) if i < len(self.weights) - 1 else z
            cache.append((z, a))
        return cache

    def backward(self, X: Array, y: Array, cache: list[tuple[Array, Array]]) -> tuple[float, list[Any], list[Any]]:
        """Return the loss, and its gradient for weights and biases."""
        dw: list[Any] = [None] * len(self.weights)
        db: list[Any] = [None] * len(self.biases)
        loss, error = self.loss(cache[-1][1], y)
        for i in reversed(range(len(self.weights))):
            if i < len(self.weights) - 1:
                error = error * self.derivative(cache[i][0])
            previous = X if i == 0 else cache[i - 1][1]
            dw[i] = np.dot(previous.T, error)
            db[i] = np.sum(error, axis=0)
            if i > 0:
                error = np.dot(error, self.weights[i].T)
        return loss, dw, db

    def loss(self, a: Array, y: Array) -> tuple[float, Array]:
        """Return the loss and its gradient."""
        if self.case.loss == "mse":
            return float(np.mean((a - y) ** 2)), 2 * (a - y) / np.float32(a.size)
        rows = np.arange(len(a))
        p = np.exp(a - np.max(a, axis=1, keepdims=True))
        p = p / np.sum(p, axis=1, keepdims=True)
        loss = float(-np.mean(np.log(p[rows, y])))
        p[rows, y] -= 1
        return loss, p / np.float32(len(a))

    def update_parameters(self, dw: list[Array], db: list[Array]) -> None:
        """Take a step."""
        if self.case.optimizer == "sgd":
            for i in range(len(self.weights)):
                self.weights[i] -= self.learning_rate * dw[i]
                self.biases[i] -= self.learning_rate * db[i]
            return
        self.steps += 1
        for p, g, (m, v) in zip(self.weights + self.biases, dw + db, self.moments, strict=True):
            m[...] = 0.9 * m + (1 - 0.9) * g
            v[...] = 0.999 * v + (1 - 0.999) * g**2
            p -= self.learning_rate * (m / (1 - 0.9**self.steps)) / (np.sqrt(v / (1 - 0.999**self.steps)) + 1e-8)

    def run(self, steps: int) -> None:
        """Take `steps` steps."""
        for X, y in self.feed.next(steps):
            _, dw, db = self.backward(X, y, self.forward(X))
            self.update_parameters(dw, db)

    def result(self) -> list[Array]:
        """Return W and b of every layer."""
        return [p for pair in zip(self.weights, self.biases, strict=True) for p in pair]


def _relu(z: Array) -> Array:
    return np.maximum(0, z)


def _relu_derivative(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


def _gelu(z: Array) -> Array:
    result: Array = z * ndtr(z)
    return result


def _gelu_derivative(z: Array) -> Array:
    result: Array = ndtr(z) + z * np.exp(-(z**2) / 2) / np.float32((2 * np.pi) ** 0.5)
    return result

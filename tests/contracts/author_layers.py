"""Small layers as an author outside of layerkit would write them: with public names only."""

from __future__ import annotations

import numpy as np

import layerkit as lk


class Identity(lk.Layer):
    """y = x, whatever x is."""

    input_dtype = "any"

    def forward(self, x, training=True):
        return x

    def backward(self, grad, input_grad=True):
        return grad if input_grad else None


class Embedding(lk.Layer):
    """Row i of a table for the integer i: y = T[i], dT[i] = Σ δ over all places where i is."""

    input_dtype = "integer"

    def __init__(self, size, features):
        self.size, self.features = size, features
        self.table = lk.Parameter((size, features), lk.initializers.Normal(1.0), fan_in=1)

    def output_shape(self, shape):
        return (*self.check_shape(shape), self.features)

    def sample_input(self, rng, batch, input_shape):
        return rng.integers(0, self.size, (batch, *input_shape))

    def forward(self, x, training=True):
        self.check_input(x)
        if training:
            self.cache = x
        return self.table.value[x]

    def backward(self, grad, input_grad=True):
        self.table.grad = 0
        np.add.at(self.table.grad, self.cache, grad)


class Conv1D(lk.Layer):
    """Convolution along the length: y_t = Σ_k x_{t+k} W_k + b, without padding."""

    def __init__(self, width, in_channels, out_channels):
        self.width, self.in_channels, self.out_channels = width, in_channels, out_channels
        self.weight = lk.Parameter((width, in_channels, out_channels), lk.initializers.He())
        self.bias = lk.Parameter((out_channels,))
        self.input_shape = (None, in_channels)

    def output_shape(self, shape):
        length, _ = self.check_shape(shape)
        return (None if length is None else length - self.width + 1, self.out_channels)

    def forward(self, x, training=True):
        self.check_input(x)
        if training:
            self.cache = x
        length = x.shape[1] - self.width + 1
        return sum(x[:, k : k + length] @ self.weight.value[k] for k in range(self.width)) + self.bias.value

    def backward(self, grad, input_grad=True):
        x, length = self.cache, grad.shape[1]
        delta, dx = grad.reshape(-1, self.out_channels), np.zeros_like(x)
        for k in range(self.width):
            self.weight.grad[k] = x[:, k : k + length].reshape(-1, self.in_channels).T @ delta
            dx[:, k : k + length] += grad @ self.weight.value[k].T
        self.bias.grad = delta.sum(axis=0)
        return dx if input_grad else None


class Attention(lk.Layer):
    """Self-attention of one head on (x, mask); mask (batch, length) is True where there is something."""

    input_dtype = ("float", "any")

    def __init__(self, features):
        self.features, self.input_shape = features, ((None, features), (None,))
        square = (features, features)
        self.query, self.key, self.value, self.output = (
            lk.Parameter(square, lk.initializers.LeCun()) for _ in range(4)
        )

    def output_shape(self, shape):
        return self.check_shape(shape)[0]

    def sample_input(self, rng, batch, input_shape):
        (length, features), _ = input_shape
        mask = np.arange(length) < rng.integers(1, length + 1, batch)[:, None]
        return rng.normal(size=(batch, length, features)).astype(self.dtype), mask

    def forward(self, x, training=True):
        self.check_input(x)
        x, mask = x
        q, k, v = x @ self.query.value, x @ self.key.value, x @ self.value.value
        scores = np.where(mask[:, None, :], q @ k.swapaxes(1, 2) * self.features**-0.5, -1e9)
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p = e / e.sum(axis=-1, keepdims=True)
        c = p @ v
        if training:
            self.cache = x, q, k, v, p, c
        return c @ self.output.value

    def backward(self, grad, input_grad=True):
        x, q, k, v, p, c = self.cache

        def flat(a):
            return a.reshape(-1, self.features)

        self.output.grad = flat(c).T @ flat(grad)
        dc = grad @ self.output.value.T
        dp, dv = dc @ v.swapaxes(1, 2), p.swapaxes(1, 2) @ dc
        ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) * self.features**-0.5
        dq, dk = ds @ k, ds.swapaxes(1, 2) @ q
        for parameter, d in ((self.query, dq), (self.key, dk), (self.value, dv)):
            parameter.grad = flat(x).T @ flat(d)
        if not input_grad:
            return None
        return dq @ self.query.value.T + dk @ self.key.value.T + dv @ self.value.value.T, None


class Block(lk.Layer):
    """(x, mask) to (y, mask): attention and a feed-forward network, each added to its input. A layer of layers."""

    input_dtype = ("float", "any")

    def __init__(self, features):
        self.features, self.input_shape = features, ((None, features), (None,))
        self.attention = Attention(features)
        self.feed = lk.Sequential(lk.Dense(features, 2 * features), lk.Tanh(), lk.Dense(2 * features, features))

    def sample_input(self, rng, batch, input_shape):
        return self.attention.sample_input(rng, batch, input_shape)

    def forward(self, x, training=True):
        x, mask = x
        x = x + self.attention.forward((x, mask), training)
        return x + self.feed.forward(x, training), mask

    def backward(self, grad, input_grad=True):
        grad, _ = grad
        grad = grad + self.feed.backward(grad)
        through = self.attention.backward(grad, input_grad)
        return (grad + through[0], None) if input_grad else None


class MaskedMean(lk.Layer):
    """The mean over the places where the mask is True."""

    input_dtype = ("float", "any")
    input_shape = ((None, None), (None,))

    def output_shape(self, shape):
        return self.check_shape(shape)[0][1:]

    def sample_input(self, rng, batch, input_shape):
        (length, features), _ = input_shape
        mask = np.arange(length) < rng.integers(1, length + 1, batch)[:, None]
        return rng.normal(size=(batch, length, features)).astype(self.dtype), mask

    def forward(self, x, training=True):
        self.check_input(x)
        x, mask = x
        m = mask[..., None].astype(x.dtype)
        w = m / m.sum(axis=1, keepdims=True)
        if training:
            self.cache = w
        return (x * w).sum(axis=1)

    def backward(self, grad, input_grad=True):
        return (grad[:, None, :] * self.cache, None) if input_grad else None


class Recurrent(lk.Layer):
    """h_t = tanh(x_t W + h_{t-1} U + b); the last h, over any length."""

    def __init__(self, in_features, out_features):
        self.in_features, self.out_features, self.input_shape = in_features, out_features, (None, in_features)
        self.w = lk.Parameter((in_features, out_features), lk.initializers.LeCun())
        self.u = lk.Parameter((out_features, out_features), lk.initializers.Orthogonal())
        self.b = lk.Parameter((out_features,))

    def output_shape(self, shape):
        self.check_shape(shape)
        return (self.out_features,)

    def forward(self, x, training=True):
        self.check_input(x)
        h = [np.zeros((len(x), self.out_features), x.dtype)]
        z = x @ self.w.value + self.b.value
        for t in range(x.shape[1]):
            h.append(np.tanh(z[:, t] + h[-1] @ self.u.value))
        if training:
            self.cache = x, h
        return h[-1]

    def backward(self, grad, input_grad=True):
        x, h = self.cache
        self.u.grad = 0
        dz, dh = np.empty((*x.shape[:2], self.out_features), x.dtype), grad
        for t in reversed(range(x.shape[1])):
            dz[:, t] = dh * (1 - h[t + 1] ** 2)
            self.u.grad += h[t].T @ dz[:, t]
            dh = dz[:, t] @ self.u.value.T
        self.w.grad = x.reshape(-1, self.in_features).T @ dz.reshape(-1, self.out_features)
        self.b.grad = dz.sum(axis=(0, 1))
        return dz @ self.w.value.T if input_grad else None


class BatchNorm(lk.Layer):
    """(x - mean) / √(variance + ε) · γ + β over the batch, with running statistics for prediction."""

    def __init__(self, features, momentum=0.1, epsilon=1e-5):
        self.features, self.momentum, self.epsilon, self.input_shape = features, momentum, epsilon, (features,)
        self.gamma = lk.Parameter((features,), lk.initializers.Constant(1.0))
        self.beta = lk.Parameter((features,))
        self.mean, self.variance = np.zeros(features, np.float32), np.ones(features, np.float32)

    def forward(self, x, training=True):
        self.check_input(x)
        if not training:
            n = (x - self.mean) / np.sqrt(self.variance + self.epsilon)
            return n * self.gamma.value + self.beta.value
        mean = x.mean(axis=0)
        variance = ((x - mean) ** 2).mean(axis=0)
        self.mean += self.momentum * (mean - self.mean)
        self.variance += self.momentum * (variance * (len(x) / (len(x) - 1)) - self.variance)
        r = 1 / np.sqrt(variance + self.epsilon)
        n = (x - mean) * r
        self.cache = n, r
        return n * self.gamma.value + self.beta.value

    def backward(self, grad, input_grad=True):
        n, r = self.cache
        self.gamma.grad, self.beta.grad = (grad * n).sum(axis=0), grad.sum(axis=0)
        g = grad * self.gamma.value
        return (g - g.mean(axis=0) - n * (g * n).mean(axis=0)) * r if input_grad else None


CLASSES = (Identity, Embedding, Conv1D, Attention, Block, MaskedMean, Recurrent, BatchNorm)

"""Activations alone: layerkit's layers, and the kernels that PyTorch computes the same with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.cases import Array
from harness.worker import UnsupportedError

_SELU = (1.6732632423543772, 1.0507009873554805, 1.0)

# PyTorch's kernels, each returning an array of its own, as layerkit's layers do: forward from z, backward from the
# gradient, z and the output y.
KERNELS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "relu": (
        lambda aten, z: aten.relu(z),
        lambda aten, g, z, y: aten.threshold_backward(g, y, 0),
    ),
    "leaky_relu": (
        lambda aten, z: aten.leaky_relu(z, 0.01),
        lambda aten, g, z, y: aten.leaky_relu_backward(g, z, 0.01, False),
    ),
    "elu": (
        lambda aten, z: aten.elu(z),
        lambda aten, g, z, y: aten.elu_backward(g, 1.0, 1.0, 1.0, False, z),
    ),
    "selu": (
        lambda aten, z: aten.elu(z, *_SELU),
        lambda aten, g, z, y: aten.elu_backward(g, *_SELU, False, z),
    ),
    "sigmoid": (
        lambda aten, z: aten.sigmoid(z),
        lambda aten, g, z, y: aten.sigmoid_backward(g, y),
    ),
    "tanh": (
        lambda aten, z: aten.tanh(z),
        lambda aten, g, z, y: aten.tanh_backward(g, y),
    ),
    "softplus": (
        lambda aten, z: aten.softplus(z),
        lambda aten, g, z, y: aten.softplus_backward(g, z, 1.0, 20.0),
    ),
    "silu": (
        lambda aten, z: aten.silu(z),
        lambda aten, g, z, y: aten.silu_backward(g, z),
    ),
    "mish": (
        lambda aten, z: aten.mish(z),
        lambda aten, g, z, y: aten.mish_backward(g, z),
    ),
    "gelu": (
        lambda aten, z: aten.gelu(z),
        lambda aten, g, z, y: aten.gelu_backward(g, z),
    ),
    "gelu_tanh": (
        lambda aten, z: aten.gelu(z, approximate="tanh"),
        lambda aten, g, z, y: aten.gelu_backward(g, z, approximate="tanh"),
    ),
    "softmax": (
        lambda aten, z: aten._softmax(z, -1, False),
        lambda aten, g, z, y: aten._softmax_backward_data(g, y, -1, z.dtype),
    ),
}


def sample(name: str, size: int) -> tuple[Array, Array]:
    """Return inputs and incoming gradients; rows of ten where an activation works on rows."""
    rng = np.random.default_rng(0)
    shape = (size // 10, 10) if name == "softmax" else (size,)
    return 2 * rng.standard_normal(shape, np.float32), rng.standard_normal(shape, np.float32)


class _Elements:
    """A function without arguments, repeated."""

    call: Callable[[], Any]

    def run(self, steps: int) -> None:
        call = self.call
        for _ in range(steps):
            call()

    def result(self) -> list[Array]:
        return [np.asarray(self.call())]


class Layerkit(_Elements):
    """A layer of layerkit."""

    def prepare(self, name: str, backward: bool, size: int) -> None:
        """Make ready one pass of one activation."""
        import layerkit as lk  # each of the two only in its own process

        layer, (z, grad) = lk.activation(name), sample(name, size)
        layer.forward(z)
        self.call = (lambda: layer.backward(grad)) if backward else (lambda: layer.forward(z))


class Torch(_Elements):
    """A kernel of PyTorch, without autograd around it."""

    def prepare(self, name: str, backward: bool, size: int) -> None:
        """Make ready one pass of one activation."""
        import torch

        if name not in KERNELS:
            raise UnsupportedError(f"PyTorch has no kernel for {name}")
        torch.set_num_threads(1)
        forward, back = KERNELS[name]
        z, grad = map(torch.from_numpy, sample(name, size))
        aten = torch.ops.aten
        y = forward(aten, z)
        self.call = (lambda: back(aten, grad, z, y)) if backward else (lambda: forward(aten, z))

"""Activations alone: layerkit's layers, and the kernels that PyTorch computes the same with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.cases import Array
from harness.worker import UnsupportedError

_SELU = (1.6732632423543772, 1.0507009873554805, 1.0)

# PyTorch's kernels, writing into memory that is there, as layerkit's layers do: forward from z, backward from the
# gradient, z and the output y. That of mish is the only one that makes memory of its own.
KERNELS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "relu": (
        lambda aten, z, out: aten.clamp_min.out(z, 0, out=out),
        lambda aten, g, z, y, out: aten.threshold_backward.grad_input(g, y, 0, grad_input=out),
    ),
    "leaky_relu": (
        lambda aten, z, out: aten.leaky_relu.out(z, 0.01, out=out),
        lambda aten, g, z, y, out: aten.leaky_relu_backward.grad_input(g, z, 0.01, False, grad_input=out),
    ),
    "elu": (
        lambda aten, z, out: aten.elu.out(z, out=out),
        lambda aten, g, z, y, out: aten.elu_backward.grad_input(g, 1.0, 1.0, 1.0, False, z, grad_input=out),
    ),
    "selu": (
        lambda aten, z, out: aten.elu.out(z, *_SELU, out=out),
        lambda aten, g, z, y, out: aten.elu_backward.grad_input(g, *_SELU, False, z, grad_input=out),
    ),
    "sigmoid": (
        lambda aten, z, out: aten.sigmoid.out(z, out=out),
        lambda aten, g, z, y, out: aten.sigmoid_backward.grad_input(g, y, grad_input=out),
    ),
    "tanh": (
        lambda aten, z, out: aten.tanh.out(z, out=out),
        lambda aten, g, z, y, out: aten.tanh_backward.grad_input(g, y, grad_input=out),
    ),
    "softplus": (
        lambda aten, z, out: aten.softplus.out(z, out=out),
        lambda aten, g, z, y, out: aten.softplus_backward.grad_input(g, z, 1.0, 20.0, grad_input=out),
    ),
    "silu": (
        lambda aten, z, out: aten.silu.out(z, out=out),
        lambda aten, g, z, y, out: aten.silu_backward.grad_input(g, z, grad_input=out),
    ),
    "mish": (
        lambda aten, z, out: aten.mish.out(z, out=out),
        lambda aten, g, z, y, out: aten.mish_backward(g, z),
    ),
    "gelu": (
        lambda aten, z, out: aten.gelu.out(z, out=out),
        lambda aten, g, z, y, out: aten.gelu_backward.grad_input(g, z, grad_input=out),
    ),
    "gelu_tanh": (
        lambda aten, z, out: aten.gelu.out(z, approximate="tanh", out=out),
        lambda aten, g, z, y, out: aten.gelu_backward.grad_input(g, z, approximate="tanh", grad_input=out),
    ),
    "softmax": (
        lambda aten, z, out: aten._softmax.out(z, -1, False, out=out),
        lambda aten, g, z, y, out: aten._softmax_backward_data.out(g, y, -1, z.dtype, grad_input=out),
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
    """A layer of layerkit, with `out` offered."""

    def prepare(self, name: str, backward: bool, size: int) -> None:
        """Make ready one pass of one activation."""
        import layerkit as lk  # each of the two only in its own process

        layer, (z, grad) = lk.activation(name), sample(name, size)
        out = np.empty_like(z)
        layer.forward(z)
        self.call = (lambda: layer.backward(grad, out)) if backward else (lambda: layer.forward(z, True, out))


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
        aten, y, out = torch.ops.aten, torch.empty_like(z), torch.empty_like(z)
        forward(aten, z, y)
        self.call = (lambda: back(aten, grad, z, y, out)) if backward else (lambda: forward(aten, z, out))

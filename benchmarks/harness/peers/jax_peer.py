"""JAX: one compiled call a step, and one a whole epoch. The arrays are on the device; only the end is waited for."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from harness.cases import Array, Arrays, Case
from harness.peers import Feed


class _Training:
    def __init__(self, case: Case, arrays: Arrays) -> None:
        self.case = case
        parameters = [jnp.asarray(p) for p in arrays.weights]
        moments = [[jnp.zeros_like(p) for p in parameters] for _ in range(2 if case.optimizer == "adam" else 0)]
        self.state: Any = (parameters, moments, jnp.zeros((), jnp.int32))
        self.X, self.Y = jnp.asarray(arrays.X), jnp.asarray(arrays.Y.astype(np.int32) if _classes(case) else arrays.Y)

    def result(self) -> list[Array]:
        return [np.asarray(p) for p in self.state[0]]


class Step(_Training):
    """One compiled call a step."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(case, arrays)
        self.step = jax.jit(partial(_step, case), donate_argnums=0)
        self.feed = Feed(list(zip(self.X, self.Y, strict=True)))

    def run(self, steps: int) -> None:
        """Take `steps` steps."""
        state = self.state
        for x, y in self.feed.next(steps):
            state, _ = self.step(state, (x, y))
        self.state = jax.block_until_ready(state)


class Epoch(_Training):
    """One compiled call an epoch."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(case, arrays)
        self.epoch = jax.jit(lambda state, X, Y: jax.lax.scan(partial(_step, case), state, (X, Y)), donate_argnums=0)

    def run(self, steps: int) -> None:
        """Take `steps` steps, from the first batch on."""
        while steps > 0:
            count = min(steps, len(self.X))
            X, Y = (self.X, self.Y) if count == len(self.X) else (self.X[:count], self.Y[:count])
            self.state, _ = self.epoch(self.state, X, Y)
            steps -= count
        jax.block_until_ready(self.state)


def _classes(case: Case) -> bool:
    return case.loss == "cross-entropy"


def _loss(case: Case, parameters: list[Any], x: Any, y: Any) -> Any:
    for i in range(0, len(parameters), 2):
        x = x @ parameters[i] + parameters[i + 1]
        if i < len(parameters) - 2:
            x = jax.nn.gelu(x, approximate=False) if case.activation == "gelu" else jax.nn.relu(x)
    if _classes(case):
        return -jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1).mean()
    return ((x - y) ** 2).mean()


def _step(case: Case, state: Any, batch: tuple[Any, Any]) -> tuple[Any, Any]:
    parameters, moments, count = state
    loss, grads = jax.value_and_grad(partial(_loss, case))(parameters, *batch)
    count = count + 1
    rate = case.learning_rate
    if case.optimizer == "sgd":
        return ([p - rate * g for p, g in zip(parameters, grads, strict=True)], moments, count), loss
    first = [0.9 * m + (1 - 0.9) * g for m, g in zip(moments[0], grads, strict=True)]
    second = [0.999 * v + (1 - 0.999) * g * g for v, g in zip(moments[1], grads, strict=True)]
    one, two = 1 - 0.9**count, 1 - 0.999**count
    parameters = [
        p - rate * (m / one) / (jnp.sqrt(v / two) + 1e-8) for p, m, v in zip(parameters, first, second, strict=True)
    ]
    return (parameters, [first, second], count), loss

"""PyTorch: the usual loop, eager and compiled. The loss stays a tensor: nothing waits for its number."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch

from harness.cases import Array, Arrays, Case
from harness.peers import Feed


def network(case: Case, weights: list[Array]) -> torch.nn.Sequential:
    """Return Linear layers with an activation between each two."""
    layers: list[torch.nn.Module] = []
    for i, (n_in, n_out) in enumerate(pairwise(case.widths)):
        linear = torch.nn.Linear(n_in, n_out)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights[2 * i].T))
            linear.bias.copy_(torch.from_numpy(weights[2 * i + 1]))
        layers += [linear, torch.nn.GELU() if case.activation == "gelu" else torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class Eager:
    """Operation by operation."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        self.model = network(case, arrays.weights)
        criterion = torch.nn.MSELoss() if case.loss == "mse" else torch.nn.CrossEntropyLoss()
        rule = torch.optim.SGD if case.optimizer == "sgd" else torch.optim.Adam
        self.optimizer = rule(self.model.parameters(), lr=case.learning_rate)
        self.feed = Feed(list(zip(torch.from_numpy(arrays.X), torch.from_numpy(arrays.Y), strict=True)))

        # Any: the types of PyTorch leave `backward` out
        self.loss: Callable[[torch.Tensor, torch.Tensor], Any] = lambda x, y: criterion(self.model(x), y)
        self.update: Callable[[], object] = self.optimizer.step

    def run(self, steps: int) -> None:
        """Take `steps` steps."""
        for x, y in self.feed.next(steps):
            self.optimizer.zero_grad()
            self.loss(x, y).backward()
            self.update()

    def result(self) -> list[Array]:
        """Return W and b of every layer."""
        return [p.detach().numpy().T.copy() for p in self.model.parameters()]


class Compiled(Eager):
    """Forward and backward pass in one compiled graph, the update in another."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(case, arrays)
        logging.getLogger("torch").setLevel(logging.ERROR)  # it reports every profiler mark that it leaves out
        self.loss = torch.compile(self.loss)
        self.update = torch.compile(self.optimizer.step)


class Prediction:
    """The eager network in inference mode, all rows in one call."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        self.model = network(case, arrays.weights).eval()
        (self.X,) = torch.from_numpy(arrays.X)

    def run(self, steps: int) -> None:
        """Predict `steps` times."""
        with torch.inference_mode():
            for _ in range(steps):
                self.model(self.X)

    def result(self) -> list[Array]:
        """Return the prediction."""
        with torch.inference_mode():
            return [self.model(self.X).numpy().copy()]

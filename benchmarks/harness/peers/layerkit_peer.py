"""layerkit: the public loop, on prepared batches, on `lk.batches`, and within `Trainer.fit`."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

import layerkit as lk
from harness.cases import Array, Arrays, Case
from harness.peers import Feed
from harness.worker import UnsupportedError


def network(widths: tuple[int, ...], activation: str, weights: list[Array]) -> lk.Sequential:
    """Return Dense layers with an activation between each two."""
    layers: list[lk.Layer] = []
    for n_in, n_out in pairwise(widths):
        try:
            layers += [lk.Dense(n_in, n_out), lk.activation(activation)]
        except lk.errors.UnknownActivationError as error:
            raise UnsupportedError(str(error)) from None
    model = lk.Sequential(*layers[:-1])
    for parameter, value in zip(model.parameters(), weights, strict=True):
        parameter.value = value
    return model


class _Training:
    def __init__(self, case: Case, arrays: Arrays) -> None:
        self.case, self.arrays = case, arrays
        self.model = network(case.widths, case.activation, arrays.weights)
        self.loss: lk.Loss = lk.MSELoss() if case.loss == "mse" else lk.CrossEntropyLoss()
        make = lk.SGD if case.optimizer == "sgd" else lk.Adam
        self.optimizer = make(self.model, learning_rate=case.learning_rate)
        self.X = arrays.X.reshape(-1, case.widths[0])
        self.Y = arrays.Y.reshape(len(self.X), *arrays.Y.shape[2:])
        self.rng = np.random.default_rng(1)

    def result(self) -> list[Array]:
        return [parameter.value for parameter in self.model.parameters()]


class Steps(_Training):
    """The step alone."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(case, arrays)
        self.feed = Feed(list(zip(arrays.X, arrays.Y, strict=True)))

    def run(self, steps: int) -> None:
        """Take `steps` steps."""
        model, loss, optimizer = self.model, self.loss, self.optimizer
        for x, y in self.feed.next(steps):
            loss.forward(model.forward(x), y)
            model.backward(loss.backward(), input_grad=False)
            optimizer.step()


class StepsWithSGD(Steps):
    """The step alone, with plain SGD whatever the case has: the reference for Adam."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(replace(case, optimizer="sgd"), arrays)


class Loop(_Training):
    """The loop as the documentation shows it, with the batches drawn."""

    def run(self, steps: int) -> None:
        """Take `steps` steps, whole epochs."""
        model, loss, optimizer = self.model, self.loss, self.optimizer
        for _ in range(steps // self.case.batches):
            for x, y in lk.batches(self.X, self.Y, batch_size=self.case.batch, rng=self.rng):
                loss.forward(model.forward(x), y)
                model.backward(loss.backward(), input_grad=False)
                optimizer.step()


class Fit(_Training):
    """The same by `Trainer.fit`."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        super().__init__(case, arrays)
        self.trainer = lk.Trainer(self.model, self.loss, self.optimizer, rng=self.rng)

    def run(self, steps: int) -> None:
        """Take `steps` steps, whole epochs."""
        self.trainer.fit(self.X, self.Y, epochs=steps // self.case.batches, batch_size=self.case.batch)


class Prediction:
    """`predict`, which cuts large input into chunks."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        self.model = network(case.widths, case.activation, arrays.weights)
        (self.X,) = arrays.X

    def run(self, steps: int) -> None:
        """Predict `steps` times."""
        predict, X = self.model.predict, self.X
        for _ in range(steps):
            predict(X)

    def result(self) -> list[Array]:
        """Return the prediction."""
        return [self.model.predict(self.X)]

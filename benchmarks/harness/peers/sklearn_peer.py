"""scikit-learn: `partial_fit` of its multi-layer perceptron, a batch a call."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from harness.cases import Array, Arrays, Case
from harness.peers import Feed
from harness.worker import UnsupportedError


class Estimator:
    """MLPRegressor or MLPClassifier, with the weights put in place after a first call that makes its own."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        if case.activation != "relu":
            raise UnsupportedError(f"scikit-learn has no {case.activation}")
        outputs = case.widths[-1]
        rate, epsilon = case.learning_rate, 1e-8
        if case.loss == "mse":
            # its loss is ½ Σ (a - y)²/batch: the gradient of the mean is 2/outputs times its own, which SGD gets back
            # by the step, and Adam, where only ε would notice, by ε
            rate *= 2 / outputs if case.optimizer == "sgd" else 1
            epsilon *= outputs / 2
        make = MLPRegressor if case.loss == "mse" else MLPClassifier
        self.model = make(
            hidden_layer_sizes=case.widths[1:-1],
            activation=case.activation,
            solver=case.optimizer,
            alpha=0.0,
            batch_size=case.batch,
            learning_rate_init=rate,
            momentum=0.0,
            nesterovs_momentum=False,
            epsilon=epsilon,
            shuffle=False,
        )
        X, Y = arrays.X, arrays.Y
        if case.loss == "mse":
            Y = Y[..., 0] if outputs == 1 else Y
            self.model.partial_fit(X[0], Y[0])
        else:
            self.model.partial_fit(X[0], Y[0], classes=np.arange(outputs))
        del self.model._optimizer  # it remembers the first call; the next one makes another
        self.model.coefs_ = [W.copy() for W in arrays.weights[::2]]
        self.model.intercepts_ = [b.copy() for b in arrays.weights[1::2]]
        self.feed = Feed(list(zip(X, Y, strict=True)))

    def run(self, steps: int) -> None:
        """Take `steps` steps."""
        for x, y in self.feed.next(steps):
            self.model.partial_fit(x, y)

    def result(self) -> list[Array]:
        """Return W and b of every layer."""
        return [p for pair in zip(self.model.coefs_, self.model.intercepts_, strict=True) for p in pair]


class Prediction:
    """`predict`, input checks included: there is no way around them."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        (self.X,) = arrays.X
        first = Arrays(arrays.X[:, :1], np.zeros((1, 1, case.widths[-1]), np.float32), arrays.weights)
        self.model = Estimator(replace(case, batch=1), first).model

    def run(self, steps: int) -> None:
        """Predict `steps` times."""
        for _ in range(steps):
            self.model.predict(self.X)

    def result(self) -> list[Array]:
        """Return the prediction."""
        return [self.model.predict(self.X).reshape(len(self.X), -1)]

"""One network, with data and a loss, for each kind that the contracts must carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contracts.author_layers import Attention, BatchNorm, Block, Conv1D, Embedding, Identity, MaskedMean, Recurrent

import layerkit as lk

ROWS = 40


@dataclass(frozen=True)
class Case:
    """How to make a network and its loss, and data to train it on."""

    build: Callable[[], lk.Layer]
    loss: Callable[[], lk.Loss]
    data: Callable[[np.random.Generator], tuple[Any, Any]]


def _floats(*shape):
    return lambda rng: rng.normal(size=(ROWS, *shape))


def _integers(high, *shape):
    return lambda rng: rng.integers(0, high, (ROWS, *shape))


def _mask(length):
    return lambda rng: np.arange(length) < rng.integers(1, length + 1, ROWS)[:, None]


def _data(x, y):
    def one(make, rng):
        return tuple(part(rng) for part in make) if isinstance(make, tuple) else make(rng)

    return lambda rng: (one(x, rng), one(y, rng))


def _two_inputs_and_outputs():
    words = lk.Sequential(Embedding(7, 4), lk.Flatten())
    numbers = lk.Sequential(lk.Dense(3, 8), lk.Tanh())
    return lk.Sequential(
        lk.Parallel(words, numbers, inputs="each"),
        lk.Dense(28, 9),
        lk.Tanh(),
        lk.Parallel(lk.Dense(9, 3), lk.Sequential(lk.Dense(9, 1)), join="tuple"),
    )


CASES = {
    "dense": Case(
        lambda: lk.Sequential(lk.Dense(6, 11), lk.Tanh(), lk.Dense(11, 3)),
        lk.MSELoss,
        _data(_floats(6), _floats(3)),
    ),
    "dense on sequences": Case(
        lambda: lk.Sequential(lk.Dense(6, 11), lk.Tanh(), lk.Dense(11, 3)),
        lk.MSELoss,
        _data(_floats(5, 6), _floats(5, 3)),
    ),
    "nested": Case(
        lambda: lk.Sequential(
            lk.Sequential(lk.Dense(6, 11), lk.Sequential(lk.Tanh(), lk.Dense(11, 7))),
            lk.Residual(lk.Dense(7, 7), lk.SiLU()),
            lk.Dense(7, 3),
        ),
        lk.MSELoss,
        _data(_floats(6), _floats(3)),
    ),
    "branches": Case(
        lambda: lk.Sequential(
            lk.Dense(6, 11),
            lk.Parallel(lk.Sequential(lk.Dense(11, 5), lk.Tanh()), lk.Dense(11, 4)),
            lk.Parallel(lk.Dense(9, 6), lk.Dense(9, 6), join="add"),
            lk.Parallel(lk.Dense(6, 3), lk.Sequential(lk.Dense(6, 3), lk.Sigmoid()), lk.Dense(6, 3), join="multiply"),
        ),
        lk.MSELoss,
        _data(_floats(6), _floats(3)),
    ),
    "labels of sequences": Case(
        lambda: lk.Sequential(Embedding(7, 4), lk.Dense(4, 9), lk.Tanh(), lk.Dense(9, 3)),
        lk.CrossEntropyLoss,
        _data(_integers(7, 5), _integers(3, 5)),
    ),
    "embedding": Case(
        lambda: lk.Sequential(Embedding(7, 4), lk.Flatten(), lk.Dense(20, 3)),
        lk.CrossEntropyLoss,
        _data(_integers(7, 5), _integers(3)),
    ),
    "convolution": Case(
        lambda: lk.Sequential(Conv1D(3, 2, 4), lk.SiLU(), Conv1D(2, 4, 3), lk.Flatten(), lk.Dense(21, 3)),
        lk.MSELoss,
        _data(_floats(10, 2), _floats(3)),
    ),
    "masked attention": Case(
        lambda: lk.Sequential(Attention(6), lk.Dense(6, 3)),
        lk.MSELoss,
        _data((_floats(5, 6), _mask(5)), _floats(5, 3)),
    ),
    "blocks of attention": Case(
        lambda: lk.Sequential(
            lk.Parallel(Embedding(7, 6), Identity(), inputs="each", join="tuple"),
            Block(6),
            Block(6),
            MaskedMean(),
            lk.Dense(6, 3),
        ),
        lk.CrossEntropyLoss,
        _data((_integers(7, 5), _mask(5)), _integers(3)),
    ),
    "recurrent": Case(
        lambda: lk.Sequential(Recurrent(4, 6), lk.Dense(6, 3)),
        lk.MSELoss,
        _data(_floats(5, 4), _floats(3)),
    ),
    "two inputs, two outputs": Case(
        _two_inputs_and_outputs,
        lambda: lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss(), weights=(1.0, 0.5)),
        _data((_integers(7, 5), _floats(3)), (_integers(3), _floats(1))),
    ),
    "dropout": Case(
        lambda: lk.Sequential(
            lk.Dense(6, 11), lk.Dropout(0.3), lk.Tanh(), lk.Sequential(lk.Dropout(0.5)), lk.Dense(11, 3)
        ),
        lk.MSELoss,
        _data(_floats(6), _floats(3)),
    ),
    "running statistics": Case(
        lambda: lk.Sequential(lk.Dense(6, 11), BatchNorm(11), lk.Tanh(), lk.Dense(11, 3)),
        lk.MSELoss,
        _data(_floats(6), _floats(3)),
    ),
}

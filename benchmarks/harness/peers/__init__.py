"""The peers: one small module each, imported only in its own process."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import cycle, islice
from typing import Any

from harness.cases import Arrays, Case
from harness.worker import Peer

# name: module and class
TRAINING = {
    "layerkit": ("layerkit_peer", "Steps"),
    "layerkit, lk.batches": ("layerkit_peer", "Loop"),
    "layerkit, Trainer.fit": ("layerkit_peer", "Fit"),
    "layerkit, SGD": ("layerkit_peer", "StepsWithSGD"),
    "GEMMs alone": ("limit", "Products"),
    "plain NumPy": ("plain", "Plain"),
    "scikit-learn": ("sklearn_peer", "Estimator"),
    "PyTorch": ("torch_peer", "Eager"),
    "PyTorch, compiled": ("torch_peer", "Compiled"),
    "JAX, jit per step": ("jax_peer", "Step"),
    "JAX, compiled epoch": ("jax_peer", "Epoch"),
}

PREDICTION = {
    "layerkit": ("layerkit_peer", "Prediction"),
    "onnxruntime": ("onnx_peer", "Prediction"),
    "scikit-learn": ("sklearn_peer", "Prediction"),
    "PyTorch": ("torch_peer", "Prediction"),
}


def train(name: str, case: Case, arrays: Arrays) -> Peer:
    """Return a peer of `TRAINING`, ready to take its first step."""
    return _make(*TRAINING[name], case, arrays)


def predict(name: str, case: Case, arrays: Arrays) -> Peer:
    """Return a peer of `PREDICTION`, ready to predict for the only batch that there is."""
    return _make(*PREDICTION[name], case, arrays)


def _make(module: str, cls: str, case: Case, arrays: Arrays) -> Peer:
    make: Callable[[Case, Arrays], Peer] = getattr(import_module(f"harness.peers.{module}"), cls)
    return make(case, arrays)


class Feed:
    """Prepared batches, one after the other and from the start again."""

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        self._pairs = cycle(pairs)

    def next(self, count: int) -> islice[tuple[Any, Any]]:
        """Return the next `count` pairs."""
        return islice(self._pairs, count)

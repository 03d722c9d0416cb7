"""The limit: the matrix products of a step and nothing else, each into memory that is allocated before."""

from __future__ import annotations

import numpy as np

from harness.cases import Array, Arrays, Case
from harness.peers import Feed


class Products:
    """z = a W, dW = aᵀ δ, and δ Wᵀ for all layers but the first."""

    def __init__(self, case: Case, arrays: Arrays) -> None:
        self.weights = arrays.weights[::2]
        self.gradients = [np.empty_like(W) for W in self.weights]
        self.outputs = [np.empty((case.batch, n), np.float32) for n in case.widths[1:]]
        self.deltas = [np.ones((case.batch, n), np.float32) for n in case.widths[1:]]
        self.feed = Feed([(x, None) for x in arrays.X])

    def run(self, steps: int) -> None:
        """Compute the products of `steps` steps."""
        forward = list(zip(self.weights, self.outputs, strict=True))
        # layer by layer from the last: its input, its δ, its W and dW, and where the δ before it goes
        backward = list(
            zip(
                self.outputs[-2::-1],
                self.deltas[:0:-1],
                self.weights[:0:-1],
                self.gradients[:0:-1],
                self.deltas[-2::-1],
                strict=True,
            )
        )
        for x, _ in self.feed.next(steps):
            a = x
            for W, z in forward:
                a = np.dot(a, W, out=z)
            for a, delta, W, dW, before in backward:
                np.dot(a.T, delta, out=dW)
                np.dot(delta, W.T, out=before)
            np.dot(x.T, self.deltas[0], out=self.gradients[0])

    def result(self) -> list[Array]:
        """Return nothing: the products are of no network."""
        return []

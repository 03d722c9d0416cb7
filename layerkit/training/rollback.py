"""When training leaves the finite numbers: the way back, and where it happened."""

from __future__ import annotations

import numpy as np

from layerkit.validation import Array
from layerkit.optimizers import Optimizer
from layerkit.network.sequential import Sequential

__all__ = ["Checkpoint", "first_not_finite"]


class Checkpoint:
    """The parameters of a network and the state of its optimizer, to go back to."""

    def __init__(self, model: Sequential, optimizer: Optimizer) -> None:
        self._model, self._optimizer = model, optimizer
        self._saved = [np.empty_like(vector) for vector in self._live()]
        self._steps = 0

    def _live(self) -> tuple[Array, ...]:
        return (self._model.parameter_vector, *self._optimizer.state.values())

    def save(self) -> None:
        """Remember how things are."""
        self._steps = self._optimizer.steps
        for saved, live in zip(self._saved, self._live(), strict=True):
            np.copyto(saved, live)

    def restore(self) -> None:
        """Make things as they were at the last `save`."""
        self._optimizer.steps = self._steps
        for saved, live in zip(self._saved, self._live(), strict=True):
            np.copyto(live, saved)


def first_not_finite(model: Sequential, x: Array) -> str | None:
    """Return what is the first to hold NaN or infinity when `x` goes through the network, None if nothing does."""
    for position, layer in enumerate(model.layers):
        for parameter in layer.parameters():
            if not np.isfinite(parameter.value).all():
                return f"the {parameter.name} of layer {position}, {layer!r}"
        x = layer.forward(x, False)
        if not np.isfinite(x).all():
            return f"the output of layer {position}, {layer!r}"
    return None

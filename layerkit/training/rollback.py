"""Rollback: the way back after a loss or parameter overflowed, and the layer where it happened."""

import copy

import numpy as np

from layerkit.batch import arrays
from layerkit.errors import NumericalError
from layerkit.network.sequential import Sequential
from layerkit.text import one_line
from layerkit.training.run import Run
from layerkit.validation import Array, Batch

__all__ = ["Rollback", "first_not_finite"]


class Rollback:
    """A context that undoes an epoch if it raises `NumericalError`: parameters, running statistics, optimizer state.

    Parameters
    ----------
    run : Run
        The training.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        buffers = [(layer, name) for _, layer in run.model.walk() for name in layer.buffers()]
        self._buffers = [(layer, name) for layer, name in buffers if isinstance(getattr(layer, name), np.ndarray)]

    def __enter__(self) -> None:
        self._saved = [array.copy() for array in self._arrays()]
        self._state = {name: copy.copy(value) for name, value in self._run.optimizer.state().items()}

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if isinstance(error, NumericalError):
            for array, saved in zip(self._arrays(), self._saved, strict=True):
                array[...] = saved
            self._run.optimizer.restore(self._state)

    def _arrays(self) -> list[Array]:
        return [self._run.model.parameter_vector, *(getattr(layer, name) for layer, name in self._buffers)]


def first_not_finite(model: Sequential, x: Batch, prefix: str = "") -> str | None:
    """Return the first parameter or output that holds NaN or infinity when `x` passes through the network, or None."""
    for name, layer in model.children().items():
        title = f"layer {prefix}{name}, {one_line(layer)}"
        if isinstance(layer, Sequential) and (place := first_not_finite(layer, x, f"{prefix}{name}.")):
            return place
        for own, parameter in layer.named_parameters().items():
            if not np.isfinite(parameter.value).all():
                return f"the {own} of {title},"
        x = layer.forward(x, False)
        if not all(np.isfinite(array).all() for array in arrays(x)):
            return f"the output of {title},"
    return None

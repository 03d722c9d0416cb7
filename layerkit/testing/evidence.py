"""Gradients of a layer by differences: what its backward is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerkit.testing.differences import Estimate, numerical_gradient
from layerkit.validation import Array, Batch

__all__ = ["Evidence", "Reference", "choice", "gradient_at", "selected"]

# Elements of one array whose gradient is verified; of larger arrays, a random choice.
_MOST = 60
# The largest step of differences through a layer: small, because the kinks may be anywhere.
_STEP = 1e-3


@dataclass(frozen=True)
class Reference:
    """The gradient of the cost with respect to one array.

    Attributes
    ----------
    chosen : slice or numpy.ndarray
        The flat indices that were verified; a slice where all were.
    estimate : Estimate
        The gradient at these indices, in the shape of the array where all were verified.
    """

    chosen: Any
    estimate: Estimate


@dataclass(frozen=True)
class Evidence:
    """The gradients of the cost Σ grad ∘ forward(x), by differences.

    Attributes
    ----------
    x, y, grad : numpy.ndarray or tuple
        Input, output and ∂C/∂y, in float64.
    inputs : list of Reference or None
        For each array of the input, its gradient; None for what has none.
    parameters : dict of str to Reference
        For each parameter, its gradient.
    """

    x: Batch
    y: Batch
    grad: Batch
    inputs: list[Reference | None]
    parameters: dict[str, Reference]

    @property
    def unreliable(self) -> float:
        """The largest estimated error, as a part of the size of the gradient it belongs to."""
        estimates = [one.estimate for one in (*self.inputs, *self.parameters.values()) if one is not None]
        errors = [(e.error / max(1e-3, np.abs(e.value).max(initial=0))).max(initial=0) for e in estimates]
        return float(max(errors, default=0.0))


def selected(array: Array, chosen: Any) -> Array:
    """Return the chosen elements, or the array itself where all are."""
    part: Array = array if isinstance(chosen, slice) else array.reshape(-1)[chosen]
    return part


def choice(size: int, rng: np.random.Generator) -> Any:
    """Return flat indices of so many elements as are verified, a slice for all."""
    return slice(None) if size <= _MOST else np.sort(rng.choice(size, _MOST, replace=False))


def gradient_at(cost: Callable[[Array], float], x: Array, chosen: Any) -> Estimate:
    """Return the gradient of a cost by differences, at the chosen elements only."""
    if isinstance(chosen, slice):
        return numerical_gradient(cost, x, _STEP)

    def of_chosen(values: Array) -> float:
        there = x.copy()
        there.reshape(-1)[chosen] = values
        return cost(there)

    return numerical_gradient(of_chosen, x.reshape(-1)[chosen], _STEP)

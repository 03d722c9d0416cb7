"""A layer or loss under examination, and what the questions about it share."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.validation import FLOAT64, Array, Rng, Shape, generator
from layerkit.errors import CheckError, ConfigError
from layerkit.layers.base import Layer
from layerkit.losses import Loss
from layerkit.parameter import Parameter
from layerkit.network.sequential import Sequential
from layerkit.testing.differences import Estimate, numerical_gradient

__all__ = ["BATCH", "Evidence", "LayerCase", "LossCase", "Target", "as_instance", "close", "named", "selected", "takes"]

Target = npt.NDArray[Any]

# Rows of a batch, prime and unlike the sizes of the samples, so that a wrong factor gives itself away.
BATCH = 5
# Elements of one array whose gradient is verified; of larger arrays, a random choice.
_MOST = 60
# The largest step of differences through a layer: small, because the kinks may be anywhere.
_STEP = 1e-3
_DISTANCE_TO_KINKS = 0.05


@dataclass(frozen=True)
class Evidence:
    """The gradients of the cost Σ grad ∘ forward(x), by differences.

    Attributes
    ----------
    x, y, grad : numpy.ndarray
        Input, output and ∂C/∂y, in float64.
    chosen : dict of str to numpy.ndarray
        For the input, under ``"input"``, and for each parameter, the flat indices that were verified.
    expected : dict of str to Estimate
        The gradients at these indices, in the shape of the array where all were verified.
    """

    x: Array
    y: Array
    grad: Array
    chosen: dict[str, Any]
    expected: dict[str, Estimate]

    @property
    def unreliable(self) -> float:
        """The largest estimated error, as a part of the size of the gradient it belongs to."""
        return max(
            float((estimate.error / max(1e-3, np.abs(estimate.value).max(initial=0))).max(initial=0))
            for estimate in self.expected.values()
        )


class LayerCase:
    """A layer, the shape of its samples, and a seed: it hands out copies that all start in the same state.

    Parameters
    ----------
    layer : Layer
        What is examined. It is never run itself.
    input_shape : tuple of int
        The shape of one sample.
    rng : int, numpy.random.Generator or None
        What inputs are drawn from.
    """

    def __init__(self, layer: Layer, input_shape: Shape, rng: Rng) -> None:
        self.layer = layer
        self.input_shape = tuple(input_shape)
        self.kinks: tuple[float, ...] = tuple(getattr(layer, "kinks", ()))
        self._seed = int(generator(rng).integers(1 << 32))
        self._prepared: dict[Any, Layer] = {}

    def rng(self, stream: int = 0) -> np.random.Generator:
        """Return a generator of its own for each stream."""
        return np.random.default_rng([self._seed, stream])

    def fresh(self, dtype: np.dtype[Any] = FLOAT64) -> Layer:
        """Return a copy that computes in `dtype`, its parameters drawn and its own generators seeded."""
        if dtype not in self._prepared:
            prepared = copy.deepcopy(self.layer)
            Sequential(prepared, rng=self.rng(), dtype=dtype)  # gives parameters their dtype and values
            rng = self.rng(1)
            for parameter in prepared.parameters():
                if not parameter.value.any():  # zeros hide what they are multiplied with
                    parameter.value = rng.normal(0, 0.1, parameter.shape)
            self._prepared[dtype] = prepared
        return copy.deepcopy(self._prepared[dtype])

    def input(self, dtype: np.dtype[Any] = FLOAT64, stream: int = 2, batch: int = BATCH) -> Any:
        """Return a batch, away from declared kinks."""
        x = self.rng(stream).normal(0, 1.5, (batch, *self.input_shape))
        for kink in self.kinks:
            x = np.where(np.abs(x - kink) < _DISTANCE_TO_KINKS, x + 3 * _DISTANCE_TO_KINKS, x)
        return x.astype(dtype)

    def gradient(self, y: Array, stream: int = 3) -> Array:
        """Return some ∂C/∂y, of no particular sign and nowhere near 1."""
        rng = self.rng(stream)
        signs = rng.choice([-1.0, 1.0], np.shape(y))
        return (signs * rng.uniform(1.3, 3, np.shape(y))).astype(np.asarray(y).dtype)

    @cached_property
    def is_random(self) -> bool:
        """Whether training draws random numbers, as dropout does."""
        layer, x = self.fresh(), self.input()
        return not close(np.array(layer.forward(x, True)), layer.forward(x, True))

    @cached_property
    def evidence(self) -> Evidence:
        """The gradients that backward should give."""
        for attempt in range(6):  # a batch may come to lie on a kink that nobody declared
            evidence = self._gather(100 + attempt)
            if evidence.unreliable < 1e-6:
                return evidence
        raise CheckError(
            f"differences of forward settle on no gradient (estimated error {evidence.unreliable:.1g} of its size), "
            "on none of six inputs.",
            mistake="forward is not a smooth function of its input and parameters: it is noisy, or rounds to float32",
            fix="keep the dtype of x throughout: plain Python numbers as constants, no np.float32(...)",
        )

    def cost(self, x: Array, grad: Array, change: Callable[[Layer], None] = lambda layer: None) -> float:
        """Return Σ grad ∘ forward(x), for a copy with a change."""
        layer = self.fresh()
        change(layer)
        return float(np.vdot(grad, layer.forward(x, True)))

    def input_gradient(self, x: Array, grad: Array, chosen: Any = slice(None)) -> Estimate:
        """Return ∂C/∂x by differences."""
        return _at(lambda there: self.cost(there, grad), x, chosen)

    def _gather(self, stream: int) -> Evidence:
        x = self.input(stream=stream)
        y = np.asarray(self.fresh().forward(x, True), FLOAT64).copy()
        grad = self.gradient(y, stream + 50)
        values = {"input": x} | {name: parameter.value for name, parameter in named(self.fresh())}
        chosen = {name: _choice(value.size, self.rng(stream)) for name, value in values.items()}
        expected = {"input": self.input_gradient(x, grad, chosen["input"])}
        for position, (name, parameter) in enumerate(named(self.fresh())):

            def cost(value: Array, position: int = position) -> float:
                def change(layer: Layer) -> None:
                    layer.parameters()[position].value = value

                return self.cost(x, grad, change)

            expected[name] = _at(cost, parameter.value, chosen[name])
        return Evidence(x, y, grad, chosen, expected)


class LossCase:
    """A loss under examination, and the targets that it takes."""

    def __init__(self, loss: Loss, shape: Shape, target: Target | None, rng: Rng) -> None:
        self.loss, self.shape, self.given = loss, shape, target
        self._seed = int(generator(rng).integers(1 << 32))

    def fresh(self) -> Loss:
        """Return a copy that has not seen anything."""
        return copy.deepcopy(self.loss)

    def prediction(self, stream: int = 0) -> Any:
        """Return predictions of both signs."""
        return np.random.default_rng([self._seed, stream]).normal(0, 1.5, self.shape)

    def targets(self) -> list[tuple[str, Target]]:
        """Return one target of each kind that the loss takes."""
        if self.given is not None:
            return [("target", self.given)]
        rng = np.random.default_rng([self._seed, 99])
        weights = rng.uniform(0.1, 1, self.shape)
        kinds = {
            "numbers": rng.normal(0, 1.5, self.shape),
            "probabilities": weights / weights.sum(axis=-1, keepdims=True),
            "labels of 0 and 1": rng.integers(0, 2, self.shape).astype(FLOAT64),
            "class indices": rng.integers(0, self.shape[-1], self.shape[:1]),
        }
        taken = [(kind, target) for kind, target in kinds.items() if self._takes(target)]
        if not taken:
            raise CheckError(
                f"forward takes none of {', '.join(kinds)} as a target for predictions of shape {self.shape}.",
                mistake="the loss needs a target of another kind, or as_target refuses what it should take",
                fix="check_loss(loss, target=...)  # with a target that fits shape",
            )
        return taken

    def _takes(self, target: Target) -> bool:
        try:
            self.fresh().forward(self.prediction(), target)
        except Exception:  # however a loss refuses
            return False
        return True


def named(layer: Layer) -> Iterator[tuple[str, Parameter]]:
    """Yield the parameters with names that are unique in the layer."""
    names = [parameter.name for parameter in layer.parameters()]
    for position, parameter in enumerate(layer.parameters()):
        yield parameter.name if names.count(parameter.name) == 1 else f"{parameter.name} {position}", parameter


def selected(array: Array, chosen: Any) -> Array:
    """Return the chosen elements, or the array itself where all are."""
    part: Array = array if isinstance(chosen, slice) else array.reshape(-1)[chosen]
    return part


def as_instance(subject: Any, kind: type, maker: str) -> Any:
    """Return an object of a class that takes no arguments, or the object itself."""
    if not isinstance(subject, type):
        if not isinstance(subject, kind):
            raise ConfigError(f"{maker} takes a {kind.__name__}, or its class, got {subject!r}.")
        return subject
    if not issubclass(subject, kind):
        raise ConfigError(f"{maker} takes a {kind.__name__}, or its class, got the class {subject.__name__}.")
    try:
        return subject()
    except TypeError as error:
        raise ConfigError(
            f"{subject.__name__} cannot be made without arguments ({error}). Pass an object: "
            f"{maker}({subject.__name__}(...))."
        ) from error


def takes(cls: type, argument: str) -> bool:
    """Whether a class can be made with an argument of this name."""
    return argument in inspect.signature(cls).parameters


def close(found: Any, expected: Any) -> bool:
    """Whether two results are the same but for rounding: of the same shape, dtype and values."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return False
    tolerance = 1e-9 if expected.dtype == FLOAT64 else 1e-5
    return np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def _choice(size: int, rng: np.random.Generator) -> Any:
    return slice(None) if size <= _MOST else np.sort(rng.choice(size, _MOST, replace=False))


def _at(cost: Callable[[Array], float], x: Array, chosen: Any) -> Estimate:
    # the gradient at the chosen elements only
    if isinstance(chosen, slice):
        return numerical_gradient(cost, x, _STEP)

    def of_chosen(values: Array) -> float:
        there = x.copy()
        there.reshape(-1)[chosen] = values
        return cost(there)

    return numerical_gradient(of_chosen, x.reshape(-1)[chosen], _STEP)

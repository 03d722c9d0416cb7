"""A loss that is checked, its predictions, and the targets that it takes."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from layerkit.batch import arrays
from layerkit.errors import CheckError
from layerkit.losses import Loss
from layerkit.shapes import is_tuple_of_shapes
from layerkit.testing.batches import replaced
from layerkit.testing.differences import Estimate, numerical_gradient
from layerkit.validation import FLOAT64, Array, Rng, Shape, generator

__all__ = ["LossSubject"]


class LossSubject:
    """A loss that is checked, and the targets that it takes."""

    def __init__(self, loss: Loss, shape: Shape, target: Any, rng: Rng) -> None:
        self.loss, self.shape, self.given = loss, shape, target
        self._seed = int(generator(rng).integers(1 << 32))

    def fresh(self) -> Loss:
        """Return a copy that has not seen anything."""
        return copy.deepcopy(self.loss)

    def rng(self, stream: int = 0) -> np.random.Generator:
        """Return a generator of its own for each stream."""
        return np.random.default_rng([self._seed, stream])

    def prediction(self, stream: int = 0) -> Any:
        """Return predictions of both signs."""
        rng = self.rng(stream)
        if is_tuple_of_shapes(self.shape):
            return tuple(rng.normal(0, 1.5, shape) for shape in self.shape)
        return rng.normal(0, 1.5, self.shape)

    def passes(self, prediction: Any, target: Any, weight: Any = None) -> tuple[Any, Any]:
        """Return what forward and backward of a fresh copy give."""
        loss = self.fresh()
        return _forward(loss, prediction, target, weight), loss.backward()

    def differences(self, prediction: Any, target: Any, weight: Any = None) -> list[Estimate]:
        """Return the gradient of forward with respect to each array of the prediction."""

        def at(position: int) -> Callable[[Array], float]:
            return lambda there: float(_forward(self.fresh(), replaced(prediction, position, there), target, weight))

        return [numerical_gradient(at(i), array, 1e-3) for i, array in enumerate(arrays(prediction))]

    def targets(self) -> list[tuple[str, Any]]:
        """Return one target of each kind that the loss takes, as `as_target` gives it."""
        if self.given is not None:
            return [("the kind given", self.fresh().as_target(self.given, self.shape, FLOAT64))]
        if is_tuple_of_shapes(self.shape):  # every combination of the kinds for each output
            choices = itertools.product(*(self._kinds(shape, 99 + i) for i, shape in enumerate(self.shape)))
            kinds = {" and ".join(names): tuple(targets) for names, targets in (zip(*c, strict=True) for c in choices)}
        else:
            kinds = dict(self._kinds(self.shape, 99))
        taken = [(kind, self._as_taken(target)) for kind, target in kinds.items()]
        if all(target is None for _, target in taken):
            raise CheckError(
                f"as_target and forward take none of {', '.join(kinds)} as a target for predictions of shape "
                f"{self.shape}.",
                mistake="the loss needs a target of another kind, or as_target refuses what it should take",
                fix="check_loss(loss, target=...)  # with a target that fits shape",
            )
        return [(kind, target) for kind, target in taken if target is not None]

    def _kinds(self, shape: Shape, stream: int) -> list[tuple[str, Any]]:
        rng = self.rng(stream)
        shares = rng.uniform(0.1, 1, shape)
        return [
            ("numbers", rng.normal(0, 1.5, shape)),
            ("probabilities", shares / shares.sum(axis=-1, keepdims=True)),
            ("labels of 0 and 1", rng.integers(0, 2, shape).astype(FLOAT64)),
            ("class indices", rng.integers(0, shape[-1], shape[:-1])),
        ]

    def _as_taken(self, target: Any) -> Any:
        try:
            target = self.fresh().as_target(target, self.shape, FLOAT64)
            self.fresh().forward(self.prediction(), target)
        except Exception:  # however a loss refuses
            return None
        return target


def _forward(loss: Loss, prediction: Any, target: Any, weight: Any) -> Any:
    # losses that take no weights fail the checks of weights only
    return loss.forward(prediction, target, **({} if weight is None else {"sample_weight": weight}))

"""A layer that is checked: copies in equal states, inputs, and the gradients that it should give."""

import copy
from functools import cached_property, partial
from typing import Any

import numpy as np

from layerkit.batch import arrays, each, take
from layerkit.errors import CheckError
from layerkit.layers.base import Layer
from layerkit.network import Parallel, Sequential
from layerkit.shapes import is_tuple_of_shapes
from layerkit.testing.batches import close, copied, random_gradient, replaced
from layerkit.testing.differences import Estimate
from layerkit.testing.evidence import Evidence, Reference, choice, gradient_at
from layerkit.validation import FLOAT64, Array, Batch, Rng, Shape, generator

__all__ = ["BATCH", "LayerSubject", "known_shape"]

# Rows of a batch, and a size that varies: primes, unlike each other and the usual sizes of samples, so that a wrong
# factor gives itself away.
BATCH, _VARYING = 5, 7
_DISTANCE_TO_KINKS = 0.05


class LayerSubject:
    """A layer that is checked, the shape of its samples, and a seed: its copies all start in the same state.

    Parameters
    ----------
    layer : Layer
        The layer. It is never run itself.
    input_shape : tuple of int, or tuple of tuples
        The shape of one sample.
    rng : int, numpy.random.Generator or None
        Seed or generator for the inputs.
    """

    def __init__(self, layer: Layer, input_shape: Shape, rng: Rng) -> None:
        self.layer = layer
        self.input_shape = input_shape
        self.kinks: tuple[float, ...] = tuple(getattr(layer, "kinks", ()))
        self._seed = int(generator(rng).integers(1 << 32))
        self._prepared: dict[Any, Layer] = {}

    def rng(self, stream: int = 0) -> np.random.Generator:
        """Return a generator of its own for each stream."""
        return np.random.default_rng([self._seed, stream])

    def fresh(self, dtype: np.dtype[Any] = FLOAT64) -> Layer:
        """Return a copy that computes in `dtype`, with parameters and generators drawn."""
        if dtype not in self._prepared:
            prepared = copy.deepcopy(self.layer).astype(dtype).draw(self.rng())
            rng = self.rng(1)
            for parameter in prepared.parameters():
                if not parameter.value.any():  # zeros hide what they are multiplied with
                    parameter.value = rng.normal(0, 0.1, parameter.shape)
            self._prepared[dtype] = prepared
        return copy.deepcopy(self._prepared[dtype])

    def input(self, dtype: np.dtype[Any] = FLOAT64, stream: int = 2, batch: int = BATCH) -> Any:
        """Return a batch that the layer itself samples, its floats away from declared kinks."""
        x = _sample(self.fresh(), self.rng(stream), max(batch, BATCH), self.input_shape)
        kinds = iter(_kinds(self.layer.input_dtype, x))
        return take(each(lambda array: self._converted(array, next(kinds), dtype), x), slice(batch))

    @cached_property
    def needs_gradient(self) -> list[bool]:
        """For each array of the input, whether it holds floats that a gradient belongs to."""
        x = self.input()
        kinds = _kinds(self.layer.input_dtype, x)
        return [kind == "float" and part.dtype.kind == "f" for kind, part in zip(kinds, arrays(x), strict=True)]

    def gradient(self, y: Batch, stream: int = 3) -> Any:
        """Return some ∂C/∂y, of no particular sign and nowhere near 1: None for integers and masks."""
        rng = self.rng(stream)
        return each(lambda array: random_gradient(array, rng), y)

    @cached_property
    def is_random(self) -> bool:
        """Whether training draws random numbers, as dropout does."""
        layer, x = self.fresh(), self.input()
        return not close(copied(layer.forward(x, True)), layer.forward(x, True))

    @cached_property
    def keeps_statistics(self) -> bool:
        """Whether arrays other than parameters are kept, as running means are: not to be had from one row or none."""
        return any(isinstance(b, np.ndarray) for _, part in self.layer.walk() for b in part.buffers().values())

    def cost(self, x: Batch, grad: Batch, name: str = "", value: Array | None = None) -> float:
        """Return Σ grad ∘ forward(x), for a copy in which a parameter may have another value."""
        layer = self.fresh()
        if value is not None:
            layer.named_parameters()[name].value = value
        pairs = zip(arrays(grad), arrays(layer.forward(x, True)), strict=True)
        return sum(float(np.vdot(part, y)) for part, y in pairs if part is not None)

    @cached_property
    def evidence(self) -> Evidence:
        """The gradients that backward should give, on the first input where differences settle on them."""
        for stream in range(100, 106):  # a batch may come to lie on a kink that nobody declared
            evidence = self._gathered(stream)
            if evidence.unreliable < 1e-6:
                return evidence
        raise CheckError(
            f"differences of forward settle on no gradient (estimated error {evidence.unreliable:.1g} of its size), "
            "on none of six inputs.",
            mistake="forward is not a smooth function of its input and parameters: it is noisy, or rounds to float32",
            fix="keep the dtype of x throughout: plain Python numbers as constants, no np.float32(...)",
        )

    def input_gradient(self, x: Batch, grad: Batch, position: int = 0, chosen: Any = slice(None)) -> Estimate:
        """Return ∂C/∂x by differences, for the array at a position among those of x."""
        return gradient_at(lambda there: self.cost(replaced(x, position, there), grad), arrays(x)[position], chosen)

    def _gathered(self, stream: int) -> Evidence:
        x = self.input(stream=stream)
        y = copied(self.fresh().forward(x, True))
        grad = self.gradient(y, stream + 50)
        inputs: list[Reference | None] = []
        for position, (array, needed) in enumerate(zip(arrays(x), self.needs_gradient, strict=True)):
            chosen = choice(array.size, self.rng(stream))
            inputs.append(Reference(chosen, self.input_gradient(x, grad, position, chosen)) if needed else None)
        parameters = {}
        for name, parameter in self.fresh().named_parameters().items():
            chosen, cost = choice(parameter.size, self.rng(stream)), partial(self.cost, x, grad, name)
            parameters[name] = Reference(chosen, gradient_at(cost, parameter.value, chosen))
        return Evidence(x, y, grad, inputs, parameters)

    def _converted(self, array: Any, kind: str, dtype: np.dtype[Any]) -> Any:
        array = np.asarray(array)
        if kind == "integer" and array.dtype.kind not in "iu":
            raise CheckError(
                f"sample_input gave {array.dtype}, where input_dtype says 'integer'.",
                mistake="sample_input is the inherited one, which draws floats",
                fix="return rng.integers(0, self.size, (batch, *input_shape))  # in sample_input",
            )
        if kind != "float" and array.dtype.kind != "f":
            return array
        array = array.astype(FLOAT64)
        for kink in self.kinks:
            array = np.where(np.abs(array - kink) < _DISTANCE_TO_KINKS, array + 3 * _DISTANCE_TO_KINKS, array)
        return array.astype(dtype)


def _sample(layer: Layer, rng: np.random.Generator, batch: int, shape: Shape) -> Batch:
    # a network is fed what its first layers are
    if type(layer).sample_input is Layer.sample_input and isinstance(layer, Sequential):
        return _sample(layer.layers[0], rng, batch, shape)
    if type(layer).sample_input is Layer.sample_input and isinstance(layer, Parallel):
        if layer.inputs == "same":
            return _sample(layer.branches[0], rng, batch, shape)
        return tuple(_sample(branch, rng, batch, part) for branch, part in zip(layer.branches, shape, strict=True))
    return layer.sample_input(rng, batch, shape)


def _kinds(kind: Any, x: Batch) -> list[str]:
    # the input_dtype of each array
    if not isinstance(x, tuple):
        return [kind]
    wanted = kind if isinstance(kind, tuple) else (kind,) * len(x)
    return [one for own, part in zip(wanted, x, strict=True) for one in _kinds(own, part)]


def known_shape(pattern: Shape | None) -> Shape | None:
    """Return a shape that fits a pattern, all sizes known; None if nothing tells how many axes there are."""
    if pattern is None:
        return None
    if is_tuple_of_shapes(pattern):
        shapes = tuple(map(known_shape, pattern))
        return None if None in shapes else shapes
    return tuple(_VARYING if size is None else size for size in pattern if size is not ...) or ((3,) if pattern else ())

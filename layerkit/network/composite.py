"""Composite: what networks and blocks have in common."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from layerkit.batch import as_input, is_nothing, rows, same_shape, shape_of
from layerkit.errors import ConfigError, PluginError
from layerkit.layers.base import Layer
from layerkit.parameter import FlatParameters
from layerkit.provenance import described
from layerkit.text import one_line
from layerkit.validation import Array, Batch, DType, Rng, Shape, check_kind, float_dtype, generator

__all__ = ["Composite", "backward_through", "check_layers"]


class Composite(Layer):
    """A layer made of layers: of one dtype, each used once, their parameters in one vector.

    Attributes
    ----------
    parameter_vector, gradient_vector : numpy.ndarray
        All parameters, and all gradients, in one contiguous vector each; the parameters of the layers are views of
        it. The vectors of a part are slices of those of the whole. Assigning copies into place.
    """

    def compose(self, rng: Rng, dtype: npt.DTypeLike | None) -> None:
        """Check that the parts fit together, give them one dtype, and draw what is unset if there is a generator.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Seed or generator; None leaves what is unset to be drawn at its first use.
        dtype : dtype or None
            float32 or float64; by default that of the parts.

        Raises
        ------
        ConfigError
            If a layer or parameter is used twice, or the parts have two dtypes and `dtype` is None.
        ShapeError
            If the parts do not fit.
        """
        rng = None if rng is None else generator(rng)
        check_used_once(self)
        if dtype is None:
            parts = [part for _, part in self.walk() if "dtype" in vars(part)]
            dtype = common_dtype([p for p in self.parameters() if p.is_set] + parts)
        self.output_shape(None)
        if dtype is not None:  # what has no values yet goes along with the network that it becomes part of
            self.astype(float_dtype(dtype))
        self.set_gain(None)
        if rng is not None:
            self.draw(rng)

    def enter(self, x: Batch) -> Batch:
        """Return a batch converted to what the first layers take.

        Parameters
        ----------
        x : array_like or tuple
            The batch.

        Returns
        -------
        numpy.ndarray or tuple
            The batch itself where nothing has to be converted.
        """
        x = as_input(x, self.input_dtype, self.dtype)
        if isinstance(x, tuple):
            rows(x)  # equally many, at least one
        return x

    @property
    def vectors(self) -> tuple[FlatParameters, Array, Array]:
        """The flat parameters, and the slices of their values and gradients that belong to this network."""
        vectors: tuple[FlatParameters, Array, Array] | None = vars(self).get("_vectors")
        if vectors is None or vectors[0].moved:
            common_dtype(self.parameters())
            vectors = vars(self)["_vectors"] = FlatParameters.of(self.parameters())
        return vectors

    @property
    def parameter_vector(self) -> Array:
        """All parameters in one contiguous vector. Another network that shares some of them may move them."""
        return self.vectors[1]

    @parameter_vector.setter
    def parameter_vector(self, values: npt.ArrayLike) -> None:
        self.vectors[1][...] = values  # into place, as += does before it assigns

    @property
    def gradient_vector(self) -> Array:
        """All gradients in one contiguous vector, in the order of the parameters."""
        return self.vectors[2]

    @gradient_vector.setter
    def gradient_vector(self, values: npt.ArrayLike) -> None:
        self.vectors[2][...] = values


def backward_through(layer: Layer, grad: Batch | None, input_grad: bool, shape: Shape) -> Batch | None:
    """Return what `backward` of a layer does, for an input of a shape; without a gradient, its parameters have zero."""
    if not hasattr(grad, "shape") and is_nothing(grad):
        for parameter in layer.parameters():
            parameter.grad = 0
        return None
    found = layer.backward(grad, input_grad)
    if not input_grad or getattr(found, "shape", None) == shape:  # the usual case, quickly
        return found
    if not (same_shape(found, shape) if found is not None else layer.input_dtype != "float"):
        raise PluginError(
            f"backward of {described(layer)} must return ∂C/∂x, an array of shape {shape}, but returned "
            f"{'None' if found is None else f'shape {shape_of(found)}'}."
        )
    return found


def check_layers(layers: Sequence[Any], owner: str) -> None:
    """Refuse what is no layer."""
    if not layers:
        raise ConfigError(f"a {owner} needs at least one layer, got none.")
    fix = f"Pass layers one by one, as in {owner}(Dense(4, 2), layerkit.activation('tanh'))."
    for position, layer in enumerate(layers):
        check_kind(f"layer {position} of the {owner}", layer, Layer, fix)


def check_used_once(whole: Layer) -> None:
    """Refuse a layer or parameter that is used twice."""
    seen: dict[int, str] = {}
    for name, used in [*whole.walk(), *whole.named_parameters().items()]:
        first = seen.setdefault(id(used), name)
        if first != name:
            raise ConfigError(
                f"{one_line(used)} is used twice in {type(whole).__name__}, as {first!r} and as {name!r}. Each use "
                f"needs its own: make a new one, or use copy.deepcopy for one with the same values."
            )


def common_dtype(parts: Sequence[Any]) -> DType | None:
    """Return the dtype of all parts of a network, None if there are none; refuse two."""
    dtypes = sorted({part.dtype.name for part in parts})
    if len(dtypes) > 1:
        raise ConfigError(
            f"the parts of one network have dtypes {' and '.join(dtypes)}. Choose one for all: pass dtype='float32' "
            f"where it is made, or call model.astype('float32')."
        )
    return float_dtype(dtypes[0]) if dtypes else None

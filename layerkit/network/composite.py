"""Composite: what networks and blocks have in common."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from layerkit.batch import as_input, is_nothing, rows
from layerkit.errors import ConfigError
from layerkit.layers.base import Layer
from layerkit.parameter import FlatParameters, Parameter
from layerkit.text import one_line
from layerkit.validation import Array, Batch, Rng, float_dtype, generator

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
            If a layer or parameter is used twice or kept in a dict, or the parts have two dtypes and `dtype` is None.
        ShapeError
            If the parts do not fit.
        """
        rng = None if rng is None else generator(rng)
        parts = dict(self.walk())
        _check_parts(self, parts)
        if dtype is None:
            dtypes = {p.dtype.name for p in self.parameters() if p.is_set} | {
                part.dtype.name for part in parts.values() if "dtype" in vars(part)
            }
            if len(dtypes) > 1:
                raise ConfigError(
                    f"the parts of {type(self).__name__} have dtypes {' and '.join(sorted(dtypes))}. "
                    f"Pass dtype='float32' or dtype='float64'."
                )
            dtype = next(iter(dtypes), None)
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


def backward_through(layer: Layer, grad: Batch | None, input_grad: bool = True) -> Batch | None:
    """Return what `backward` of the layer does; where there is no gradient, its parameters' gradients become zero."""
    if not is_nothing(grad):
        return layer.backward(grad, input_grad)
    for parameter in layer.parameters():
        parameter.grad = 0
    return None


def check_layers(layers: Sequence[Any], owner: str) -> None:
    """Refuse what is no layer, with the call that makes one."""
    if not layers:
        raise ConfigError(f"a {owner} needs at least one layer, got none.")
    for position, layer in enumerate(layers):
        if isinstance(layer, Layer):
            continue
        fix = ""
        if isinstance(layer, list | tuple):
            fix = f" Pass the layers one by one: {owner}(*layers)."
        elif isinstance(layer, str):
            fix = f" Make one: layerkit.activation({layer!r})."
        elif isinstance(layer, type):
            fix = f" Make one: {layer.__name__}(...)."
        elif callable(layer):
            fix = " Write a class with function and derivative: see layerkit.Activation."
        raise ConfigError(f"layer {position} of the {owner} must be a Layer object, got {layer!r}.{fix}")


def _check_parts(whole: Layer, parts: dict[str, Any]) -> None:
    seen: dict[int, str] = {}
    for name, part in parts.items():
        for attribute, value in vars(part).items():
            items = value if isinstance(value, list | tuple) else (value,)
            if attribute != "cache" and any(isinstance(i, dict | list | tuple) and _has_parts(i) for i in items):
                raise ConfigError(
                    f"{one_line(part)} keeps layers or parameters in {attribute!r}, in a dict or a list of lists, "
                    f"where a network does not look for them. Keep them as attributes, or in one list."
                )
        for member, used in {"": part, **dict(part._members(Parameter))}.items():
            if id(used) in seen:
                title = f"{member!r} of {one_line(part)}" if member else one_line(part)
                raise ConfigError(
                    f"{title} is used twice in {type(whole).__name__}, as {seen[id(used)]!r} and as {name!r}. Each use "
                    f"needs its own: make a new one, or use copy.deepcopy for one with the same values."
                )
            seen[id(used)] = name


def _has_parts(value: Any) -> bool:
    if isinstance(value, dict):
        value = tuple(value.values())
    return any(map(_has_parts, value)) if isinstance(value, list | tuple) else isinstance(value, Layer | Parameter)

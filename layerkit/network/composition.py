"""Composing: whether layers fit, what follows them, and their parameters in one vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, overload

import numpy as np

from layerkit.validation import FLOAT32, Array, Shape
from layerkit.errors import ConfigError, ShapeError
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter

__all__ = ["check_layers", "lay_out", "leaves", "leaves_with_gains", "shapes_through", "shared_vectors"]


def leaves(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Yield the layers, in order, looking inside those that are made of others."""
    for layer in layers:
        yield from leaves(layer.layers) if layer.layers else (layer,)


def check_layers(layers: Sequence[Any]) -> None:
    """Refuse what is no layer, and what is there twice."""
    if not layers:
        raise ConfigError("a Sequential needs at least one layer, got none.")
    seen: dict[int, str] = {}
    for position, layer in enumerate(layers):
        where = f"layer {position} of the Sequential"
        if not isinstance(layer, Layer):
            fix = ""
            if isinstance(layer, list | tuple):
                fix = " Pass the layers one by one: Sequential(*layers)."
            elif isinstance(layer, str):
                fix = f" Make one: layerkit.activation({layer!r})."
            elif isinstance(layer, type):
                fix = f" Make one: {layer.__name__}(...)."
            raise ConfigError(f"{where} must be a Layer object, got {layer!r}.{fix}")
        for part in (*leaves([layer]), *layer.parameters()):
            if id(part) in seen:
                raise ConfigError(
                    f"{where}, {part!r}, is {seen[id(part)]} as well. An object keeps the pass of one place only: "
                    f"make a new one, or use copy.deepcopy for one with the same values."
                )
            seen[id(part)] = where


@overload
def shapes_through(layers: Sequence[Layer], shape: Shape) -> list[Shape]: ...


@overload
def shapes_through(layers: Sequence[Layer], shape: None) -> list[Shape | None]: ...


def shapes_through(layers: Sequence[Layer], shape: Shape | None) -> Any:
    """Return the shape of one sample before the first layer and after each, None as long as it is not known."""
    shapes = [shape]
    for position, layer in enumerate(layers):
        if shape is None:
            shape = shapes[-1] = layer.input_shape
        if shape is not None:
            try:
                shape = layer.output_shape(shape)
            except ShapeError as error:
                before = f" It comes after layer {position - 1}, {layers[position - 1]!r}." if position else ""
                raise ShapeError(f"layer {position} of the Sequential: {error}{before}") from None
        shapes.append(shape)
    return shapes


def leaves_with_gains(layers: Sequence[Layer]) -> list[tuple[Layer, float]]:
    """Return what `leaves` yields, each with the gain of the activation that follows."""
    parts = list(leaves(layers))
    return [(part, _gain_of_next(parts[position:])) for position, part in enumerate(parts, 1)]


def _gain_of_next(layers: Sequence[Layer]) -> float:
    # with only parameter-free layers between; 1 without one
    for layer in layers:
        if layer.gain is not None:
            return layer.gain
        if layer.parameters():
            break
    return 1.0


def lay_out(layers: Sequence[Layer], dtype: np.dtype[Any] | None) -> tuple[Array, Array]:
    """Move the parameters of `layers` into one vector and their gradients into another; return the two.

    A vector moves as a whole, in its order, or stays: parameters that belong to another network stay where
    they are if they already lie in a row there, and are refused otherwise, because the other network would
    be torn apart.
    """
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    dtypes = {parameter.dtype for parameter in parameters} or {FLOAT32}
    if dtype is None and len(dtypes) > 1:
        raise ConfigError("the layers have parameters of float32 and of float64. Pass the Sequential a dtype.")
    dtype = dtype or dtypes.pop()

    if all(parameter.is_set for parameter in parameters):
        shared = shared_vectors(parameters)
        if shared is not None and shared[0].dtype == dtype:
            return shared
    torn: set[int] = set()
    for vector, group in groupby(parameters, lambda parameter: parameter.is_bound and id(parameter.grad.base)):
        stretch = list(group)
        if vector and not _is_whole(stretch):
            torn.update(map(id, stretch))
    if torn:
        position, layer = next(
            (position, layer)
            for position, layer in enumerate(layers)
            if any(id(parameter) in torn for parameter in layer.parameters())
        )
        raise ConfigError(
            f"layer {position} of the Sequential, {layer!r}, belongs to another network, whose parameters would be "
            f"torn apart. Put copy.deepcopy of it here: of a layer, of a whole network, or of a slice."
        )

    size = sum(parameter.size for parameter in parameters)
    values, grads = np.empty(size, dtype), np.zeros(size, dtype)
    start = 0
    for parameter in parameters:
        own, start = slice(start, start + parameter.size), start + parameter.size
        parameter.bind(values[own].reshape(parameter.shape), grads[own].reshape(parameter.shape))
    return values, grads


def shared_vectors(parameters: Sequence[Parameter]) -> tuple[Array, Array] | None:
    """Return the stretches, of values and of gradients, in which parameters lie in a row; None if they do not."""
    grads = _stretch([parameter.grad for parameter in parameters])
    if grads is None:  # before anything looks at a value, which would draw it
        return None
    values = _stretch([parameter.value for parameter in parameters])
    return None if values is None else (values, grads)


def _is_whole(parameters: Sequence[Parameter]) -> bool:
    # whether these are all the parameters of the vector that they lie in, in its order
    grads = [parameter.grad for parameter in parameters]
    stretch = _stretch(grads)
    return stretch is not None and stretch.base is not None and stretch.size == stretch.base.size


def _stretch(arrays: Sequence[Array]) -> Array | None:
    vector = arrays[0].base if arrays else None
    if vector is None:
        return None
    start = stop = _offset(arrays[0], vector)
    for array in arrays:
        if array.base is not vector or _offset(array, vector) != stop:
            return None
        stop += array.size
    stretch: Array = vector[start:stop]
    return stretch


def _offset(array: Array, vector: Array) -> int:
    # in elements, from the start of the vector
    distance: int = array.__array_interface__["data"][0] - vector.__array_interface__["data"][0]
    return distance // vector.itemsize

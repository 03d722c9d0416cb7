"""Composing: whether layers fit, what follows them, and their parameters in one vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from layerkit.checks import FLOAT32, Array, Shape
from layerkit.errors import ConfigError, ShapeError
from layerkit.layer import Layer

__all__ = ["check_layers", "gain_of_next", "lay_out", "leaves", "shapes_through", "shared_vector"]


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


def gain_of_next(layers: Sequence[Layer]) -> float:
    """Return the gain of the activation that follows, with only parameter-free layers between; 1 without one."""
    for layer in layers:
        if layer.gain is not None:
            return layer.gain
        if layer.parameters():
            break
    return 1.0


def lay_out(layers: Sequence[Layer], dtype: np.dtype[Any] | None) -> tuple[Array, Array]:
    """Move the parameters of `layers` into one vector and their gradients into another; return the two.

    A vector moves as a whole or stays: parameters that belong to another network stay where they are if
    they already lie in a row there, and are refused otherwise, because the other network would lose them.
    """
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    dtypes = {parameter.dtype for parameter in parameters} or {FLOAT32}
    if dtype is None and len(dtypes) > 1:
        raise ConfigError("the layers have parameters of float32 and of float64. Pass the Sequential a dtype.")
    dtype = dtype or dtypes.pop()

    left_behind: dict[int, int] = {}  # by vector, how many of its elements these parameters are not
    for parameter in parameters:
        vector = parameter.grad.base
        if parameter.is_bound and vector is not None:
            left_behind[id(vector)] = left_behind.get(id(vector), vector.size) - parameter.size
    if any(left_behind.values()):
        grads = shared_vector([parameter.grad for parameter in parameters])
        values = shared_vector([parameter.value for parameter in parameters])
        if grads is not None and values is not None and values.dtype == dtype:
            return values, grads
        position, layer = next(
            (position, layer)
            for position, layer in enumerate(layers)
            for parameter in layer.parameters()
            if parameter.is_bound and left_behind[id(parameter.grad.base)]
        )
        raise ConfigError(
            f"layer {position} of the Sequential, {layer!r}, belongs to another network, which would lose its "
            f"parameters. Use copy.deepcopy(layer) for a layer of its own, or a slice of the other network."
        )

    size = sum(parameter.size for parameter in parameters)
    values, grads = np.empty(size, dtype), np.zeros(size, dtype)
    start = 0
    for parameter in parameters:
        stretch, start = slice(start, start + parameter.size), start + parameter.size
        parameter.bind(values[stretch].reshape(parameter.shape), grads[stretch].reshape(parameter.shape))
    return values, grads


def shared_vector(arrays: Sequence[Array]) -> Array | None:
    """Return the vector that `arrays` are consecutive views of, None if there is no such vector."""
    vector = arrays[0].base
    if vector is None:
        return None
    start = stop = _offset(arrays[0], vector)
    for array in arrays:
        if array.base is not vector or _offset(array, vector) != stop:
            return None
        stop += array.size
    shared: Array = vector[start:stop]
    return shared


def _offset(array: Array, vector: Array) -> int:
    # in elements, from the start of the vector
    distance: int = array.__array_interface__["data"][0] - vector.__array_interface__["data"][0]
    return distance // vector.itemsize

"""Inference: layers in a row on new data, where nothing has to be kept for a backward pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

from layerkit.validation import Array, Shape
from layerkit.network.composition import shapes_through
from layerkit.layers.base import Layer
from layerkit.network.workspace import check_promises

__all__ = ["infer", "infer_in_chunks", "rows_in_cache"]

# Bytes that the widest array of one chunk takes, so that a chunk stays in the L2 cache; and rows that always go through
# together: to ask for the widest array would cost as much as two layers.
_CHUNK, _FEW = 1 << 18, 32


def infer(
    layers: Sequence[Layer], x: Array, promised: Shape | None, offers: Iterable[Array | None] | None = None
) -> Array:
    """Return what the layers make of a batch.

    Parameters
    ----------
    layers : sequence of Layer
        The layers in order.
    x : numpy.ndarray
        The batch.
    promised : tuple of int or None
        The shape of one output sample that the layers have promised, None where it depends on the input.
    offers : iterable of numpy.ndarray, optional
        Memory for the output of each layer; without it, they use their own.

    Returns
    -------
    numpy.ndarray
        The output: an array of the last layer's making, the last offer, or `x` itself.

    Raises
    ------
    PluginError
        If a layer returns another shape or dtype than it promises.
    """
    y = x
    for layer, offer in zip(layers, offers or repeat(None), strict=False):
        y = layer.forward(y, False, offer)
    if y.dtype is not x.dtype or (promised is not None and y.shape[1:] != promised):
        check_promises(layers, x[:1])
    return y


def infer_in_chunks(layers: Sequence[Layer], x: Array, rows: int) -> Array:
    """Return what the layers make of a batch, `rows` at a time, in memory that all chunks share."""
    *shapes, last = shapes_through(layers, x.shape[1:])[1:]
    between = [np.empty((rows, *shape), x.dtype) for shape in shapes]
    result = np.empty((len(x), *last), x.dtype)
    for start in range(0, len(x), rows):
        chunk = x[start : start + rows]
        offers = [memory[: len(chunk)] for memory in (*between, result[start:])]
        y = infer(layers, chunk, last, offers)
        if y is not offers[-1]:
            offers[-1][...] = y
    return result


def rows_in_cache(layers: Sequence[Layer], x: Array) -> int:
    """Return how many rows of `x` can go through the layers together without leaving the cache."""
    if len(x) <= _FEW:
        return _FEW
    widest = max(math.prod(shape) for shape in shapes_through(layers, x.shape[1:]))
    return max(1, _CHUNK // (max(1, widest) * x.itemsize))

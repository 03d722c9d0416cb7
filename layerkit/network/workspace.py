"""Workspace: the memory of a training step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layerkit.validation import Array
from layerkit.network.composition import shapes_through
from layerkit.errors import PluginError
from layerkit.layers.base import Layer, distribution

__all__ = ["Workspace", "check_promises"]


class Workspace:
    """The arrays between the layers, for batches of one shape: made once, used in every step.

    It is a plan as well: each pass is a list of methods to call, each with the array that it is offered.

    Parameters
    ----------
    layers : sequence of Layer
        The layers in order.
    x : numpy.ndarray
        A batch; its first row goes through the layers once, to see that they keep their promises.

    Raises
    ------
    PluginError
        If a layer returns another shape or dtype than it promises.
    """

    def __init__(self, layers: Sequence[Layer], x: Array) -> None:
        shapes = shapes_through(layers, x.shape[1:])
        check_promises(layers, x[:1])
        between = [(len(x), *shape) for shape in shapes[1:-1]]
        self.input_shape, self.output_shape = x.shape, (len(x), *shapes[-1])
        # outputs of all layers but the last, and input gradients of all but the first
        outputs = [np.empty(shape, x.dtype) for shape in between]
        grads = [np.empty(shape, x.dtype) for shape in between]
        self.forward = [(layer.forward, out) for layer, out in zip(layers[:-1], outputs, strict=True)]
        backward = [(layer.backward, out) for layer, out in zip(layers[1:], grads, strict=True)]
        self.backward = backward[::-1]
        # without the gradient of the input, the pass ends at the first layer that learns
        first = next((i for i, layer in enumerate(layers) if layer.parameters()), len(layers))
        self.backward_to_first = backward[first:][::-1]
        self.first = layers[first] if first < len(layers) else None


def check_promises(layers: Sequence[Layer], x: Array) -> None:
    """Take a batch through the layers, and refuse one that returns another shape or dtype than it promises."""
    y, shapes = x, shapes_through(layers, x.shape[1:])
    for position, (layer, shape) in enumerate(zip(layers, shapes[1:], strict=True)):
        y = layer.forward(y, False)
        if not isinstance(y, np.ndarray) or y.shape[1:] != shape or y.dtype != x.dtype:
            got = f"{y.dtype} samples of shape {y.shape[1:]}" if isinstance(y, np.ndarray) else repr(y)
            raise PluginError(
                f"layer {position} of the Sequential, {layer!r} (distribution {distribution(type(layer))}), must "
                f"return {x.dtype} samples of shape {shape}, as its output_shape says, but returned {got}. "
                f"Correct its forward or its output_shape."
            )

"""The table that `Sequential.summary` returns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from layerkit.validation import Shape
from layerkit.layers.base import Layer

__all__ = ["Summary", "summarize"]


class Summary(str):
    """A text that shows as it prints."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def summarize(layers: Sequence[Layer], shapes: Sequence[Shape | None], itemsize: int) -> Summary:
    """Return a table of layers, output shapes, parameter counts and memory.

    Parameters
    ----------
    layers : sequence of Layer
        The layers in order.
    shapes : sequence of tuple of int or None
        The shape of one sample before the first layer and after each; None where it is not known.
    itemsize : int
        Bytes of one number.

    Returns
    -------
    Summary
        The table.
    """
    counts = [sum(parameter.size for parameter in layer.parameters()) for layer in layers]
    rows = [("#", "layer", "output", "parameters", "memory")]
    for position, (layer, shape, count) in enumerate(zip(layers, shapes[1:], counts, strict=True)):
        name = " ".join(repr(layer).split())
        rows.append((str(position), name, _show(shape), f"{count:,}", _bytes(count * itemsize)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{a:>{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e:>{widths[4]}}"
        for a, b, c, d, e in rows
    ]
    rule = "─" * len(lines[0])
    activations = sum(math.prod(shape) for shape in shapes[1:] if shape is not None)
    total = (
        f"{sum(counts):,} parameters, {_bytes(sum(counts) * itemsize)}; "
        f"activations of one sample {_bytes(activations * itemsize)}"
    )
    return Summary("\n".join([lines[0], rule, *lines[1:], rule, total]))


def _show(shape: Shape | None) -> str:
    if shape is None:
        return "?"
    return " × ".join(map(str, shape)) or "1"


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

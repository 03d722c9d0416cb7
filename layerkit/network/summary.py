"""The table that `Sequential.summary` returns."""

import math
from collections.abc import Sequence

from layerkit.layers.base import Layer
from layerkit.shapes import is_tuple_of_shapes
from layerkit.text import Text, one_line, printable, table
from layerkit.validation import Shape

__all__ = ["summarize"]


def summarize(layers: Sequence[Layer], shapes: Sequence[Shape], itemsize: int) -> Text:
    """Return a table of layers, output shapes, parameter counts and memory.

    Parameters
    ----------
    layers : sequence of Layer
        The layers in order.
    shapes : sequence of tuple
        The shape of one sample before the first layer and after each.
    itemsize : int
        Bytes of one number.

    Returns
    -------
    Text
        The table.
    """
    counts = [sum(parameter.size for parameter in layer.parameters()) for layer in layers]
    rows = [("#", "layer", "output", "parameters", "memory")]
    rows += [
        (str(position), one_line(layer), _show(shape), f"{count:,}", _bytes(count * itemsize))
        for position, (layer, shape, count) in enumerate(zip(layers, shapes[1:], counts, strict=True))
    ]
    lines = table(rows, "><<>>", rule=True).splitlines()
    known = [size for shape in shapes[1:] for size in _sizes(shape)]
    total = f"{sum(counts):,} parameters, {_bytes(sum(counts) * itemsize)}"
    if None not in known:
        total += f"; activations of one sample {_bytes(sum(map(int, filter(None, known))) * itemsize)}"
    return Text(printable("\n".join([*lines, lines[1], total])))


def _sizes(shape: Shape) -> list[int | None]:
    # the number of elements of each array, None where it is not known
    if is_tuple_of_shapes(shape):
        return [size for part in shape for size in _sizes(part)]
    return [None if shape is None or None in shape or ... in shape else math.prod(shape)]


def _show(shape: Shape) -> str:
    if is_tuple_of_shapes(shape):
        return ", ".join(f"({_show(part)})" for part in shape)
    if shape is None:
        return "?"
    return " × ".join("?" if size in (None, ...) else str(size) for size in shape) or "1"


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

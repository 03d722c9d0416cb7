"""Diagrams: the layers of a model, and the shapes between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerkit.errors import ConfigError
from layerkit.layers import Layer
from layerkit.network import Parallel, Residual, Sequential
from layerkit.plots.flow import Arrow, Box, Flow, Frame, Lane, draw_flow
from layerkit.shapes import is_tuple_of_shapes
from layerkit.text import one_line
from layerkit.validation import Shape

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["diagram"]


def diagram(model: Layer, ax: Axes | None = None, *, input_shape: Shape | None = None) -> Axes:
    """Draw the layers of a model from left to right, with the shapes on the arrows between them.

    A box is a layer, with its position, arguments and number of parameters. Networks in the network are drawn layer
    by layer; a dashed frame holds the branches of a `layerkit.Residual` or `layerkit.Parallel`. A size that varies is a
    star.

    Parameters
    ----------
    model : Layer
        A network, or a single layer.
    ax : matplotlib.axes.Axes, optional
        The Axes to draw on; by default those of a new figure, as large as the drawing needs.
    input_shape : tuple, optional
        The shape of one sample; by default the one with the fewest axes that the first layer takes.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes with the drawing.

    Raises
    ------
    ConfigError
        If `model` is no layer.
    ShapeError
        If `input_shape` does not fit the model.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> ax = lk.plots.diagram(model)
    >>> [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    ['0  Dense', '1  ReLU', '2  Dense']
    """
    if not isinstance(model, Layer):
        raise ConfigError(f"model must be a network or a layer, got {model!r}.")
    shape = _fewest_axes(model.input_shape) if input_shape is None else input_shape
    return draw_flow(_lane({"": model}, shape), ax)


def _lane(layers: dict[str, Layer], shape: Shape) -> Lane:
    nodes: list[Box | Frame] = []
    for name, layer in layers.items():
        after = layer.output_shape(shape)
        if type(layer).forward is Sequential.forward:
            nodes += _lane(_inner(layer, name), shape).nodes
        else:
            nodes.append(_node(name, layer, shape))
        shape = after
    return Lane(nodes, _flow(shape))


def _node(name: str, layer: Layer, shape: Shape) -> Box | Frame:
    title, into = f"{name}  {type(layer).__name__}".strip(), _flow(shape)
    if type(layer).forward is Residual.forward:
        return Frame(f"{title}, x + f(x)", [_lane(_inner(layer, name), shape), Lane([], into)], into)
    if isinstance(layer, Parallel) and type(layer).forward is Parallel.forward:
        parts: Sequence[Shape] = shape if layer.inputs == "each" else [shape] * len(layer.branches)
        branches = zip(_inner(layer, name).items(), parts, strict=True)
        lanes = [_lane({branch: inner}, part) for (branch, inner), part in branches]
        return Frame(f"{title}, {JOINED[layer.join]}", lanes, into)
    arguments = one_line(layer).partition("(")[2].removesuffix(")")
    count = sum(parameter.size for parameter in layer.parameters())
    counted = [f"{count:,} parameter{'s' if count != 1 else ''}"] if count else []
    return Box(title, [*([arguments] if arguments else []), *counted], into)


JOINED = {"concatenate": "concatenated", "add": "added", "multiply": "multiplied", "tuple": "kept apart"}


def _inner(layer: Layer, name: str) -> dict[str, Layer]:
    return {f"{name}.{child}".lstrip("."): inner for child, inner in layer.children().items()}


def _fewest_axes(pattern: Shape) -> Shape:
    if is_tuple_of_shapes(pattern):
        return tuple(map(_fewest_axes, pattern))
    return pattern[1:] if len(pattern) > 1 and pattern[0] is ... else pattern


def _flow(shape: Shape) -> Flow:
    return Flow(Arrow(_show(shape)))


def _show(shape: Shape) -> str:
    if is_tuple_of_shapes(shape):
        return ", ".join(map(_show, shape))
    return f"({', '.join(['batch', *('…' if size is ... else '*' if size is None else str(size) for size in shape)])})"

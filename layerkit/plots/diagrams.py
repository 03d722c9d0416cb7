"""Diagram: a model as SVG, which needs nothing but a browser."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from os import PathLike
from pathlib import Path

from layerkit.validation import Shape
from layerkit.network.composition import shapes_through
from layerkit.errors import ConfigError
from layerkit.layers.base import Layer
from layerkit.network.sequential import Sequential

__all__ = ["Diagram", "diagram"]

# White text on these, and these on white and on black, have a contrast of at least 4.5:1 and 3.4:1.
_LEARNS, _ACTIVATION, _OTHER = "#0072B2", "#007A5C", "#666666"
_OUTSIDE = "#757575"  # 4.5:1 on white and on black
_FONT = "font-family='ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace' font-size='13'"
_COLUMN = 8.2  # the width of a character: no monospaced font is wider than 0.63 of its size
_LINE, _PAD, _ARROW = 18, 10, 36
_WRAP, _LINES = 44, 2  # of a layer's own words, before they end in an ellipsis


class Diagram(str):
    """A drawing as SVG text, which notebooks show as a picture.

    Examples
    --------
    >>> import layerkit as lk
    >>> drawing = lk.plots.diagram(lk.Sequential(lk.Dense(4, 2), lk.Tanh()))
    >>> drawing
    <Diagram of Sequential, 10 parameters>
    >>> drawing.startswith("<svg")
    True
    """

    subject: str = "a model"

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file.

        Parameters
        ----------
        path : str or path-like
            The file, best with the suffix .svg.
        """
        Path(path).write_text(self, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<Diagram of {self.subject}>"


def diagram(model: Layer) -> Diagram:
    """Draw the layers of a model from top to bottom, with the shapes on the arrows between them.

    Layers that learn are blue, activations without parameters green, all others grey; a network in a network is a
    dashed frame around its layers. Of a long description the drawing shows the start, and the rest when the mouse
    rests on it. It has no background of its own and can be read on white and on black.

    Parameters
    ----------
    model : Layer
        A network, or a single layer.

    Returns
    -------
    Diagram
        The SVG, as text.

    Raises
    ------
    ConfigError
        If `model` is no layer.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> lk.plots.diagram(model)
    <Diagram of Sequential, 97 parameters>
    >>> lk.plots.diagram(model).save("model.svg")  # doctest: +SKIP
    """
    if not isinstance(model, Layer):
        raise ConfigError(f"model must be a network or a layer, got {model!r}.")
    drawing = _Drawing()
    drawing.add_column(model.layers if isinstance(model, Sequential) else (model,), model.input_shape)
    title = _title(model)
    result = Diagram(drawing.svg(title))
    result.subject = title
    return result


@dataclass
class _Box:
    top: float
    lines: list[str]
    words: str
    colour: str

    @property
    def height(self) -> float:
        return _LINE * len(self.lines) + 2 * _PAD


@dataclass
class _Frame:
    top: float
    title: str
    depth: int = 1  # of the frames in it, itself included
    height: float = 0.0


@dataclass
class _Arrow:
    top: float
    height: float
    words: str


@dataclass
class _Drawing:
    """What is to be drawn, from top to bottom; x = 0 is the middle."""

    y: float = 2.0
    boxes: list[_Box] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    arrows: list[_Arrow] = field(default_factory=list)

    def add_column(self, layers: tuple[Layer, ...], shape: Shape | None) -> None:
        shapes = shapes_through(layers, shape)
        self._add_arrow(_ARROW, _batch(shapes[0]))
        for layer, (before, after) in zip(layers, pairwise(shapes), strict=True):
            self._add_layer(layer, before, after)
            self._add_arrow(_ARROW, _batch(after))

    def _add_layer(self, layer: Layer, before: Shape | None, after: Shape | None) -> int:
        # and return how deep its frames are nested
        if not isinstance(layer, Sequential):
            self._add_box(layer, after)
            return 0
        frame = _Frame(self.y, _title(layer))
        self.frames.append(frame)
        self.y += _LINE + _PAD
        shapes = pairwise(shapes_through(layer.layers, before))
        for position, (part, inside) in enumerate(zip(layer.layers, shapes, strict=True)):
            self._add_arrow(_ARROW if position else _ARROW / 2, _batch(inside[0]) if position else "")
            frame.depth = max(frame.depth, 1 + self._add_layer(part, *inside))
        self.y += _PAD
        frame.height = self.y - frame.top
        return frame.depth

    def _add_box(self, layer: Layer, out: Shape | None) -> None:
        words = _printable(repr(layer))
        count = _count(layer)
        colour = _LEARNS if count else _OTHER if layer.gain is None else _ACTIVATION
        facts = [f"output {' × '.join(map(str, out)) or '1'}" if out is not None else "output ?"]
        facts += [_parameters(count)] if count else []
        name = textwrap.wrap(words, _WRAP, max_lines=_LINES, placeholder="…") or [type(layer).__name__]
        box = _Box(self.y, [*name, " · ".join(facts)], words, colour)
        self.boxes.append(box)
        self.y += box.height

    def _add_arrow(self, height: float, words: str) -> None:
        self.arrows.append(_Arrow(self.y, height, words))
        self.y += height

    def svg(self, title: str) -> str:
        box = max(
            *(_width(line) + 2 * _PAD for box in self.boxes for line in box.lines),
            *(_width(frame.title) for frame in self.frames),
            *(2 * (_width(arrow.words) + _PAD) for arrow in self.arrows),
        )
        depth = max((frame.depth for frame in self.frames), default=0)
        width, height = box + 2 * _PAD * depth + 4, self.y + 2
        return "\n".join(
            [
                f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:g}' height='{height:g}' "
                f"viewBox='{-width / 2:g} 0 {width:g} {height:g}' role='img' {_FONT} "
                f"style='max-width: 100%; height: auto'>",
                f"<title>{escape(title)}</title>",
                *(_draw_frame(frame, box / 2 + _PAD * frame.depth) for frame in self.frames),
                *map(_draw_arrow, self.arrows),
                *(_draw_box(each, box) for each in self.boxes),
                "</svg>",
            ]
        )


def _draw_box(box: _Box, width: float) -> str:
    lines = "".join(
        f"<text y='{box.top + _PAD + _LINE * (row + 0.75):g}' text-anchor='middle' fill='white' "
        f"font-weight='{'normal' if line is box.lines[-1] else 'bold'}'>{escape(line)}</text>"
        for row, line in enumerate(box.lines)
    )
    return (
        f"<g><title>{escape(box.words)}</title><rect x='{-width / 2:g}' y='{box.top:g}' width='{width:g}' "
        f"height='{box.height:g}' rx='6' fill='{box.colour}'/>{lines}</g>"
    )


def _draw_frame(frame: _Frame, half: float) -> str:
    return (
        f"<rect x='{-half:g}' y='{frame.top:g}' width='{2 * half:g}' height='{frame.height:g}' rx='8' fill='none' "
        f"stroke='{_OUTSIDE}' stroke-dasharray='5 4'/>"
        f"<text x='{_PAD - half:g}' y='{frame.top + _LINE:g}' fill='{_OUTSIDE}'>{escape(frame.title)}</text>"
    )


def _draw_arrow(arrow: _Arrow) -> str:
    tip = arrow.top + arrow.height - 1
    return (
        f"<path d='M0 {arrow.top + 1:g}V{tip - 6:g}' stroke='{_OUTSIDE}' stroke-width='1.5'/>"
        f"<path d='M0 {tip:g}l-4 -8h8z' fill='{_OUTSIDE}'/>"
        f"<text x='{_PAD}' y='{arrow.top + arrow.height / 2 + 4:g}' fill='{_OUTSIDE}'>{escape(arrow.words)}</text>"
    )


def _title(layer: Layer) -> str:
    return f"{type(layer).__name__}, {_parameters(_count(layer))}"


def _count(layer: Layer) -> int:
    return sum(parameter.size for parameter in layer.parameters())


def _parameters(count: int) -> str:
    return f"{count:,} parameter{'s' if count != 1 else ''}"


def _batch(shape: Shape | None) -> str:
    return "(batch, ?)" if shape is None else repr(("batch", *shape)).replace("'", "")


def _printable(text: str) -> str:
    # one line, without the characters that XML has no place for
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def _width(text: str) -> float:
    return _COLUMN * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

"""The diagram of a trace: layers in a row, values flowing right, gradients flowing left."""

from __future__ import annotations

import math
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from layerkit.plots.canvas import axes
from layerkit.tracing.record import Quantity

if TYPE_CHECKING:  # optional at run time, and Trace is above
    from matplotlib.axes import Axes

    from layerkit.tracing.trace import Trace

__all__ = ["draw"]

# In inches, the unit of the drawing where nobody gives it a place of its own.
_COLUMNS, _PITCH, _ROW = 5, 1.5, 1.95
_BOX, _HEIGHT, _ARROW = 0.96, 0.78, 0.19  # width and height of a box, how far arrows are from its middle
_MARGIN, _FONT = 0.3, 8.0


class Box(NamedTuple):
    """A layer, or the loss: what it is, what flows into it, and the gradients that come out of it."""

    name: str
    arguments: str
    value: Quantity
    grad: Quantity
    parameters: tuple[Quantity, ...] = ()

    @property
    def learnt(self) -> list[Quantity]:
        """The gradients of all parameters as one quantity, for they share an arrow; empty without any."""
        arrays = [quantity.array.ravel() for quantity in self.parameters]
        return [Quantity("", np.concatenate(arrays))] if arrays else []


def draw(trace: Trace, ax: Axes | None = None) -> Axes:
    """Draw the boxes, the arrows between them, and the bar that explains the colours."""
    boxes = _boxes(trace)
    rows = math.ceil(len(boxes) / _COLUMNS)
    columns = math.ceil(len(boxes) / rows)
    width, height = columns * _PITCH + 2 * _MARGIN, rows * _ROW
    ax = axes(ax, (width + 0.1, height + 0.8))
    ax.set(xlim=(0, width), ylim=(-height, 0))
    ax.set_axis_off()
    paint = _Paint(boxes)
    paint.explain(ax)
    figure = ax.figure
    figure.figure.draw_without_rendering()  # the layout decides how much room there is
    room = ax.get_window_extent()
    font = _FONT * min(1.0, room.width / figure.dpi / width, room.height / figure.dpi / height)
    for i, box in enumerate(boxes):
        _draw_box(ax, box, (i % columns) * _PITCH + _MARGIN, -(i // columns) * _ROW - 0.75, font, paint)
    return ax


def _boxes(trace: Trace) -> list[Box]:
    boxes = []
    value = Quantity("x", trace.x)
    for step in trace:
        name, _, arguments = step.name.partition("(")
        *parameters, grad = step.backward
        if step is trace.steps[0]:
            grad = Quantity("∂C/∂x", grad.array)
        title = f"{step.position}  {name}"
        boxes.append(Box(title, arguments.removesuffix(")"), value, grad, tuple(parameters)))
        value = step.forward[-1]
    name, _, arguments = trace.loss_name.partition("(")
    return [*boxes, Box(name, f"C = {trace.cost:.4g}", value, trace.loss_backward)]


class _Paint:
    """The colour of a quantity: the root mean square of its elements, on a logarithmic scale."""

    def __init__(self, boxes: list[Box]) -> None:
        from matplotlib import colormaps
        from matplotlib.colors import LogNorm

        sizes = [quantity.rms for box in boxes for quantity in (box.value, box.grad, *box.learnt)]
        known = [size for size in sizes if 0 < size < math.inf] or [1.0]
        self.scale = LogNorm(min(known), max(10 * min(known), *known))  # a decade at least, so that a tick is in it
        self.colours = colormaps["viridis"]
        self.has_zero = 0.0 in sizes
        self.has_broken = not all(map(math.isfinite, sizes))

    def style(self, quantity: Quantity) -> dict[str, Any]:
        size = quantity.rms
        if not math.isfinite(size):
            return {"facecolor": "none", "hatch": "xxxxx"}
        return {"facecolor": self.colours(self.scale(size)) if size else "none"}

    def explain(self, ax: Axes) -> None:
        from matplotlib.cm import ScalarMappable

        mappable = ScalarMappable(self.scale, self.colours)
        bar = ax.figure.colorbar(mappable, ax=ax, orientation="horizontal", fraction=0.05, pad=0.02, aspect=40)
        notes = ["hollow: all 0"] * self.has_zero + ["crossed: NaN or infinity"] * self.has_broken
        label = "→ values, ← gradients: root mean square of the elements"
        bar.set_label("\n".join([label, ", ".join(notes)]).rstrip(), fontsize=_FONT)
        bar.ax.tick_params(labelsize=_FONT)
        bar.outline.set_linewidth(0.6)


def _draw_box(ax: Axes, box: Box, left: float, y: float, font: float, paint: _Paint) -> None:
    from matplotlib import rcParams
    from matplotlib.patches import FancyBboxPatch

    ink = rcParams["text.color"]
    gap = _PITCH - _BOX
    x, middle = left + gap, left + gap + _BOX / 2
    ax.add_patch(
        FancyBboxPatch(
            (x + 0.05, y - _HEIGHT / 2 + 0.05),
            _BOX - 0.1,
            _HEIGHT - 0.1,
            boxstyle="round,pad=0.05",
            facecolor="none",
            edgecolor=ink,
            linewidth=1,
        )
    )
    lines = wrap(shorten(box.arguments, 40, placeholder=" …"), 20)[:2]
    _fit(ax, middle, y + 0.09 * len(lines), box.name, font, 12, weight="bold")
    for i, line in enumerate(lines):
        _fit(ax, middle, y + 0.09 * len(lines) - 0.17 * (i + 1), line, font, 14)

    centre = x - gap / 2
    _arrow(ax, (x - gap + 0.03, y + _ARROW), (gap - 0.06, 0), paint.style(box.value))
    _arrow(ax, (x - 0.03, y - _ARROW), (-gap + 0.06, 0), paint.style(box.grad))
    above, below = y + _HEIGHT / 2 + 0.06, y - _HEIGHT / 2 - 0.06
    _fit(ax, centre, above, _label(box.value), font, 19, va="bottom")
    _fit(ax, centre, below, _label(box.grad), font, 19, va="top")
    for learnt in box.learnt:
        _arrow(ax, (middle, y - _HEIGHT / 2 - 0.03), (0, -0.3), paint.style(learnt))
        shown = [_label(quantity) for quantity in box.parameters[:2]]
        if len(box.parameters) > 2:
            shown[1:] = [f"and {len(box.parameters) - 1} more"]
        ax.text(middle, y - _HEIGHT / 2 - 0.37, "\n".join(shown), fontsize=font, ha="center", va="top")


def _arrow(ax: Axes, start: tuple[float, float], along: tuple[float, float], style: dict[str, Any]) -> None:
    from matplotlib import rcParams

    ax.arrow(
        *start,
        *along,
        width=0.08,
        head_width=0.19,
        head_length=0.15,
        length_includes_head=True,
        edgecolor=rcParams["text.color"],
        linewidth=0.6,
        **style,
    )


def _fit(ax: Axes, x: float, y: float, text: str, font: float, room: int, **look: Any) -> None:
    # smaller where the text is longer than `room`
    size = font * min(1.0, room / len(text))
    ax.text(x, y, text, fontsize=size, ha="center", **{"va": "center", **look})


def _label(quantity: Quantity) -> str:
    return f"{shorten(quantity.symbol, 20, placeholder='…')} {quantity.shape}"

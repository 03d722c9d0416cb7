"""Flow: boxes and frames in rows, with arrows between them, as traces and models are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from layerkit.plots.canvas import GRAY, axes

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["Arrow", "Box", "Flow", "Frame", "Lane", "draw_flow"]

# In inches, the unit of the drawing on Axes of its own size.
_BOX, _HEIGHT, _NARROW, _WIDE = 0.96, 0.78, 0.54, 1.3  # a box, and the gaps between boxes and around frames
_ROW, _MARGIN, _PAD, _TITLE = 7.9, 0.3, 0.1, 0.26  # the longest row; around all; inside a frame, and for its title
_APART, _LINE, _FONT = 0.19, 0.14, 8.0  # arrows from the middle, a line of text, its size in points


@dataclass(frozen=True)
class Arrow:
    """A label, and the size of the numbers that flow along the arrow; None without numbers."""

    label: str
    size: float | None = None


@dataclass(frozen=True)
class Flow:
    """What flows to the right and, in a trace, back to the left."""

    value: Arrow
    grad: Arrow | None = None


@dataclass(frozen=True)
class Box:
    """A layer without visible parts, or a loss."""

    title: str
    lines: list[str]
    into: Flow
    learned: tuple[Arrow, ...] = ()  # the gradients of parameters; they share an arrow of the first one's size


@dataclass(frozen=True)
class Frame:
    """A layer with visible branches."""

    title: str
    lanes: list[Lane]
    into: Flow


@dataclass(frozen=True)
class Lane:
    """Boxes and frames in a row, and the flow out of the last; without any, the flow goes through."""

    nodes: list[Box | Frame] = field(default_factory=list)
    out: Flow | None = None


def draw_flow(lane: Lane, ax: Axes | None = None) -> Axes:
    """Draw a lane in as many rows as it needs, and a color bar where there are numbers."""
    rows = _rows(lane)
    heights = [_extent(row) for row in rows]
    width = max(_length(row) for row in rows) + 2 * _MARGIN
    height = sum(above + below for above, below in heights)
    sizes = list(_sizes(lane))
    ax = axes(ax, (width + 0.1, height + (0.8 if sizes else 0.1)))
    paint = _Paint(sizes)
    ax.set(xlim=(0, width), ylim=(-height, 0))
    ax.set_axis_off()
    paint.explain(ax, width, height)
    figure = ax.figure
    figure.figure.draw_without_rendering()  # the layout decides how much room there is
    room = ax.get_window_extent()
    font = _FONT * min(1.0, room.width / figure.dpi / width, room.height / figure.dpi / height)
    pen, y = _Pen(ax, font, paint), 0.0
    for row, (above, below) in zip(rows, heights, strict=True):
        pen.draw_lane(row, _MARGIN, y - above)
        y -= above + below
    return ax


def _gaps(lane: Lane, framed: bool = False) -> list[float]:
    # before each node, and before the end if something flows out
    sides = [framed, *(isinstance(node, Frame) for node in lane.nodes), framed]
    gaps = [_WIDE if left or right else _NARROW for left, right in pairwise(sides)]
    return gaps if lane.out else gaps[:-1]


def _width(node: Box | Frame) -> float:
    return _BOX if isinstance(node, Box) else max(_length(lane, framed=True) for lane in node.lanes)


def _length(lane: Lane, framed: bool = False) -> float:
    return sum(_gaps(lane, framed)) + sum(map(_width, lane.nodes))


def _extent(lane: Lane) -> tuple[float, float]:
    # how far the lane goes above and below its middle
    flows = [flow for flow in (*(node.into for node in lane.nodes), lane.out) if flow]
    above, below = [0.5], [0.5 if any(flow.grad for flow in flows) else 0.25]
    for node in lane.nodes:
        if isinstance(node, Frame):
            half = (_TITLE + _PAD + sum(map(sum, map(_extent, node.lanes)))) / 2
            above.append(half + _PAD)
            below.append(half + _PAD)
        else:
            above.append(_HEIGHT / 2 + 0.3)
            below.append(_HEIGHT / 2 + (0.3 if node.into.grad else 0.15))
            if node.learned:
                below.append(_HEIGHT / 2 + 0.43 + _LINE * min(2, len(node.learned)))
    return max(above), max(below)


def _rows(lane: Lane) -> list[Lane]:
    # as few rows as possible, of about the same length
    def broken(limit: float) -> list[Lane]:
        rows = [Lane()]
        for node in lane.nodes:
            longer = Lane([*rows[-1].nodes, node])
            if rows[-1].nodes and _length(longer) > limit:
                rows.append(Lane([node]))
            else:
                rows[-1] = longer
        rows[-1] = Lane(rows[-1].nodes, lane.out)
        return rows

    longest = max([_ROW, *(_length(Lane([node])) for node in lane.nodes)])
    fewest = len(broken(longest))
    return next(rows for limit in np.linspace(longest / 4, longest, 61) if len(rows := broken(limit)) == fewest)


def _sizes(lane: Lane) -> Iterator[float]:
    for flow in (*(node.into for node in lane.nodes), lane.out):
        for arrow in (flow.value, flow.grad) if flow else ():
            if arrow and arrow.size is not None:
                yield arrow.size
    for node in lane.nodes:
        if isinstance(node, Frame):
            for inner in node.lanes:
                yield from _sizes(inner)
        else:
            yield from (arrow.size for arrow in node.learned[:1] if arrow.size is not None)


class _Paint:
    """The color of an arrow: the size of its numbers, on a logarithmic scale."""

    def __init__(self, sizes: Sequence[float]) -> None:
        from matplotlib import colormaps
        from matplotlib.colors import LogNorm

        self.known = len(sizes) > 0
        positive = [size for size in sizes if 0 < size < math.inf] or [1.0]
        low, high = min(positive), max(10 * min(positive), *positive)  # a decade at least: a tick is in it
        self.scale, self.is_narrow = LogNorm(low, high), high < 200 * low
        self.colors = colormaps["viridis"]
        self.has_zero = 0.0 in sizes
        self.has_broken = not all(map(math.isfinite, sizes))

    def style(self, size: float | None) -> dict[str, Any]:
        if size is None:
            return {"facecolor": GRAY}
        if not math.isfinite(size):
            return {"facecolor": "none", "hatch": "xxxxx"}
        return {"facecolor": self.colors(self.scale(size)) if size else "none"}

    def explain(self, ax: Axes, width: float, height: float) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.ticker import LogLocator

        if not self.known:
            return
        mappable, length = ScalarMappable(self.scale, self.colors), min(1.0, 5 / width)
        part = 0.13 / (height + 0.8)  # of the height, for the bar
        bar = ax.figure.colorbar(
            mappable,
            ax=ax,
            orientation="horizontal",
            pad=0.02,
            fraction=part,
            shrink=length,
            aspect=length * width / 0.13,
        )
        notes = ["hollow: all 0"] * self.has_zero + ["crossed: NaN or infinity"] * self.has_broken
        label = "→ values, ← gradients: root mean square of the elements"
        bar.set_label("\n".join([label, ", ".join(notes)]).rstrip(), fontsize=_FONT)
        bar.ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if self.is_narrow else (1,), numticks=8))
        bar.ax.xaxis.set_major_formatter("{x:g}")
        bar.ax.minorticks_off()
        bar.ax.tick_params(labelsize=_FONT)
        bar.outline.set_linewidth(0.6)


class _Pen:
    """The Axes to draw on, the size of the letters, and the colors."""

    def __init__(self, ax: Axes, font: float, paint: _Paint) -> None:
        from matplotlib import rcParams

        self.ax, self.font, self.paint, self.ink = ax, font, paint, rcParams["text.color"]

    def draw_lane(self, lane: Lane, x: float, y: float, end: float | None = None) -> None:
        # `end` is where the frame around the lane ends
        gaps = _gaps(lane, framed=end is not None)
        for gap, node in zip(gaps, [*lane.nodes, None], strict=False):
            if node:
                if isinstance(node, Box):
                    self.draw_box(node, x + gap, y)
                else:
                    self.draw_frame(node, x + gap, y)
                self.draw_arrows(node.into, x, gap, y)
                self.draw_learned(node, x + gap + _BOX / 2, y - _HEIGHT / 2)
                x += gap + _width(node)
            elif lane.out:
                self.draw_arrows(lane.out, x, gap if end is None else end - x, y)

    def draw_frame(self, frame: Frame, x: float, y: float) -> None:
        width, heights = _width(frame), [_extent(lane) for lane in frame.lanes]
        height = _TITLE + _PAD + sum(map(sum, heights))
        top = y + height / 2
        self.outline(x, y, width, height, linestyle="--")
        self.text(x + 0.12, top - _TITLE / 2 - 0.03, frame.title, round(width * 14), ha="left", weight="bold")
        top -= _TITLE
        for lane, (above, below) in zip(frame.lanes, heights, strict=True):
            self.draw_lane(lane, x, top - above, x + width)
            top -= above + below

    def draw_box(self, box: Box, x: float, y: float) -> None:
        middle = x + _BOX / 2
        self.outline(x, y, _BOX, _HEIGHT)
        lines = [line for text in box.lines for line in wrap(text, 20, max_lines=2, placeholder=" …")]
        top = y + _LINE * len(lines) * 0.58
        self.text(middle, top, box.title if len(box.title) <= 20 else f"{box.title[:19]}…", 12, weight="bold")
        for i, line in enumerate(lines):
            self.text(middle, top - 0.17 * (i + 1), line, 13)

    def draw_arrows(self, flow: Flow, x: float, gap: float, y: float) -> None:
        # beside boxes, labels are above and below these; beside frames, which are higher, close to the arrows
        center, wide = x + gap / 2, gap > _NARROW
        apart = _APART if flow.grad else 0.0
        away, room = (apart + 0.12, round(gap * 14)) if wide else (_HEIGHT / 2 + 0.06, 19)
        self.arrow(x + 0.03, y + apart, gap - 0.06, 0, flow.value)
        self.text(center, y + away, flow.value.label, room, va="bottom")
        if flow.grad:
            self.arrow(x + gap - 0.03, y - apart, 0.06 - gap, 0, flow.grad)
            self.text(center, y - away, flow.grad.label, room, va="top")

    def draw_learned(self, node: Box | Frame, x: float, y: float) -> None:
        if isinstance(node, Box) and node.learned:
            self.arrow(x, y - 0.03, 0, -0.3, node.learned[0])
            shown = [arrow.label for arrow in node.learned[:2]]
            if len(node.learned) > 2:
                shown[1:] = [f"and {len(node.learned) - 1} more"]
            self.ax.text(x, y - 0.37, "\n".join(shown), fontsize=self.font, ha="center", va="top", parse_math=False)

    def outline(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        from matplotlib.patches import FancyBboxPatch

        look = {"boxstyle": "round,pad=0.05", "facecolor": "none", "edgecolor": self.ink, "linewidth": 1} | style
        corner = (x + 0.05, y - height / 2 + 0.05)
        self.ax.add_patch(FancyBboxPatch(corner, width - 0.1, height - 0.1, **look))

    def arrow(self, x: float, y: float, right: float, up: float, arrow: Arrow) -> None:
        head = {"width": 0.08, "head_width": 0.19, "head_length": 0.15, "length_includes_head": True}
        style = self.paint.style(arrow.size)
        self.ax.arrow(x, y, right, up, edgecolor=self.ink, linewidth=0.6, **head, **style)

    def text(self, x: float, y: float, text: str, room: int, **look: Any) -> None:
        # smaller where the text is longer than `room`
        size = self.font * min(1.0, room / max(1, len(text)))
        self.ax.text(x, y, text, fontsize=size, parse_math=False, **{"ha": "center", "va": "center", **look})

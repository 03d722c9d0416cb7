"""The chart of a comparison: a row of points for each size, lines for the growth."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from harness.report import Result, duration

# Okabe and Ito's colors, which can be told apart with every kind of color vision
_COLORS = ("#D55E00", "#000000", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#56B4E9", "#F0E442")
_MARKERS = "os^Dvxp*"


def draw(path: Path, note: str, results: dict[str, list[Result]]) -> None:
    """Draw the base variant size by size, and depth and batch as lines, where they were measured."""
    sizes = results.get("base", [])
    lines = [(name, results[name]) for name in ("depth", "batch") if results.get(name)]
    columns = max(len(sizes), 2 * len(lines), 2)
    rows = bool(sizes) + bool(lines)
    if not rows:
        return
    figure = plt.figure(figsize=(4 * columns, 4.4 * rows), layout="constrained")
    grid = figure.add_gridspec(rows, columns)
    for i, result in enumerate(sizes):
        _points(figure.add_subplot(grid[0, i]), result)
    for i, (name, series) in enumerate(lines):
        width = columns // len(lines)
        _lines(figure.add_subplot(grid[-1, i * width : (i + 1) * width]), name, series)
    figure.suptitle("Time of a training step (float32)")
    figure.supxlabel(note, fontsize=7, wrap=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _points(axes: Axes, result: Result) -> None:
    peers = sorted(result.times, key=result.median, reverse=True)
    for row, peer in enumerate(peers):
        time = result.median(peer)
        color = _COLORS[0] if peer == "layerkit" else _COLORS[5]
        axes.plot(time * 1e6, row, "o", color=color, markersize=8)
        axes.annotate(duration(time), (time * 1e6, row), (7, -3), textcoords="offset points", fontsize=8)
    axes.set_yticks(range(len(peers)), peers, fontsize=8)
    times = [result.median(peer) * 1e6 for peer in peers]
    axes.set_xscale("log")
    axes.set_xlim(*_decades(times[-1], times[0] * 4))  # and space for the figure beside the last point
    axes.grid(axis="x", alpha=0.3)
    axes.set_title(result.case.title, fontsize=9)
    axes.set_xlabel("µs, logarithmic")
    axes.spines[["top", "right"]].set_visible(False)


def _decades(low: float, high: float) -> tuple[float, float]:
    return 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))


def _lines(axes: Axes, name: str, series: list[Result]) -> None:
    numbers = [int(result.case.size.split()[-1]) for result in series]
    for i, peer in enumerate(series[0].times):
        axes.plot(
            numbers,
            [result.median(peer) * 1e6 for result in series],
            color=_COLORS[i % len(_COLORS)],
            marker=_MARKERS[i % len(_MARKERS)],
            linewidth=2.4 if peer == "layerkit" else 1.2,
            label=peer,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.set_xlabel({"depth": "Dense layers of width 64, batch 32", "batch": "rows of a batch, 16-64-64-1"}[name])
    times = [result.median(peer) * 1e6 for result in series for peer in result.times]
    axes.set_ylim(*_decades(min(times), max(times)))
    axes.set_ylabel("µs, logarithmic")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)

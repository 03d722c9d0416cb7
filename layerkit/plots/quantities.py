"""Distributions: histograms of the parameters of a model and of their gradients, a row for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from layerkit.errors import ConfigError
from layerkit.layers import Layer
from layerkit.parameter import Parameter
from layerkit.plots.canvas import BLUE, GRAY, VERMILION, axes, panels
from layerkit.text import one_line
from layerkit.validation import Array, check_choice

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["distributions"]

_BINS = 61  # odd, so that a single value is in the middle of one
_EQUAL = 1e-9  # relative: a smaller range cannot be divided into bins
_PEAK = 0.85  # of the distance between two rows
_HALF = 16  # characters at each end of a row's name: the position comes first, the parameter last


def distributions(model: Layer, show: Literal["both", "values", "gradients"] = "both", ax: Axes | None = None) -> Axes:
    """Draw how the values and the gradients of each parameter are distributed, the first layer on top.

    A row is a histogram, scaled to its own peak; all rows of a panel share the axis. Of the gradients, the absolute
    values are drawn on a logarithmic axis, where vanishing or exploding from layer to layer is a shift to the left
    or to the right. The share of zeros, which have no place on that axis, is written beside the row.

    Parameters
    ----------
    model : Layer
        A network, or a single layer.
    show : {"both", "values", "gradients"}
        The panels to draw. The gradients are those of the last `backward`.
    ax : matplotlib.axes.Axes, optional
        The Axes to draw on, divided between the panels; by default those of a new figure, as high as the rows need.

    Returns
    -------
    matplotlib.axes.Axes
        The panel of the values, if they are drawn. That of the gradients follows it in ``ax.figure.axes``.

    Raises
    ------
    ConfigError
        If `show` is none of the three, or the model has no parameters.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> ax = lk.plots.distributions(model, show="values")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['0 Dense.weight', '0 Dense.bias', '2 Dense.weight', '2 Dense.bias']
    """
    check_choice("show", show, ("both", "values", "gradients"))
    rows = _rows(model) if isinstance(model, Layer) else []
    if not rows:
        raise ConfigError(f"model must be a network or a layer with parameters, got {one_line(model)}.")
    columns = 2 if show == "both" else 1
    ax = axes(ax, (2.0 + 4.2 * columns, 1.2 + 0.4 * len(rows)))
    shown = panels(ax, 1, columns)
    if show != "gradients":
        _draw_values(shown[0], [parameter.value.astype(float).ravel() for _, parameter in rows])
    if show != "values":
        _draw_gradients(shown[-1], [parameter.grad.astype(float).ravel() for _, parameter in rows])
    names = [name if len(name) <= 2 * _HALF + 1 else f"{name[:_HALF]}…{name[-_HALF:]}" for name, _ in rows]
    ax.set_yticks(range(len(rows)), names, parse_math=False)
    ax.set_ylim(len(rows) - 0.8, -1.05)  # downwards
    for panel in shown:
        panel.label_outer()
        panel.tick_params(axis="y", length=0)
        panel.grid(axis="x", color=GRAY, alpha=0.3)
        panel.spines[["top", "right", "left"]].set_visible(False)
    return ax


def _rows(model: Layer) -> list[tuple[str, Parameter]]:
    # each parameter with the position and class of the innermost layer that holds it
    names = {}
    for position, layer in model.walk():
        for name, parameter in layer.named_parameters().items():
            names[id(parameter)] = f"{position} {type(layer).__name__}.{name}".lstrip()
    return [(names[id(parameter)], parameter) for parameter in model.parameters()]


def _draw_values(ax: Axes, rows: Sequence[Array]) -> None:
    finite = [row[np.isfinite(row)] for row in rows]
    _draw_ridges(ax, finite, _edges(np.concatenate(finite)), BLUE)
    _annotate(ax, rows, zeros=False)
    ax.set(title="parameters", xlabel="value")


def _edges(values: Array) -> Array:
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    size = max(-low, high)
    if high - low <= _EQUAL * size or size < np.finfo(np.float32).tiny:
        aside = max(0.5, 1e-3 * size)  # of a single value, in the middle
        low, high = low - aside, high + aside
    return np.linspace(low, high, _BINS + 1)


def _draw_gradients(ax: Axes, rows: Sequence[Array]) -> None:
    sizes = [np.abs(row[np.isfinite(row) & (row != 0)]) for row in rows]
    every = np.concatenate(sizes)
    ax.set(title="gradients", xlabel="absolute value")
    if every.size:
        ax.set_xscale("log")
        _draw_ridges(ax, sizes, np.geomspace(every.min() * 0.9, every.max() * 1.1, _BINS + 1), VERMILION)
        ax.minorticks_off()
    else:
        ax.set_xticks([])
        words = "all are zero or not finite:\nno backward pass yet,\nor nothing comes through it"
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center")
    _annotate(ax, rows, zeros=every.size > 0)


def _draw_ridges(ax: Axes, rows: Sequence[Array], edges: Array, color: str) -> None:
    for place, row in enumerate(rows):
        counts, _ = np.histogram(row, edges)
        heights = place - _PEAK * counts / max(1, counts.max())
        ax.stairs(heights, edges, baseline=place, fill=True, color=color, alpha=0.35, linewidth=0)
        ax.stairs(heights, edges, baseline=place, color=color)


def _annotate(ax: Axes, rows: Sequence[Array], zeros: bool) -> None:
    for place, row in enumerate(rows):
        notes = []
        if zeros and (share := np.mean(row == 0)):
            notes.append("all zero" if share == 1 else f"{min(100 * share, 99.9):.3g} % zero")
        if strange := np.count_nonzero(~np.isfinite(row)):
            notes.append(f"{strange:,} not finite")
        if notes:
            ax.text(1.01, place, ", ".join(notes), transform=ax.get_yaxis_transform(), va="bottom", fontsize="small")

"""Curves of activations: f and f′, with the points where f′ jumps."""

from __future__ import annotations

import copy
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from layerkit.errors import ConfigError
from layerkit.layers import Layer
from layerkit.plots.canvas import BLUE, GRAY, VERMILION, axes, legend_beside
from layerkit.plugins import activation as by_name
from layerkit.text import one_line
from layerkit.validation import Array

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["activation"]

_POINTS = 2001
_BEYOND_KINKS = 2.0  # from the outermost kinks to the ends of the range
_ASIDE = 1e-6  # from a kink to the points of its one-sided slopes, as a part of the range
_TURNS = 8  # extrema of f in the range, beyond which it is narrowed
_TITLE, _LINES = 48, 2  # characters and lines of the title


def activation(activation: str | Layer, ax: Axes | None = None, *, limits: tuple[float, float] | None = None) -> Axes:
    """Draw an activation's f and its derivative f′.

    Where f′ jumps, open circles mark its two one-sided limits, and a filled one the value that `backward` uses by
    convention. A learned activation is drawn at its present parameters, with a line for each feature that has
    parameters of its own.

    Parameters
    ----------
    activation : str or Layer
        A name, as `layerkit.activation` takes it, or an elementwise layer.
    ax : matplotlib.axes.Axes, optional
        The Axes to draw on; by default those of a new figure.
    limits : tuple of float, optional
        The smallest and the largest z; by default from -4 to 4, at least 2 beyond every kink, and less where f
        turns more than eight times on the way.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes with the drawing.

    Raises
    ------
    ConfigError
        If `activation` is no activation, or not elementwise, such as softmax; or if `limits` are not two increasing
        numbers.
    UnknownActivationError
        If no activation of that name is installed.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import layerkit as lk
    >>> ax = lk.plots.activation("relu")
    >>> ax.get_title(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('relu', ['f', 'f′', 'f′(0) = 0'])
    """
    layer = by_name(activation) if isinstance(activation, str) else activation
    if not isinstance(layer, Layer) or layer.gain is None:
        raise ConfigError(f"activation must be a name such as 'relu' or an activation layer, got {one_line(layer)}.")
    layer = copy.deepcopy(layer)  # the passes below leave no trace on the one that was given
    kinks = np.array(sorted(getattr(layer, "kinks", ())))
    low, high = _range(layer, kinks) if limits is None else _checked(limits)
    kinks = kinks[(kinks >= low) & (kinks <= high)]
    aside = _ASIDE * (high - low)

    z = np.unique(np.concatenate([np.linspace(low, high, _POINTS), kinks - aside, kinks, kinks + aside]))
    a, slope = _evaluate(layer, z)
    at = np.isin(z, kinks)
    line = slope.copy()
    line[at] = np.nan  # a gap instead of a steep line
    ax = axes(ax)
    for values, style, color, name in ((a, "-", BLUE, "f"), (line, "--", VERMILION, "f′")):
        ax.plot(z, values, style, color=color, label=[name, *["_"] * (values.shape[1] - 1)])
    if at.any():
        _mark_kinks(ax, z, slope, np.flatnonzero(at))
    ax.set_title(_title(layer), parse_math=False)
    ax.set(xlabel="z", xlim=(low, high))
    ax.axhline(0, color=GRAY, linewidth=0.6, zorder=0)
    ax.grid(color=GRAY, alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    legend_beside(ax)
    return ax


def _range(layer: Layer, kinks: Array) -> tuple[float, float]:
    if kinks.size:
        return min(-4.0, kinks[0] - _BEYOND_KINKS), max(4.0, kinks[-1] + _BEYOND_KINKS)
    _, slope = _evaluate(layer, np.linspace(-4, 4, _POINTS))
    turns = np.count_nonzero(np.diff(np.sign(slope), axis=0), axis=0).max()
    end = 4 * min(1.0, _TURNS / max(1, turns))
    return -end, end


def _checked(limits: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = map(float, limits)
    except (TypeError, ValueError):
        low = high = math.nan
    if not -math.inf < low < high < math.inf:
        raise ConfigError(f"limits must be two increasing numbers, got {limits!r}.")
    return low, high


def _evaluate(layer: Layer, z: Array) -> tuple[Array, Array]:
    # f and f′ at z, with a column for each feature of a layer that tells features apart
    *_, features = layer.input_shape
    x = np.repeat(z[:, None], features if isinstance(features, int) else 2, axis=1)
    with np.errstate(all="ignore"):
        a = layer.forward(x)
        slope: Any = layer.backward(np.ones_like(a)) if a.shape == x.shape else a
        changed = x.copy()
        changed[:, 0] = z[::-1]
        other = layer.forward(changed, training=False)
    if a.shape != x.shape or not np.array_equal(other[:, 1:], a[:, 1:], equal_nan=True):
        raise ConfigError(
            f"{one_line(layer)} is not elementwise: each of its outputs depends on several inputs, so that it has no "
            f"curve. Pass an elementwise activation, such as 'tanh'."
        )
    kept = slice(None) if isinstance(features, int) else slice(1)
    return a[:, kept], slope[:, kept]


def _mark_kinks(ax: Axes, z: Array, slope: Array, places: np.ndarray) -> None:
    for place in places:
        ax.axvline(z[place], color=GRAY, linewidth=0.8, linestyle=":", zorder=0)
    sides = np.concatenate([places - 1, places + 1])
    values = np.unique(slope[places])
    kink = f"f′({z[places[0]]:g})" if len(places) == 1 else "f′(kink)"
    label = f"{kink} = {values[0]:.4g}" if len(values) == 1 else kink
    options: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": VERMILION, "markersize": 6}
    ax.plot(z[sides], slope[sides], fillstyle="none", label="_", **options)
    ax.plot(z[places], slope[places], label=[label, *["_"] * (slope.shape[1] - 1)], **options)


def _title(layer: Layer) -> str:
    name, options = layer.name or type(layer).__name__, repr(layer).partition("(")[2]
    title = name if options in ("", ")") else f"{name}({options}"
    return textwrap.fill(title, _TITLE, max_lines=_LINES, placeholder="…")

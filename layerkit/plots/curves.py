"""Learning curves: the columns of a history, epoch by epoch."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from layerkit.errors import StateError
from layerkit.plots.canvas import BLUE, GRAY, VERMILION, axes, legend_beside, panels

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["history"]

_VALIDATION = "val_"
# Beyond this ratio, a linear axis leaves no room for the later epochs of a falling loss.
_LOG_FROM = 10
_LABEL = 22  # characters that fit along the height of a panel


def history(history: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Draw learning curves: the loss, below it a panel for each metric, and the learning rate if it changes.

    Training data are drawn as a solid line, validation data as a dashed one. The axis of the loss is logarithmic
    if all losses are positive and the largest is more than ten times the smallest. A value that is not finite leaves
    a gap in its line.

    Parameters
    ----------
    history : History or mapping of str to sequence of float
        The history that `Trainer.fit` returned.
    ax : matplotlib.axes.Axes, optional
        The Axes to draw on, divided among the panels; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The panel of the loss. Further panels follow it in ``ax.figure.axes``.

    Raises
    ------
    StateError
        If there is no epoch yet.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import layerkit as lk
    >>> record = lk.History()
    >>> for epoch in range(1, 6):
    ...     record.append({"loss": 1 / epoch, "val_loss": 1.2 / epoch, "learning_rate": 0.1})
    >>> ax = lk.plots.history(record)
    >>> ax.get_ylabel(), [line.get_label() for line in ax.lines]
    ('loss', ['training', 'validation'])
    """
    drawn = {name: [float(value) for value in values] for name, values in history.items()}
    if len(set(drawn.get("learning_rate", ()))) == 1:  # a constant needs no panel
        del drawn["learning_rate"]
    if not any(drawn.values()):
        raise StateError("the history has no epoch to draw. Train first: history = trainer.fit(X, Y, epochs=10).")
    quantities = list(dict.fromkeys(name.removeprefix(_VALIDATION) for name in drawn))
    quantities.sort(key=lambda name: (name != "loss", name == "learning_rate"))
    ax = axes(ax, (6.4, 1.4 + 2.1 * len(quantities)))
    rows = panels(ax, len(quantities))
    for panel, quantity in zip(rows, quantities, strict=True):
        for name, label, style, color in (
            (quantity, "training", "o-", BLUE),
            (_VALIDATION + quantity, "validation", "s--", VERMILION),
        ):
            if name in drawn:
                values = np.array(drawn[name])
                values[~np.isfinite(values)] = np.nan
                panel.plot(np.arange(1, values.size + 1), values, style, color=color, label=label, markersize=3)
        _set_scales(panel, quantity)
    if len(rows[0].lines) > 1:
        legend_beside(rows[0])
    rows[-1].set(xlabel="epoch", xlim=(0.5, max(map(len, drawn.values())) + 0.5))
    return ax


def _set_scales(panel: Axes, quantity: str) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator

    panel.set_ylabel(textwrap.fill(quantity.replace("_", " "), _LABEL, max_lines=3, placeholder="…"), parse_math=False)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    panel.label_outer()
    panel.grid(color=GRAY, alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in panel.lines])
    values = values[np.isfinite(values)]
    if not values.size:
        panel.text(0.5, 0.5, "no finite value", transform=panel.transAxes, ha="center", va="center")
        panel.set_yticks([])
    elif quantity == "loss" and 0 < _LOG_FROM * values.min() < values.max():
        panel.set_yscale("log")
        few_decades = values.max() < 100 * values.min()
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_decades else (1,)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.minorticks_off()

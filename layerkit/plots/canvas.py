"""Canvas: the Axes to draw on, and colors that color-blind readers can tell apart, on white and on black."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerkit.errors import MissingExtraError

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["BLUE", "COLORS", "GRAY", "GREEN", "PURPLE", "VERMILION", "axes", "legend_beside", "panels"]

# Okabe and Ito (2008), Color universal design: of their eight colors, those whose contrast is at least 3:1, as WCAG
# 2.1 asks of graphics, both on white and on black; and a gray that does the same, for grids.
BLUE, VERMILION, GREEN, PURPLE = COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
GRAY = "#808080"


def axes(ax: Axes | None, figsize: tuple[float, float] = (6.4, 4.0)) -> Axes:
    """Return `ax`, or the Axes of a new pyplot figure with constrained layout, which cuts off no label.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise MissingExtraError(f'plots need matplotlib ({error}). Install it: pip install "layerkit[plot]"') from error
    return plt.subplots(figsize=figsize, layout="constrained")[1]


def panels(ax: Axes, rows: int, columns: int = 1) -> list[Axes]:
    """Divide the area of `ax` among itself and new Axes; those in one column share x, those in one row share y."""
    from matplotlib.gridspec import GridSpec

    figure, place = ax.figure, ax.get_subplotspec()
    if place is None:  # made by add_axes
        box = ax.get_position()
        place = GridSpec(1, 1, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)[0]
    grid = place.subgridspec(rows, columns)
    ax.set_subplotspec(grid[0])
    across, down = (ax, None) if columns == 1 else (None, ax)
    return [ax, *(figure.add_subplot(grid[i], sharex=across, sharey=down) for i in range(1, rows * columns))]


def legend_beside(ax: Axes) -> None:
    """Put the legend right of the frame, where it hides no line, if the layout makes room for it."""
    if ax.figure.get_layout_engine() is None:
        ax.legend(loc="best")
    else:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)

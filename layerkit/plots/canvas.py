"""Canvas: the Axes to draw on, and colours that everybody can tell apart, on white and on black."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerkit.errors import MissingExtraError

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["BLUE", "COLOURS", "GREEN", "GREY", "PURPLE", "VERMILION", "axes"]

# Okabe and Ito (2008), Color universal design. Of their eight colours, those whose contrast is at least 3:1, as WCAG
# 2.1 asks of graphics, on white as well as on black; and a grey that does the same for what stands back.
BLUE, VERMILION, GREEN, PURPLE = COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
GREY = "#808080"


def axes(ax: Axes | None, figsize: tuple[float, float] = (6.4, 4.0)) -> Axes:
    """Return `ax`, or the Axes of a new pyplot figure with constrained layout, which cuts no label off.

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

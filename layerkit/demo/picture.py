"""Picture: learning curves and the hardest digits, where matplotlib is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layerkit.demo.reading import Reading
from layerkit.errors import ConfigError
from layerkit.training import History

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

__all__ = ["check_path", "write_picture"]

_FORMATS = (".png", ".pdf", ".svg")
_ROWS, _COLUMNS = 4, 4
# two of the colors of Okabe and Ito, which everybody can tell apart
_BLUE, _VERMILION = "#0072B2", "#D55E00"


def check_path(path: Path) -> None:
    """Refuse, before any work is done, a path that no picture can be written to."""
    if path.suffix.lower() not in _FORMATS:
        raise ConfigError(f"--output must end in one of {', '.join(_FORMATS)}, got {str(path)!r}.")
    if not path.parent.is_dir():
        raise ConfigError(f"--output must lie in an existing directory, got {str(path)!r}. Make {path.parent} first.")


def write_picture(path: Path, history: History, reading: Reading) -> str:
    """Write the picture if that is possible, and return what became of it, in one line."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return 'For a picture of the learning curves and the hardest digits: pip install "layerkit[plot]"'
    if not history.epochs:
        return "There is no picture, since no epoch was finished."
    figure = Figure(figsize=(11, 6), layout="constrained")
    figure.suptitle(f"{reading}", fontsize=14)
    left, right = figure.subfigures(1, 2, squeeze=False)[0]
    _draw_curves(left, history)
    _draw_digits(right, reading)
    try:
        figure.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.15)
    except OSError as error:
        raise ConfigError(f"cannot write the picture to {path}: {error.strerror}. Choose another --output.") from error
    return f"Picture of the learning curves and the hardest digits: {path}"


def _draw_curves(figure: SubFigure, history: History) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator

    loss, accuracy = figure.subplots(2, 1, sharex=True)
    _draw_pair(loss, history, "loss", 1)
    _draw_pair(accuracy, history, "accuracy", 100)
    loss.set(title="Learning curves", ylabel="loss", yscale="log")
    loss.minorticks_off()
    loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    loss.yaxis.set_major_formatter("{x:g}")
    loss.legend(frameon=False)
    accuracy.set(xlabel="epoch", ylabel="accuracy in %")
    accuracy.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    figure.align_ylabels()


def _draw_pair(axes: Axes, history: History, column: str, unit: int) -> None:
    epochs = range(1, history.epochs + 1)
    for name, label, color, style in (
        (column, "training", _BLUE, "o-"),
        (f"val_{column}", "held out", _VERMILION, "s--"),
    ):
        axes.plot(epochs, [unit * value for value in history[name]], style, color=color, markersize=3, label=label)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_digits(figure: SubFigure, reading: Reading) -> None:
    figure.suptitle("The hardest digits, mistakes in bold", fontsize=12)
    panels = figure.subplots(_ROWS, _COLUMNS).flat
    for axes, sample in zip(panels, reading.hardest_first, strict=False):
        axes.imshow(reading.images[sample], cmap="gray_r", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        right = reading.right[sample]
        axes.set_title(
            reading.caption(sample),
            fontsize=10,
            color="black" if right else _VERMILION,
            fontweight="normal" if right else "bold",
        )

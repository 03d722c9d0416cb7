"""History: the measurements of a training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from layerkit.text import printable

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["History"]


class History(dict[str, list[float]]):
    """The measurements of `Trainer.fit`: a dict of columns, with one value for each epoch.

    The columns are ``loss``, the mean loss of the epoch's samples while the parameters changed; ``learning_rate``;
    with metrics, their names; with validation data, ``val_loss`` and ``val_`` with the name of each metric. Two
    histories are equal if all columns are. ``pandas.DataFrame(history)`` is a table with one row for each epoch.

    Attributes
    ----------
    seconds : list of float
        The duration of each epoch.

    Examples
    --------
    >>> import layerkit as lk
    >>> history = lk.History()
    >>> history.append({"loss": 0.5, "learning_rate": 0.1})
    >>> history.append({"loss": 0.25, "learning_rate": 0.1})
    >>> history["loss"]
    [0.5, 0.25]
    >>> history
    History of 2 epochs: loss 0.5 → 0.25, learning_rate 0.1 → 0.1
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def append(self, record: Mapping[str, float], seconds: float = 0.0) -> None:
        """Add an epoch.

        Parameters
        ----------
        record : mapping of str to float
            The value of each column, the same columns for every epoch.
        seconds : float
            The duration of the epoch.
        """
        for name, value in record.items():
            self.setdefault(name, []).append(value)
        self.seconds.append(seconds)

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return len(self.seconds)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the learning curves; see `layerkit.plots.history`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw on; by default those of a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes of the loss.
        """
        from layerkit.plots import history

        return history(self, ax)

    def __missing__(self, name: str) -> list[float]:
        raise KeyError(f"the history has no column {name!r}, only {', '.join(self) or 'none'}")

    def __repr__(self) -> str:
        columns = [f"{name} {values[0]:.6g} → {values[-1]:.6g}" for name, values in self.items()]
        return printable(f"History of {self.epochs} epochs" + (f": {', '.join(columns)}" if columns else ""))

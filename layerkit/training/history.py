"""History: what was measured, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["History"]


class History(Mapping[str, list[float]]):
    """What `Trainer.fit` measured: columns by name, a value an epoch.

    The columns are ``cost``, the mean cost of the epoch's batches while the parameters moved;
    ``learning_rate``; with metrics, their names; with validation data, ``validation_cost`` and
    ``validation_`` with the name of each metric. Two histories are equal if all columns are.

    Attributes
    ----------
    seconds : list of float
        The time that each epoch took.

    Examples
    --------
    >>> import layerkit as lk
    >>> history = lk.History()
    >>> history.append({"cost": 0.5, "learning_rate": 0.1})
    >>> history.append({"cost": 0.25, "learning_rate": 0.1})
    >>> history["cost"]
    [0.5, 0.25]
    >>> history
    History of 2 epochs: cost 0.5 → 0.25, learning_rate 0.1 → 0.1
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {}
        self.seconds: list[float] = []

    def append(self, record: Mapping[str, float], seconds: float = 0.0) -> None:
        """Add an epoch.

        Parameters
        ----------
        record : mapping of str to float
            The columns of the epoch, the same ones for every epoch.
        seconds : float
            The time that it took.
        """
        for name, value in record.items():
            self._columns.setdefault(name, []).append(value)
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
            Where to draw; by default a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The panel of the cost.
        """
        from layerkit.plots import history

        return history(self, ax)

    def __getitem__(self, name: str) -> list[float]:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"the history has no column {name!r}, only {', '.join(self._columns) or 'none'}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        columns = [f"{name} {values[0]:.6g} → {values[-1]:.6g}" for name, values in self.items()]
        return f"History of {self.epochs} epochs" + (f": {', '.join(columns)}" if columns else "")

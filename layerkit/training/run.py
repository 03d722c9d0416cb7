"""Run: a call of `Trainer.fit` while it is under way."""

from dataclasses import dataclass

import numpy as np

from layerkit.losses import Loss
from layerkit.network.sequential import Sequential
from layerkit.optimizers import Optimizer
from layerkit.training.history import History

__all__ = ["Run"]


@dataclass
class Run:
    """The state of a training, which every callback receives.

    Attributes
    ----------
    model : Sequential
        The network.
    loss : Loss
        The loss.
    optimizer : Optimizer
        The optimizer.
    history : History
        The measurements of all finished epochs.
    rng : numpy.random.Generator
        The generator that the order of the samples comes from.
    columns : tuple of str
        The names of the columns that each epoch adds to the history.
    epoch : int
        The current epoch, counted from 0.
    step : int
        The number of finished steps in all epochs, and so the index of the current one, counted from 0.
    stopping : bool
        Whether the training ends after the current epoch.

    Examples
    --------
    >>> import layerkit as lk
    >>> class StopEarly(lk.Callback):
    ...     def on_epoch_end(self, run, record):
    ...         if run.epoch == 1:
    ...             run.stop()
    >>> model = lk.Sequential(lk.Dense(1, 1), rng=0)
    >>> trainer = lk.Trainer(model, lk.MSELoss(), lk.SGD(model), rng=0)
    >>> trainer.fit([[1.0]], [[2.0]], epochs=10, callbacks=[StopEarly()]).epochs
    2
    """

    model: Sequential
    loss: Loss
    optimizer: Optimizer
    history: History
    rng: np.random.Generator
    columns: tuple[str, ...] = ()
    epoch: int = 0
    step: int = 0
    stopping: bool = False

    def stop(self) -> None:
        """End the training after the current epoch."""
        self.stopping = True

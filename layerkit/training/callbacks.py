"""Callbacks: what happens between the epochs of `Trainer.fit`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from layerkit.validation import Array, check_choice, check_integer, check_number
from layerkit.errors import ConfigError
from layerkit.training.schedules import Schedule

if TYPE_CHECKING:  # the trainer calls the callbacks, not the other way around
    from layerkit.training.trainer import Trainer

__all__ = ["Callback", "EarlyStopping", "LearningRateSchedule"]


class Callback:
    """Something that a `Trainer` calls at fixed moments: override the methods that you need.

    `trainer` has the attributes `model`, `loss`, `optimizer` and `history`, and the method
    ``stop()``, which ends the training after the epoch.

    Examples
    --------
    >>> import layerkit as lk
    >>> class StopBelow(lk.Callback):
    ...     def __init__(self, cost):
    ...         self.cost = cost
    ...     def on_epoch_end(self, trainer, epoch, record):
    ...         if record["cost"] < self.cost:
    ...             trainer.stop()
    """

    def on_fit_start(self, trainer: Trainer) -> None:
        """Be called once, before the first epoch.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        """

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Be called before each epoch.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        epoch : int
            Which epoch, counted from 0.
        """

    def on_batch_start(self, trainer: Trainer, step: int) -> None:
        """Be called before each step.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        step : int
            Which step, counted from 0 through all epochs.
        """

    def on_batch_end(self, trainer: Trainer, step: int, cost: float) -> None:
        """Be called after each step.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        step : int
            Which step, counted from 0 through all epochs.
        cost : float
            The cost of its batch.
        """

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Be called after each epoch.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        epoch : int
            Which epoch, counted from 0.
        record : dict of str to float
            What the epoch added to the columns of the history.
        """

    def on_fit_end(self, trainer: Trainer) -> None:
        """Be called once, after the last epoch, also where an error or Ctrl-C ends the training.

        Parameters
        ----------
        trainer : Trainer
            Who calls.
        """


class LearningRateSchedule(Callback):
    """Set the optimizer's learning rate by a schedule.

    Parameters
    ----------
    schedule : callable
        ``(time) -> learning rate``, such as `CosineSchedule`.
    every : {"epoch", "batch"}
        The unit of time: the schedule is called before each epoch, or before each step.

    Raises
    ------
    ConfigError
        If `schedule` cannot be called, or `every` is another word.

    Examples
    --------
    >>> import layerkit as lk
    >>> callback = lk.LearningRateSchedule(lk.StepSchedule(0.1, every=10))
    """

    def __init__(self, schedule: Schedule, every: str = "epoch") -> None:
        if not callable(schedule):
            raise ConfigError(f"schedule must be callable, (time) -> learning rate, got {schedule!r}.")
        self.schedule = schedule
        self.every = check_choice("every", every, ("epoch", "batch"))

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Set the learning rate of the epoch."""
        if self.every == "epoch":
            trainer.optimizer.learning_rate = self.schedule(epoch)

    def on_batch_start(self, trainer: Trainer, step: int) -> None:
        """Set the learning rate of the step."""
        if self.every == "batch":
            trainer.optimizer.learning_rate = self.schedule(step)


class EarlyStopping(Callback):
    """Stop when a column of the history no longer gets better, and put the best parameters back (Prechelt, 1998).

    Parameters
    ----------
    monitor : str
        The column, such as ``"validation_cost"`` or ``"validation_accuracy"``.
    patience : int
        How many epochs in a row without a better value end the training.
    minimum_change : float
        How much better a value must be to count, at least 0.
    mode : {"min", "max"}, optional
        Whether smaller or larger is better; a cost is better when it is smaller.

    Attributes
    ----------
    best : float
        The best value.
    best_epoch : int
        Its epoch, counted from 0; -1 before there is one.

    Raises
    ------
    ConfigError
        If an argument is out of its range, or the history has no such column.

    Examples
    --------
    >>> import layerkit as lk
    >>> callback = lk.EarlyStopping(monitor="validation_accuracy", mode="max", patience=10)
    """

    def __init__(
        self,
        monitor: str = "validation_cost",
        patience: int = 5,
        minimum_change: float = 0.0,
        mode: str | None = None,
    ) -> None:
        self.monitor = monitor
        self.patience = check_integer("patience", patience, 1)
        self.minimum_change = check_number("minimum_change", minimum_change, minimum=0)
        if mode is None and not monitor.endswith("cost"):
            raise ConfigError(f"is less or more of {monitor!r} better? Pass mode='min' or mode='max', got None.")
        self.mode = check_choice("mode", mode or "min", ("min", "max"))
        self.best, self.best_epoch = math.nan, -1
        self._parameters: Array | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        """Forget an earlier training, and see that there will be something to monitor."""
        self.best, self.best_epoch, self._parameters = math.nan, -1, None
        if self.monitor not in trainer.columns:
            raise ConfigError(
                f"EarlyStopping monitors {self.monitor!r}, but the history will have {', '.join(trainer.columns)}. "
                f"Name one of these, or pass validation_data or metrics."
            )

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Compare, and keep the parameters if they are the best so far."""
        value = record[self.monitor]
        gain = self.best - value if self.mode == "min" else value - self.best
        if math.isnan(self.best) or gain > self.minimum_change:
            self.best, self.best_epoch = value, epoch
            self._parameters = trainer.model.parameter_vector.copy()
        elif epoch - self.best_epoch >= self.patience:
            trainer.stop()

    def on_fit_end(self, trainer: Trainer) -> None:
        """Put the best parameters back."""
        if self._parameters is not None:
            trainer.model.parameter_vector[:] = self._parameters
            self._parameters = None

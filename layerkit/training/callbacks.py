"""Callbacks: methods that `Trainer.fit` calls before and after each epoch and step."""

import math

from layerkit.errors import ConfigError
from layerkit.training.run import Run
from layerkit.training.schedules import Schedule, check_schedule
from layerkit.validation import Array, check_choice, check_integer, check_number

__all__ = ["Callback", "EarlyStopping", "LearningRateSchedule"]


class Callback:
    """An object whose methods a `Trainer` calls during training: override those that you need.

    Each method receives the `Run`, which has the network, the loss, the optimizer, the history, the current epoch
    and step, and the method ``stop()``.

    Examples
    --------
    >>> import layerkit as lk
    >>> class StopBelow(lk.Callback):
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...     def on_epoch_end(self, run, record):
    ...         if record["loss"] < self.loss:
    ...             run.stop()
    """

    def on_fit_start(self, run: Run) -> None:
        """Act once, before the first epoch.

        Parameters
        ----------
        run : Run
            The training.
        """

    def on_epoch_start(self, run: Run) -> None:
        """Act before each epoch.

        Parameters
        ----------
        run : Run
            The training.
        """

    def on_batch_start(self, run: Run) -> None:
        """Act before each step.

        Parameters
        ----------
        run : Run
            The training.
        """

    def on_batch_end(self, run: Run, loss: float) -> None:
        """Act after each step.

        Parameters
        ----------
        run : Run
            The training.
        loss : float
            The loss of the batch, before the step.
        """

    def on_epoch_end(self, run: Run, record: dict[str, float]) -> None:
        """Act after each epoch.

        Parameters
        ----------
        run : Run
            The training.
        record : dict of str to float
            The values that the epoch added to the columns of the history.
        """

    def on_fit_end(self, run: Run) -> None:
        """Act once, after the last epoch, also if an error or Ctrl-C ends the training.

        Parameters
        ----------
        run : Run
            The training.
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
        self.schedule = check_schedule(schedule)
        self.every = check_choice("every", every, ("epoch", "batch"))

    def on_epoch_start(self, run: Run) -> None:
        """Set the learning rate of the epoch."""
        if self.every == "epoch":
            run.optimizer.learning_rate = self.schedule(run.epoch)

    def on_batch_start(self, run: Run) -> None:
        """Set the learning rate of the step."""
        if self.every == "batch":
            run.optimizer.learning_rate = self.schedule(run.step)


class EarlyStopping(Callback):
    """Stop when a column of the history no longer improves, and restore the best parameters (Prechelt, 1998).

    Parameters
    ----------
    monitor : str
        The column, such as ``"val_loss"`` or ``"val_accuracy"``.
    patience : int
        The number of epochs in a row without an improvement after which the training ends, at least 1.
    minimum_change : float
        The change above which a better value counts as an improvement, at least 0.
    mode : {"min", "max"}, optional
        Whether smaller or larger values are better; by default "min" for columns that end in "loss".

    Attributes
    ----------
    best : float
        The best value.
    best_epoch : int
        The epoch of the best value, counted from 0; -1 before the first.

    Raises
    ------
    ConfigError
        If an argument is out of its range, or the history will have no such column.

    Examples
    --------
    >>> import layerkit as lk
    >>> callback = lk.EarlyStopping(monitor="val_accuracy", mode="max", patience=10)
    """

    def __init__(
        self, monitor: str = "val_loss", patience: int = 5, minimum_change: float = 0.0, mode: str | None = None
    ) -> None:
        self.monitor = monitor
        self.patience = check_integer("patience", patience, 1)
        self.minimum_change = check_number("minimum_change", minimum_change, minimum=0)
        if mode is None and not str(monitor).endswith("loss"):
            raise ConfigError(f"mode must say whether less or more of {monitor!r} is better. Pass 'min' or 'max'.")
        self.mode = check_choice("mode", "min" if mode is None else mode, ("min", "max"))
        self.best, self.best_epoch = math.nan, -1
        self._parameters: Array | None = None

    def on_fit_start(self, run: Run) -> None:
        """Forget an earlier training, and check that the column will exist."""
        self.best, self.best_epoch, self._parameters = math.nan, -1, None
        if self.monitor not in run.columns:
            raise ConfigError(
                f"EarlyStopping monitors {self.monitor!r}, but the columns are {', '.join(run.columns)}. Name one of "
                f"them, or pass validation_data or metrics."
            )

    def on_epoch_end(self, run: Run, record: dict[str, float]) -> None:
        """Compare, and keep the parameters if they are the best so far."""
        value = record[self.monitor]
        improvement = self.best - value if self.mode == "min" else value - self.best
        if math.isnan(self.best) or improvement > self.minimum_change:
            self.best, self.best_epoch = value, run.epoch
            self._parameters = run.model.parameter_vector.copy()
        elif run.epoch - self.best_epoch >= self.patience:
            run.stop()

    def on_fit_end(self, run: Run) -> None:
        """Restore the best parameters."""
        if self._parameters is not None:
            run.model.parameter_vector[:] = self._parameters
            self._parameters = None

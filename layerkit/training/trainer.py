"""Trainer: forward pass, loss, its gradient, backward pass and update, batch by batch, epoch by epoch."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from layerkit.batch import rows
from layerkit.errors import ConfigError, NumericalError
from layerkit.losses import Loss
from layerkit.network.sequential import Sequential
from layerkit.optimizers import Optimizer
from layerkit.training.callbacks import Callback
from layerkit.training.data import batches, prepare
from layerkit.training.history import History
from layerkit.training.rollback import Rollback, first_not_finite
from layerkit.training.run import Run
from layerkit.validation import Batch, Rng, check_flag, check_integer, check_kind, generator

__all__ = ["Trainer"]


class Trainer:
    r"""Training with shuffled batches, measurements, callbacks and a progress bar.

    .. math::

        \text{for each batch } (x, y):\quad a = f(x, \theta), \quad C = C(a, y), \quad
        \frac{\partial C}{\partial a}, \quad \frac{\partial C}{\partial \theta} \text{ by the backward pass}, \quad
        \text{update of } \theta

    Parameters
    ----------
    model : Sequential
        The network to train.
    loss : Loss
        The loss C.
    optimizer : Optimizer
        The rule of the update, made for this network.
    rng : int, numpy.random.Generator or None
        Seed or generator for the order of the samples; fresh entropy by default. A second `fit` continues where the
        first one ended.
    metrics : callable, sequence of callable, or mapping of str to callable
        ``(prediction, target) -> float``, measured after each epoch on all data. In a sequence, the name of the
        function is the name of the column.

    Attributes
    ----------
    history : History
        The measurements of the last `fit`: finished epochs only, also after an error or Ctrl-C.

    Raises
    ------
    ConfigError
        If an argument is of another kind, or the optimizer was made for another network.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> model = lk.Sequential(lk.Dense(1, 16), lk.Tanh(), lk.Dense(16, 1), rng=0)
    >>> trainer = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.01), rng=0)
    >>> history = trainer.fit(X, X**2, epochs=50, batch_size=16)
    >>> history["loss"][-1] < history["loss"][0] / 10
    True
    """

    def __init__(self, model: Sequential, loss: Loss, optimizer: Optimizer, rng: Rng = None, metrics: Any = ()) -> None:
        check_kind("model", model, Sequential)
        check_kind("loss", loss, Loss)
        check_kind("optimizer", optimizer, Optimizer)
        if optimizer.model is not model:
            raise ConfigError(
                f"the optimizer belongs to another network. Make one for this: {type(optimizer).__name__}(model, ...)."
            )
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.metrics = _named(metrics)
        self.history = History()
        self._rng = generator(rng)

    def fit(
        self,
        X: Batch,
        y: Batch,
        epochs: int = 1,
        batch_size: int = 32,
        validation_data: tuple[Batch, Batch] | None = None,
        callbacks: Callback | Iterable[Callback] = (),
        progress: bool = False,
    ) -> History:
        """Train, and return the measurements.

        Everything is checked before the first step; a call that is refused changes nothing.

        Parameters
        ----------
        X, y : array_like or tuple of array
            Samples and targets, all with equally many rows. A tuple holds several inputs or outputs.
        epochs : int
            The number of times to go through the data, at least 0.
        batch_size : int
            The number of rows of a batch, at least 1; the last one of an epoch may be smaller.
        validation_data : tuple, optional
            A pair ``(X, y)`` of held-out samples and targets, to measure on after each epoch.
        callbacks : Callback or sequence of Callback
            The callbacks, called in this order.
        progress : bool
            Whether to show a progress bar.

        Returns
        -------
        History
            The columns of all epochs, also kept in the attribute `history`.

        Raises
        ------
        ShapeError
            If the data do not fit the network, or each other.
        DataError
            If the data hold NaN, infinity, a number too large for the dtype of the network, or a label out of range.
        DTypeError
            If the data are not real numbers.
        ConfigError
            If an argument is out of its range.
        NumericalError
            If the loss or a parameter is no longer finite. Parameters, running statistics and the state of the
            optimizer are then those at the start of the epoch, the last ones known to be finite.
        """
        epochs, batch_size = check_integer("epochs", epochs, 0), check_integer("batch_size", batch_size, 1)
        progress = check_flag("progress", progress)
        callbacks = tuple(callbacks) if isinstance(callbacks, Iterable) else (callbacks,)
        for callback in callbacks:
            check_kind("callbacks must be a list, [] for none; each of them", callback, Callback)
        train, validation = prepare(self.model, self.loss, X, y), None
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise ConfigError("validation_data must be a pair (X, y) of held-out samples and targets.")
            validation = prepare(self.model, self.loss, *validation_data, ("validation X", "validation y"))

        measured = ("loss", *self.metrics)
        columns = (*measured, "learning_rate", *(f"val_{name}" for name in measured if validation is not None))
        run = Run(self.model, self.loss, self.optimizer, History(), self._rng, columns)
        for callback in callbacks:
            callback.on_fit_start(run)
        self.history, undoing = run.history, Rollback(run)
        try:
            with _progress_bar(epochs * math.ceil(rows(train) / batch_size)) if progress else nullcontext() as bar:
                for epoch in range(epochs):
                    if run.stopping:
                        break
                    run.epoch = epoch
                    started = time.perf_counter()
                    for callback in callbacks:
                        callback.on_epoch_start(run)
                    with undoing:
                        record = {"loss": _steps(run, train, batch_size, callbacks, bar)}
                    record |= _measured(run, train, self.metrics) | {"learning_rate": run.optimizer.learning_rate}
                    if validation is not None:
                        record |= _measured(run, validation, {"loss": run.loss.forward} | self.metrics, "val_")
                    run.history.append(record, time.perf_counter() - started)
                    for callback in callbacks:
                        callback.on_epoch_end(run, record)
        finally:
            for callback in callbacks:
                callback.on_fit_end(run)
        return run.history


def _measured(run: Run, data: Batch, measures: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    prediction = run.model.predict(data[0]) if measures else None
    return {f"{prefix}{name}": float(measure(prediction, data[1])) for name, measure in measures.items()}


def _steps(run: Run, data: Batch, batch_size: int, callbacks: Sequence[Callback], bar: Any) -> float:
    # one epoch of steps; returns the mean loss of the samples, or the sum if the loss is one
    model, loss, optimizer = run.model, run.loss, run.optimizer
    starts = [c.on_batch_start for c in callbacks if type(c).on_batch_start is not Callback.on_batch_start]
    ends = [c.on_batch_end for c in callbacks if type(c).on_batch_end is not Callback.on_batch_end]
    summed, first, total, total_weight = loss.reduction == "sum", run.step, 0.0, 0.0
    with np.errstate(all="ignore"):  # the loss must be finite, but an exponential may overflow on the way to 0
        for x, target in batches(data[0], data[1], batch_size, run.rng):
            for start in starts:
                start(run)
            value = float(loss.forward(model.forward(x), target))
            if not math.isfinite(value):
                raise _not_finite(run, f"batch {run.step - first}, the loss is {value}", x)
            model.backward(loss.backward(), input_grad=False)
            optimizer.step()
            weight = 1.0 if summed else float(loss.total_weight if "total_weight" in vars(loss) else rows(x))
            total += value * weight
            total_weight += weight
            for end in ends:
                end(run, value)
            run.step += 1
            if bar is not None:
                bar.update()
        if not np.isfinite(model.parameter_vector).all():
            raise _not_finite(run, "after the last batch, a parameter is not finite", x)
    mean = total if summed or not total_weight else total / total_weight
    if bar is not None:
        bar.set_postfix(loss=f"{mean:.4g}")
    return mean


def _not_finite(run: Run, what: str, x: Batch) -> NumericalError:
    place = first_not_finite(run.model, x) or "the loss itself"
    return NumericalError(
        f"in epoch {run.epoch}, {what}: {place} is the first that is not finite. The epoch has been undone. "
        f"Lower the learning rate, {run.optimizer.learning_rate:g}, or scale the data to about -1 to 1."
    )


def _named(metrics: Any) -> dict[str, Any]:
    listed = metrics if isinstance(metrics, list | tuple | Mapping) else [metrics]
    # a functools.partial has the name of its function
    names = [getattr(getattr(metric, "func", metric), "__name__", type(metric).__name__) for metric in listed]
    named = dict(listed) if isinstance(listed, Mapping) else dict(zip(names, listed, strict=True))
    for name, metric in named.items():
        if not callable(metric) or isinstance(metric, type):
            raise ConfigError(f"metric {name!r} must be a callable (prediction, target) -> float, got {metric!r}.")
    columns = {"loss", "val_loss", "learning_rate", *named, *(f"val_{name}" for name in named)}
    if len(columns) < 3 + 2 * len(listed):
        raise ConfigError(f"metrics and loss must have different names, got {metrics!r}. Pass {{name: metric}}.")
    return named


def _progress_bar(total: int) -> Any:
    from tqdm.auto import tqdm  # not needed to train, and slow to import

    return tqdm(total=total, unit="batch")

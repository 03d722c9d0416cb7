"""Trainer: the five steps of backpropagation, batch by batch, epoch by epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from layerkit.validation import Array, Rng, as_array, check_finite, check_integer, check_kind, generator
from layerkit.errors import ConfigError, LayerkitError, NumericalError
from layerkit.losses import Loss
from layerkit.optimizers import Optimizer
from layerkit.network.sequential import Sequential
from layerkit.training.batches import batches, check_rows
from layerkit.training.callbacks import Callback
from layerkit.training.rollback import Checkpoint, first_not_finite
from layerkit.training.history import History

__all__ = ["Metric", "Trainer"]

Metric: TypeAlias = Callable[[Any, Any], float]
_Data: TypeAlias = tuple[Array, npt.NDArray[Any]]


class Trainer:
    """Training with everything around it: shuffled batches, measurements, callbacks, a progress bar.

    Each step is the one of section 4 of the source document: forward pass, cost, gradient of the cost,
    backward pass, update.

    Parameters
    ----------
    model : Sequential
        The network to train.
    loss : Loss
        The cost.
    optimizer : Optimizer
        The rule of the update, made for this very network.
    rng : int, numpy.random.Generator or None
        What the order of the samples is drawn from; fresh entropy by default. A second `fit` goes on
        where the first one left it.
    metrics : callable, sequence of callable, or mapping of str to callable
        ``(prediction, target) -> float``, measured after each epoch on all data; in a sequence, the
        name of the function is the name of the column.

    Attributes
    ----------
    history : History
        What the last `fit` measured: whole epochs only, there also after an error or Ctrl-C.
    columns : tuple of str
        The names that the history of the last `fit` has columns for.

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
    >>> history["cost"][-1] < history["cost"][0] / 10
    True
    """

    def __init__(
        self,
        model: Sequential,
        loss: Loss,
        optimizer: Optimizer,
        rng: Rng = None,
        metrics: Metric | Iterable[Metric] | Mapping[str, Metric] = (),
    ) -> None:
        check_kind("model", model, Sequential)
        check_kind("loss", loss, Loss)
        check_kind("optimizer", optimizer, Optimizer)
        if optimizer.model is not model:
            raise ConfigError(
                f"the optimizer was made for another network, {optimizer.model._title()}. Make one for this network: "
                f"{type(optimizer).__name__}(model, ...)."
            )
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.metrics = _named(metrics)
        self.history = History()
        self.columns: tuple[str, ...] = ()
        self._rng = generator(rng)
        self._stopping = False

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        epochs: int = 1,
        batch_size: int = 32,
        validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        callbacks: Callback | Sequence[Callback] = (),
        progress: bool = False,
    ) -> History:
        """Train, and return what was measured.

        Everything is checked before the first step; a call that is refused changes nothing.

        Parameters
        ----------
        X, y : array_like
            Samples and targets, with as many rows each.
        epochs : int
            How often to go through the data, at least 0.
        batch_size : int
            Rows of a batch, at least 1; the last one of an epoch may be smaller.
        validation_data : tuple of array_like, optional
            Held-out samples and targets, to measure on after each epoch.
        callbacks : Callback or sequence of Callback
            What is called between epochs and steps, in order.
        progress : bool
            Whether to show a progress bar.

        Returns
        -------
        History
            The columns of all epochs, `history` as well.

        Raises
        ------
        ShapeError
            If the data do not fit the network, or each other.
        DataError
            If the data hold NaN or infinity, or a label out of range.
        DTypeError
            If the data are not real numbers.
        ConfigError
            If an argument is out of its range.
        NumericalError
            If the cost or a parameter is no longer finite. The parameters and the state of the optimizer
            are then those of the start of the epoch, the last ones that are known to be good.
        """
        epochs, batch_size = check_integer("epochs", epochs, 0), check_integer("batch_size", batch_size, 1)
        train = self._data(X, y, "X", "y")
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise ConfigError("validation_data must be a pair (X, y) of held-out samples and targets.")
            validation = self._data(*validation_data, "validation X", "validation y")
        callbacks = (callbacks,) if isinstance(callbacks, Callback) else tuple(callbacks)
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise ConfigError(f"callbacks must be Callback objects, got {callback!r}.")

        metrics = tuple(self.metrics)
        self.columns = ("cost", *metrics, "learning_rate")
        if validation is not None:
            self.columns += ("validation_cost", *(f"validation_{name}" for name in metrics))
        self._stopping = False
        for callback in callbacks:
            callback.on_fit_start(self)
        self.history = History()
        steps = math.ceil(len(train[0]) / batch_size)
        checkpoint = Checkpoint(self.model, self.optimizer)
        try:
            with _progress_bar(epochs * steps if progress else None) as bar:
                for epoch in range(epochs):
                    if self._stopping:
                        break
                    started = time.perf_counter()
                    for callback in callbacks:
                        callback.on_epoch_start(self, epoch)
                    checkpoint.save()
                    try:
                        record = {"cost": self._steps(train, batch_size, epoch * steps, callbacks, bar)}
                    except NumericalError as error:
                        checkpoint.restore()
                        raise NumericalError(f"in epoch {epoch}, {error}") from None
                    record |= self._measure(train, validation)
                    self.history.append(record, time.perf_counter() - started)
                    for callback in callbacks:
                        callback.on_epoch_end(self, epoch, record)
        finally:
            for callback in callbacks:
                callback.on_fit_end(self)
        return self.history

    def stop(self) -> None:
        """End the training after the epoch that is under way."""
        self._stopping = True

    def _steps(self, data: _Data, batch_size: int, first: int, callbacks: Sequence[Callback], bar: Any) -> float:
        # one epoch of steps; returns the mean cost, or the summed one where the loss is a sum
        model, loss, optimizer = self.model, self.loss, self.optimizer
        starts = [c.on_batch_start for c in callbacks if type(c).on_batch_start is not Callback.on_batch_start]
        ends = [c.on_batch_end for c in callbacks if type(c).on_batch_end is not Callback.on_batch_end]
        summed, rows, total = loss.reduction == "sum", len(data[0]), 0.0
        with np.errstate(all="ignore"):  # what counts is the cost: an exponential may overflow on the way to 0
            for step, (x, target) in enumerate(batches(*data, batch_size=batch_size, rng=self._rng), first):
                for hook in starts:
                    hook(self, step)
                cost = loss.forward(model.forward(x), target)
                if not math.isfinite(cost):
                    raise self._not_finite(f"batch {step - first}, the cost is {cost}", x)
                model.backward(loss.backward(), input_grad=False)
                optimizer.step()
                total += cost if summed else cost * len(x) / rows
                for report in ends:
                    report(self, step, cost)
                if bar is not None:
                    bar.update()
            if not np.isfinite(model.parameter_vector).all():
                raise self._not_finite("after the last batch, a parameter is not finite", x)
        if bar is not None:
            bar.set_postfix(cost=f"{total:.4g}")
        return total

    def _not_finite(self, what: str, x: Array) -> NumericalError:
        place = first_not_finite(self.model, x) or "the cost itself"
        return NumericalError(
            f"{what}: {place} is the first that is not finite. The parameters of the start of the epoch are put back. "
            f"Lower the learning rate, {self.optimizer.learning_rate:g}, or scale the data to about -1 to 1."
        )

    def _measure(self, train: _Data, validation: _Data | None) -> dict[str, float]:
        record: dict[str, float] = {}
        if self.metrics:
            prediction = self.model.predict(train[0])
            record = {name: float(metric(prediction, train[1])) for name, metric in self.metrics.items()}
        record["learning_rate"] = self.optimizer.learning_rate
        if validation is not None:
            prediction = self.model.predict(validation[0])
            record["validation_cost"] = self.loss.forward(prediction, validation[1])
            for name, metric in self.metrics.items():
                record[f"validation_{name}"] = float(metric(prediction, validation[1]))
        return record

    def _data(self, X: npt.ArrayLike, y: npt.ArrayLike, x_name: str, y_name: str) -> _Data:
        with np.errstate(over="ignore"):  # the look for infinity below says more than NumPy's warning
            inputs, targets = as_array(X, self.model.dtype, x_name), np.asarray(y)
            check_rows(inputs, targets, (x_name, y_name))
            check_finite(targets, y_name)
            name = x_name
            try:
                shape = (len(inputs), *self.model.output_shape(inputs.shape[1:]))
                name = y_name
                targets = self.loss.as_target(targets, shape, self.model.dtype)
            except LayerkitError as error:
                raise type(error)(f"{name}: {error}") from None
        check_finite(inputs, x_name)
        check_finite(targets, y_name)
        return inputs, targets


def _named(metrics: Metric | Iterable[Metric] | Mapping[str, Metric]) -> dict[str, Metric]:
    if callable(metrics):
        metrics = (metrics,)
    pairs = list(metrics.items()) if isinstance(metrics, Mapping) else [(_name(metric), metric) for metric in metrics]
    for name, metric in pairs:
        if not callable(metric) or isinstance(metric, type):
            raise ConfigError(f"metric {name!r} must be a callable (prediction, target) -> float, got {metric!r}.")
    named = dict(pairs)
    if len(named) < len(pairs) or {"cost", "learning_rate"} & set(named):
        raise ConfigError(
            f"each metric needs a name of its own other than cost and learning_rate, got "
            f"{', '.join(name for name, _ in pairs)}. Pass a mapping: metrics={{name: metric}}."
        )
    return named


def _name(metric: object) -> str:
    metric = getattr(metric, "func", metric)  # what a functools.partial is of
    return str(getattr(metric, "__name__", type(metric).__name__))


def _progress_bar(total: int | None) -> AbstractContextManager[Any]:
    if total is None:
        return nullcontext()
    from tqdm.auto import tqdm  # not needed to train, and slow to import

    bar: AbstractContextManager[Any] = tqdm(total=total, unit="batch")
    return bar

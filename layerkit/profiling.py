"""Profile: where the time of a training step goes, layer by layer."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.errors import ConfigError, ShapeError
from layerkit.layers import Dense
from layerkit.layers.base import Layer
from layerkit.losses import Loss
from layerkit.network.sequential import Sequential
from layerkit.optimizers import Optimizer
from layerkit.validation import Array, as_array, check_kind, check_number

__all__ = ["Profile", "profile"]

Times = dict[str, list[float]]


@dataclass(frozen=True)
class LayerTime:
    """What one layer takes of a step, in seconds.

    Attributes
    ----------
    name : str
        The layer, as its repr says it.
    forward, backward : float
        The time of the two passes.
    products : float
        The time of its matrix products alone, into memory that is there; 0 where it has none.
    calls : float
        What the same calls take on one row, without their products: the price of Python and of NumPy's
        dispatch, which does not depend on the batch.
    """

    name: str
    forward: float
    backward: float
    products: float
    calls: float


@dataclass(frozen=True)
class Profile:
    """Where the time of a training step goes, in seconds; it prints as a table in microseconds.

    Attributes
    ----------
    step : float
        The time of a step, measured without the stopwatch between the layers.
    layers : tuple of records
        The layers in order, those inside other layers on their own, each with its `name`, the times of its
        passes `forward` and `backward`, the time `products` of its matrix products alone, and `calls`, what
        the same calls take on one row without their products.
    loss : tuple of float
        Its forward and its backward pass.
    update : float
        The optimizer's step; 0 without an optimizer.
    batch : int
        The number of rows.

    Examples
    --------
    >>> import layerkit as lk
    >>> times = lk.Profile(step=9e-6, layers=(), loss=(2e-6, 1e-6), update=3e-6, batch=8)
    >>> round(times.between * 1e6, 3)  # microseconds that neither a layer, the loss nor the update took
    3.0
    """

    step: float
    layers: tuple[LayerTime, ...]
    loss: tuple[float, float]
    update: float
    batch: int

    @property
    def products(self) -> float:
        """The time of all matrix products alone: the limit of a step in NumPy."""
        return sum(layer.products for layer in self.layers)

    @property
    def calls(self) -> float:
        """What the calls of the layers take on one row without their products."""
        return sum(layer.calls for layer in self.layers)

    @property
    def between(self) -> float:
        """What is left of the step: the loop, and the network's way from layer to layer."""
        timed = sum(layer.forward + layer.backward for layer in self.layers) + sum(self.loss) + self.update
        return max(0.0, self.step - timed)

    def __str__(self) -> str:
        rows = [("", "forward", "backward", "together", "share", "products", "calls")]
        rows += [
            (layer.name, *self._times(layer.forward, layer.backward), _us(layer.products), _us(layer.calls))
            for layer in self.layers
        ]
        rows.append(("loss", *self._times(*self.loss), "", ""))
        rows.append(("update", "", "", *self._times(self.update)[2:], "", ""))
        rows.append(("between the layers", "", "", *self._times(self.between)[2:], "", ""))
        rows.append(("step", "", "", *self._times(self.step)[2:], _us(self.products), _us(self.calls)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{row[0]:<{widths[0]}}  " + "  ".join(f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))
            for row in rows
        ]
        rule = "─" * len(lines[0])
        title = f"Time of a training step on {self.batch:,} rows, µs"
        return "\n".join([title, lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def __repr__(self) -> str:
        return str(self)

    def _times(self, forward: float, backward: float = 0.0) -> tuple[str, str, str, str]:
        together = forward + backward
        return _us(forward), _us(backward), _us(together), f"{together / self.step:.0%}"


def profile(
    model: Sequential,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    loss: Loss,
    optimizer: Optimizer | None = None,
    seconds: float = 1.0,
) -> Profile:
    """Measure where the time of a training step goes: the five steps of the loop, layer by layer.

    It works on copies. The network, its gradients, the loss and the optimizer stay as they are.

    Parameters
    ----------
    model : Sequential
        The network.
    x, y : array_like
        One batch, as the loop would get it.
    loss : Loss
        The loss.
    optimizer : Optimizer, optional
        What updates the network; without it, the update is left out.
    seconds : float
        How long to measure, above 0. Every figure is a median, so more seconds mean steadier figures.

    Returns
    -------
    Profile
        The times; print it for a table. ``products`` are the matrix products alone, and ``calls`` what the
        same calls take on one row without their products: where that is most of a layer's time, a larger
        batch costs next to nothing.

    Raises
    ------
    ShapeError
        If the batch is empty, or does not fit the network.
    ConfigError
        If `model` or `loss` is something else, the optimizer is that of another network, or `seconds` is not a
        number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> x, y = np.ones((8, 4)), np.ones((8, 1))
    >>> times = lk.profile(model, x, y, lk.MSELoss(), lk.SGD(model), seconds=0.1)
    >>> [layer.name for layer in times.layers]
    ['0 Dense(4, 16)', '1 ReLU()', '2 Dense(16, 1)']
    >>> times.products < times.step
    True
    """
    check_number("seconds", seconds, minimum=0, exclusive=True)
    check_kind("model", model, Sequential)
    check_kind("loss", loss, Loss)
    if optimizer is not None and getattr(optimizer, "model", None) is not model:
        raise ConfigError(f"optimizer must be one of this model, such as SGD(model), got {optimizer!r}.")
    x, y = as_array(x, model.dtype), np.asarray(y)
    if not x.ndim or not len(x):
        raise ShapeError(f"profile needs a batch of at least one row, got x of shape {x.shape}.")
    step, times = _measure(model, x, y, loss, optimizer, seconds / 2)
    _, one_row = _measure(model, x[:1], y[:1], loss, None, seconds / 4)
    parts = list(_leaves(model.layers))
    first = next((layer for _, layer in parts if layer.parameters()), None)
    layers = []
    for number, layer in parts:
        forward, backward = (_median(times, f"{number} {way}") for way in ("forward", "backward"))
        calls = sum(_median(one_row, f"{number} {way}") for way in ("forward", "backward"))
        alone = [0.0, 0.0]
        if isinstance(layer, Dense):
            share = seconds / 4 / len(parts) / 2
            alone = [_products(layer, rows, layer is not first, share) for rows in (len(x), 1)]
        name = f"{number} {' '.join(repr(layer).split())}"
        layers.append(LayerTime(name, forward, backward, alone[0], max(0.0, calls - alone[1])))
    both = _median(times, "loss forward"), _median(times, "loss backward")
    return Profile(step, tuple(layers), both, _median(times, "update"), len(x))


def _measure(
    model: Sequential, x: Array, y: npt.NDArray[Any], loss: Loss, optimizer: Optimizer | None, seconds: float
) -> tuple[float, Times]:
    # the time of a step as it is, and of its parts with a stopwatch at each
    def copies() -> tuple[Sequential, Loss, Callable[[], None] | None]:
        network, cost, rule = copy.deepcopy((model, loss, optimizer))
        return network, cost, None if rule is None else rule.step

    def steps(network: Sequential, cost: Loss, update: Callable[[], None] | None, seconds: float) -> list[float]:
        took: list[float] = []
        end = perf_counter() + seconds
        while not took or perf_counter() < end:
            start = perf_counter()
            cost.forward(network.forward(x), y)
            network.backward(cost.backward(), input_grad=False)
            if update is not None:
                update()
            took.append(perf_counter() - start)
        return took

    plain = copies()
    steps(*plain, seconds / 10)  # caches and memory as in the middle of training
    step = statistics.median(steps(*plain, seconds * 0.4))

    network, cost, update = copies()
    times: Times = {}
    for number, layer in _leaves(network.layers):
        _time(layer, "forward", times, f"{number} forward")
        _time(layer, "backward", times, f"{number} backward")
        if type(layer).backward_parameters is not Layer.backward_parameters:  # which would call backward
            _time(layer, "backward_parameters", times, f"{number} backward")
    _time(cost, "forward", times, "loss forward")
    _time(cost, "backward", times, "loss backward")
    timed_update = None if update is None else _timed(update, times, "update")
    steps(network, cost, timed_update, seconds / 10)
    for took in times.values():
        took.clear()
    steps(network, cost, timed_update, seconds * 0.4)
    nothing = _timed(lambda x, training, out: None, times, "stopwatch")
    for _ in range(1000):
        nothing(x, True, None)
    return step, times


def _leaves(layers: tuple[Layer, ...], prefix: str = "") -> Iterator[tuple[str, Layer]]:
    # the layers that are made of no others, numbered as in the network
    for position, layer in enumerate(layers):
        if layer.layers:
            yield from _leaves(layer.layers, f"{prefix}{position}.")
        else:
            yield f"{prefix}{position}", layer


def _time(owner: Layer | Loss, method: str, times: Times, key: str) -> None:
    # hides a method of this one object
    setattr(owner, method, _timed(getattr(owner, method), times, key))


def _timed(function: Callable[..., Any], times: Times, key: str) -> Callable[..., Any]:
    took = times.setdefault(key, [])

    def timed(*args: Any, **options: Any) -> Any:
        start = perf_counter()
        result = function(*args, **options)
        took.append(perf_counter() - start)
        return result

    return timed


def _median(times: Times, key: str) -> float:
    # without what the stopwatch itself takes; a layer before the first parameters goes without backward
    took = times.get(key)
    return max(0.0, statistics.median(took) - statistics.median(times["stopwatch"])) if took else 0.0


def _products(layer: Dense, rows: int, input_grad: bool, seconds: float) -> float:
    # z = x W, dW = xᵀ δ and, where it is needed, dx = δ Wᵀ
    weight = layer.weight.value
    x, grad = (np.ones((rows, n), weight.dtype) for n in weight.shape)
    z, dx, dW = np.empty_like(grad), np.empty_like(x), np.empty_like(weight)
    took: list[float] = []
    end = perf_counter() + seconds
    while not took or perf_counter() < end:
        start = perf_counter()
        x.dot(weight, z)
        x.T.dot(grad, dW)
        if input_grad:
            grad.dot(weight.T, dx)
        took.append(perf_counter() - start)
    return statistics.median(took)


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f}" if seconds else "–"

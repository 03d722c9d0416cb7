"""Profile: the time of a training step, layer by layer."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from layerkit.batch import rows as rows_of
from layerkit.batch import take
from layerkit.errors import ConfigError
from layerkit.layers import Dense, Layer
from layerkit.losses import Loss
from layerkit.network import Sequential
from layerkit.optimizers import Optimizer
from layerkit.text import one_line, printable, table
from layerkit.training.data import prepare
from layerkit.validation import Batch, check_kind, check_number

__all__ = ["Profile", "profile"]


@dataclass(frozen=True)
class LayerTime:
    """The time that one layer takes of a step, in seconds; `Profile` describes the attributes."""

    name: str
    forward: float
    backward: float
    matmul: float
    call_overhead: float


@dataclass(frozen=True)
class Profile:
    """The time of a training step and of its parts, in seconds; it prints as a table in microseconds.

    Attributes
    ----------
    step : float
        The time of a step, measured without a stopwatch at each layer.
    layers : tuple of records
        The layers in order, each with its `name`, the times of its passes `forward` and `backward`, the time `matmul`
        of its matrix products alone, into existing memory, and `call_overhead`, the time of the same calls on one row
        without these products: that of Python and of NumPy's dispatch, which does not depend on the batch. Layers
        inside others have records of their own, and their time is not counted twice.
    loss : tuple of float
        The time of its forward and its backward pass.
    update : float
        The time of the optimizer's step; 0 without an optimizer.
    batch : int
        The number of rows.

    Examples
    --------
    >>> import layerkit as lk
    >>> times = lk.Profile(step=9e-6, layers=(), loss=(2e-6, 1e-6), update=3e-6, batch=8)
    >>> round(times.overhead * 1e6, 3)  # microseconds in neither a layer, the loss nor the update
    3.0
    """

    step: float
    layers: tuple[LayerTime, ...]
    loss: tuple[float, float]
    update: float
    batch: int

    @property
    def matmul(self) -> float:
        """The time of all matrix products alone: the lower limit of a step in NumPy."""
        return sum(layer.matmul for layer in self.layers)

    @property
    def call_overhead(self) -> float:
        """The time of the calls of all layers on one row, without their matrix products."""
        return sum(layer.call_overhead for layer in self.layers)

    @property
    def overhead(self) -> float:
        """The rest of the step: the loop, and the network's own work between the layers."""
        timed = sum(layer.forward + layer.backward for layer in self.layers) + sum(self.loss) + self.update
        return max(0.0, self.step - timed)

    def __str__(self) -> str:
        rows = [("", "forward", "backward", "together", "share", "matmul", "call overhead")]
        for layer in self.layers:
            times = self._times(layer.forward, layer.backward)
            rows.append((printable(layer.name), *times, _us(layer.matmul), _us(layer.call_overhead)))
        rows.append(("loss", *self._times(*self.loss), "", ""))
        rows.append(("update", "", "", *self._times(self.update)[2:], "", ""))
        rows.append(("overhead", "", "", *self._times(self.overhead)[2:], "", ""))
        rows.append(("step", "", "", *self._times(self.step)[2:], _us(self.matmul), _us(self.call_overhead)))
        lines = table(rows, "<>>>>>>", rule=True).splitlines()
        title = f"Time of a training step on {self.batch:,} rows, µs"
        return printable("\n".join([title, *lines[:-1], lines[1], lines[-1]]))

    def __repr__(self) -> str:
        return str(self)

    def _times(self, forward: float, backward: float = 0.0) -> tuple[str, str, str, str]:
        together = forward + backward
        return _us(forward), _us(backward), _us(together), f"{together / self.step:.0%}"


def profile(
    model: Sequential,
    x: Any,
    y: Any,
    loss: Loss,
    optimizer: Optimizer | None = None,
    seconds: float = 1.0,
) -> Profile:
    """Measure the time of a training step, layer by layer.

    It works on copies. The network, its gradients, the loss and the optimizer stay as they are.

    Parameters
    ----------
    model : Sequential
        The network.
    x, y : array_like or tuple
        One batch, as in training.
    loss : Loss
        The loss.
    optimizer : Optimizer, optional
        The optimizer of this network; without it, the update is left out.
    seconds : float
        The time to spend on measuring, above 0. Every figure is a median, so more seconds mean steadier figures.

    Returns
    -------
    Profile
        The times; print it for a table. Where `call_overhead` is most of a layer's time, a larger batch costs next to
        nothing.

    Raises
    ------
    ShapeError
        If the batch is empty, or does not fit the network.
    DataError
        If the batch holds NaN or infinity, or a label out of range.
    ConfigError
        If `model` is no network or `loss` no loss, the optimizer is that of another network, or `seconds` is not a
        number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 1), rng=0)
    >>> x, y = np.ones((8, 4)), np.ones((8, 1))
    >>> times = lk.profile(model, x, y, lk.MSELoss(), lk.SGD(model), seconds=0.1)
    >>> [layer.name for layer in times.layers]
    ['0  Dense(4, 16)', '1  ReLU()', '2  Dense(16, 1)']
    >>> times.matmul < times.step
    True
    """
    check_number("seconds", seconds, minimum=0, exclusive=True)
    check_kind("model", model, Sequential)
    check_kind("loss", loss, Loss)
    if optimizer is not None and getattr(optimizer, "model", None) is not model:
        raise ConfigError(f"optimizer must be one of this model, such as SGD(model), got {one_line(optimizer)}.")
    x, y = prepare(model, loss, x, y, ("x", "y"))
    first = slice(0, 1)
    step, watch = _measure(model, x, y, loss, optimizer, seconds / 2)
    _, one_row = _measure(model, take(x, first), take(y, first), loss, None, seconds / 4)
    layers, dense = [], [layer for _, layer in model.walk() if isinstance(layer, Dense)]
    for name, layer in _timed_layers(model):
        ways = (f"{name} forward", f"{name} backward")
        forward, backward = map(watch.median, ways)
        calls, matmul = sum(map(one_row.median, ways)), 0.0
        if isinstance(layer, Dense):
            share = seconds / 8 / len(dense)
            matmul, alone = (_matmul(layer, *kept.dense[name], share) for kept in (watch, one_row))
            calls -= alone
        title = type(layer).__name__ if layer.children() else one_line(layer)
        layers.append(LayerTime(f"{name}  {title}", forward, backward, matmul, max(0.0, calls)))
    both = watch.median("loss forward"), watch.median("loss backward")
    return Profile(step, tuple(layers), both, watch.median("update"), rows_of(x))


def _timed_layers(model: Sequential) -> list[tuple[str, Layer]]:
    # a plain network does nothing but call its layers
    return [(name, layer) for name, layer in model.walk() if type(layer).forward is not Sequential.forward]


@dataclass
class _Watch:
    """A stopwatch for the parts of a step: the time of each, without that of the parts inside it."""

    steps: list[dict[str, float]] = field(default_factory=lambda: [{}])
    inside: list[float] = field(default_factory=list)  # of each call under way: the time of the calls inside it
    dense: dict[str, tuple[int, bool]] = field(default_factory=dict)  # rows, and whether the input needs a gradient
    cost: float = 0.0  # of one measurement

    def timed(self, function: Callable[..., Any], key: str) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            self.inside.append(0.0)
            start = perf_counter()
            result = function(*args, **options)
            took = perf_counter() - start
            own = took - self.inside.pop()
            if self.inside:
                self.inside[-1] += took
            self.steps[-1][key] = self.steps[-1].get(key, 0.0) + own
            return result

        return timed

    def attach(self, thing: Layer | Loss, name: str) -> None:
        if isinstance(thing, Dense):
            forward, backward = thing.forward, thing.backward

            def counted(x: Any, training: bool = True) -> Any:
                self.dense[name] = x.size // thing.in_features, False
                return forward(x, training)

            def noted(grad: Any, input_grad: bool = True) -> Any:
                self.dense[name] = self.dense[name][0], input_grad
                return backward(grad, input_grad)

            vars(thing).update(forward=counted, backward=noted)
        for way in ("forward", "backward"):
            vars(thing)[way] = self.timed(getattr(thing, way), f"{name} {way}")

    def median(self, key: str) -> float:
        # without the time of the stopwatch; a layer before the first parameters goes without backward
        took = [step[key] for step in self.steps if key in step]
        return max(0.0, statistics.median(took) - self.cost) if took else 0.0


def _measure(
    model: Sequential, x: Batch, y: Any, loss: Loss, optimizer: Optimizer | None, seconds: float
) -> tuple[float, _Watch]:
    # the time of a step as it is, and the times of its parts
    def steps(network: Sequential, value: Loss, update: Callable[[], None] | None, seconds: float) -> list[float]:
        took: list[float] = []
        end = perf_counter() + seconds
        while not took or perf_counter() < end:
            watch.steps.append({})
            start = perf_counter()
            value.forward(network.forward(x), y)
            network.backward(value.backward(), input_grad=False)
            if update is not None:
                update()
            took.append(perf_counter() - start)
        return took

    watch = _Watch()
    network, value, rule = copy.deepcopy((model, loss, optimizer))
    update = None if rule is None else rule.step
    steps(network, value, update, seconds / 10)  # caches and memory as in the middle of training
    step = statistics.median(steps(network, value, update, seconds * 0.4))
    for name, layer in _timed_layers(network):
        watch.attach(layer, name)
    watch.attach(value, "loss")
    timed_update = None if update is None else watch.timed(update, "update")
    steps(network, value, timed_update, seconds / 10)
    watch.steps.clear()
    steps(network, value, timed_update, seconds * 0.4)
    empty = _Watch()
    nothing = empty.timed(lambda x, training: None, "nothing")
    for _ in range(1000):
        empty.steps.append({})
        nothing(x, True)
    watch.cost = empty.median("nothing")
    return step, watch


def _matmul(layer: Dense, rows: int, input_grad: bool, seconds: float) -> float:
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

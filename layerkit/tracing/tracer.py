"""The two passes, layer by layer, with everything kept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.validation import Array, as_array, as_numbers, check_kind
from layerkit.network.composition import shapes_through
from layerkit.errors import LayerkitError
from layerkit.layers.base import Layer
from layerkit.losses import Loss
from layerkit.network.sequential import Sequential
from layerkit.tracing.record import Step
from layerkit.tracing.trace import Trace
from layerkit.training.batches import check_rows
from layerkit.network.workspace import check_promises

__all__ = ["trace"]


def trace(model: Sequential, x: npt.ArrayLike, y: npt.ArrayLike, loss: Loss) -> Trace:
    r"""Go forward and backward once, and keep every number (sections 3 and 7 of the source document).

    .. math::

        \begin{aligned}
        \text{forward:}\quad & a^{(l)} = f^{(l)}(a^{(l-1)}),\; l = 1 \dots L, \qquad C = C(a^{(L)}, y) \\
        \text{backward:}\quad & \frac{\partial C}{\partial a^{(l-1)}} =
        \frac{\partial C}{\partial a^{(l)}} \frac{\partial a^{(l)}}{\partial a^{(l-1)}},\; l = L \dots 1
        \end{aligned}

    The passes are those of a training step: `Dropout` drops what it would drop in the next one. They
    run on copies, so that network and loss stay as they are: parameters, gradients, random state, and
    a forward pass that waits for its backward one. The layers of a network in the network are steps of
    their own; any other layer that is made of layers is one step.

    Parameters
    ----------
    model : Sequential
        The network.
    x, y : array_like
        A batch of samples and targets, with as many rows each. NaN and infinity are let through, for
        `Trace.findings` to say where they are.
    loss : Loss
        The cost.

    Returns
    -------
    Trace
        The numbers, in arrays of the caller's own.

    Raises
    ------
    ConfigError
        If `model` or `loss` is something else.
    ShapeError
        If the data do not fit the network, the loss, or each other.
    DTypeError
        If the data are not real numbers.
    DataError
        If the loss refuses a target, such as a label that is out of range.
    PluginError
        If a layer returns another shape or dtype than it promises.

    Notes
    -----
    The equations of a class that is not built in are those of any layer, unless it has an attribute
    `equations`: a mapping with any of ``"forward"``, ``"backward"``, and the names of its parameters for
    their gradients. What stands left of " = " is the name that the number gets. For an activation with a
    slope s that it learns::

        equations = {
            "forward": "a = max(z, 0) + s min(z, 0)",
            "slope": "ds = Σ ∂C/∂a ∘ min(z, 0)",
            "backward": "δ = ∂C/∂a ∘ ([z > 0] + s [z ≤ 0])",
        }

    Examples
    --------
    The cost of a = 2x - 1 at x = 3, y = 1 is (5 - 1)², and its derivative by the slope 2 · 4 · 3:

    >>> import layerkit as lk
    >>> dense = lk.Dense(1, 1)
    >>> dense.weight.value, dense.bias.value = [[2.0]], [-1.0]
    >>> trace = lk.trace(lk.Sequential(dense), [[3.0]], [[1.0]], lk.MSELoss())
    >>> print(trace)
                                             shape     norm   zeros  smallest   largest
    ───────────────────────────────────────────────────────────────────────────────────
    forward
        x                                   (1, 1)        3      0%         3         3
    0  Dense(1, 1)
        W                                   (1, 1)        2      0%         2         2
        b                                     (1,)        1      0%        -1        -1
        z = a W + b                         (1, 1)        5      0%         5         5
    MSELoss()
        C = Σ (a - y)² / n  =  16
    ───────────────────────────────────────────────────────────────────────────────────
    backward
    MSELoss()
        ∂C/∂a = 2 (a - y) / n               (1, 1)        8      0%         8         8
    0  Dense(1, 1)
        dW = aᵀ δ                           (1, 1)       24      0%        24        24
        db = Σ δ                              (1,)        8      0%         8         8
        ∂C/∂a = δ Wᵀ                        (1, 1)       16      0%        16        16
    """
    check_kind("model", model, Sequential)
    check_kind("loss", loss, Loss)
    dtype = model.parameter_vector.dtype  # a network that became a part of another has the dtype of that one
    model, loss = copy.deepcopy(model), copy.deepcopy(loss)
    with np.errstate(all="ignore"):  # where it leaves the finite numbers, findings say so
        x, y = _data(model, loss, x, y, dtype)
        layers = list(_unfolded(model))
        check_promises(model.layers, x[:1])
        values = [x]
        for _, layer in layers:
            values.append(layer.forward(values[-1].copy()).copy())
        cost = float(loss.forward(values[-1].copy(), y.copy()))
        grads = [np.array(loss.backward())]
        for _, layer in reversed(layers):
            grads.append(layer.backward(grads[-1].copy()).copy())
    grads.reverse()
    steps = [
        Step(position, layer, values[i], values[i + 1], grads[i + 1], grads[i])
        for i, (position, layer) in enumerate(layers)
    ]
    return Trace(x, y, loss, cost, steps)


def _data(
    model: Sequential, loss: Loss, x: npt.ArrayLike, y: npt.ArrayLike, dtype: np.dtype[Any]
) -> tuple[Array, npt.NDArray[Any]]:
    # copies in the form that the passes take, or the error that Trainer.fit would give
    samples, targets = as_array(x, dtype, "x").copy(), as_numbers(y, "y").copy()
    check_rows(samples, targets, ("x", "y"))
    name = "x"
    try:
        shape = (len(samples), *shapes_through(model.layers, samples.shape[1:])[-1])
        name = "y"
        return samples, np.array(loss.as_target(targets, shape, dtype))
    except LayerkitError as error:
        raise type(error)(f"{name}: {error}") from None


def _unfolded(model: Sequential, prefix: str = "") -> Iterator[tuple[str, Layer]]:
    # the layers with their positions, those of networks in the network among them
    for i, layer in enumerate(model.layers):
        if isinstance(layer, Sequential) and type(layer).forward is Sequential.forward:
            yield from _unfolded(layer, f"{prefix}{i}.")
        else:
            yield f"{prefix}{i}", layer

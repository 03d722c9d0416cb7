"""SGD: one step against the gradient, the seed's update."""

from __future__ import annotations

import numpy as np

from layerkit.validation import Array, check_number
from layerkit.errors import ConfigError
from layerkit.optimizers.base import Optimizer
from layerkit.network.sequential import Sequential

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent (section 6.3 of the source document), with momentum on request.

    .. math::

        g \leftarrow \frac{\partial C}{\partial \theta} + \lambda \theta, \quad
        v \leftarrow \mu v + g, \quad
        \theta \leftarrow \theta - \alpha \begin{cases} v \\ g + \mu v & \text{Nesterov} \end{cases}

    With momentum μ = 0 and weight decay λ = 0 this is θ ← θ - α ∂C/∂θ (Polyak, 1964; Nesterov's form
    as in Sutskever et al., 2013).

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        α, at least 0.
    momentum : float
        μ, from 0 to below 1.
    nesterov : bool
        Whether to look one step ahead; needs momentum.
    weight_decay : float
        λ, at least 0; it applies to every parameter.

    Raises
    ------
    ConfigError
        If a number is out of its range, or Nesterov's form is asked for without momentum.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1, bias=False))
    >>> model[0].weight.value = [[1.0]]
    >>> model.gradient_vector[:] = 2.0
    >>> lk.SGD(model, learning_rate=0.1).step()
    >>> model.parameter_vector
    array([0.8], dtype=float32)
    """

    def __init__(
        self,
        model: Sequential,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.momentum = check_number("momentum", momentum, minimum=0, maximum=1)
        self.nesterov = nesterov
        self.weight_decay = check_number("weight_decay", weight_decay, minimum=0)
        if self.momentum == 1:
            raise ConfigError("momentum must be below 1, got 1.0: a step would never die away.")
        if nesterov and not self.momentum:
            raise ConfigError("nesterov=True needs a momentum above 0, got momentum=0.0.")
        self.state_names = ("velocity",) if self.momentum else ()
        super().__init__(model, learning_rate)

    def update(self, value: Array, grad: Array, scratch: Array, *state: Array) -> None:
        """Change a stretch of the parameter vector in place; see `Optimizer.update`."""
        if self.weight_decay:
            grad = np.add(np.multiply(value, self.weight_decay, out=scratch), grad, out=scratch)
        if state:
            (velocity,) = state
            np.multiply(velocity, self.momentum, out=velocity)
            np.add(velocity, grad, out=velocity)
            if self.nesterov:  # a step along g, then one along μ v: g may lie in the scratch
                np.subtract(value, np.multiply(grad, self._rate, out=scratch), out=value)
                velocity = np.multiply(velocity, self.momentum, out=scratch)
            grad = velocity
        np.multiply(grad, self._rate, out=scratch)
        np.subtract(value, scratch, out=value)

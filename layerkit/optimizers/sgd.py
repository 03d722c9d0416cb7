"""SGD: one step against the gradient."""

import numpy as np

from layerkit.errors import ConfigError
from layerkit.network.composite import Composite
from layerkit.optimizers.base import Optimizer
from layerkit.validation import check_flag, check_number

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent, with momentum on request (Robbins and Monro, 1951).

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
        If a number is out of its range, `nesterov` is no bool, or it is True without momentum.

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
        model: Composite,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(model, learning_rate)
        self.momentum = check_number("momentum", momentum, minimum=0, below=1)
        self.nesterov = check_flag("nesterov", nesterov)
        self.weight_decay = check_number("weight_decay", weight_decay, minimum=0)
        if nesterov and not self.momentum:
            raise ConfigError("nesterov=True needs a momentum above 0, got momentum=0.0.")
        self.velocity = np.zeros_like(model.parameter_vector)

    def step(self) -> None:
        """Change the parameters in place; see `Optimizer.step`."""
        for theta, g, v in self.spans(self.velocity):
            if self.weight_decay:
                g = g + self.weight_decay * theta
            if self.momentum:
                v *= self.momentum
                v += g
                g = g + self.momentum * v if self.nesterov else v
            theta -= self.learning_rate * g

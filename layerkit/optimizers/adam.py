"""Adam and AdamW: a step size of its own for every parameter."""

from __future__ import annotations

import math

import numpy as np

from layerkit.validation import Array, check_number
from layerkit.errors import ConfigError
from layerkit.optimizers.base import Optimizer
from layerkit.network.sequential import Sequential

__all__ = ["Adam", "AdamW"]


class _AdaptiveMoments(Optimizer):
    """What Adam and AdamW share."""

    state_names = ("gradient_sum", "square_sum")

    def __init__(self, model: Sequential, learning_rate: float, betas: tuple[float, float], epsilon: float) -> None:
        try:
            first, second = betas
        except (TypeError, ValueError):
            raise ConfigError(f"betas must be two numbers, got {betas!r}.") from None
        self.betas = (
            check_number("betas[0]", first, minimum=0, maximum=1),
            check_number("betas[1]", second, minimum=0, maximum=1),
        )
        if 1 in self.betas:
            raise ConfigError(f"betas must be below 1, got {self.betas}.")
        self.epsilon = check_number("epsilon", epsilon, minimum=0, exclusive=True)
        super().__init__(model, learning_rate)

    def _move(self, value: Array, grad: Array, scratch: Array, first: Array, second: Array) -> None:
        # with the sums s₁ = Σ β₁ᵗ⁻ⁱ gᵢ and s₂ = Σ β₂ᵗ⁻ⁱ gᵢ² in the place of m = (1 - β₁) s₁ and v = (1 - β₂) s₂, and
        # all that does not depend on the element multiplied out of numerator and denominator: four passes less
        beta1, beta2 = self.betas
        np.add(np.multiply(first, beta1, out=first), grad, out=first)
        np.add(np.multiply(second, beta2, out=second), np.multiply(grad, grad, out=scratch), out=second)
        correction = math.sqrt((1 - beta2**self.steps) / (1 - beta2))
        rate = self.learning_rate * correction * (1 - beta1) / (1 - beta1**self.steps)
        np.add(np.sqrt(second, out=scratch), self.epsilon * correction, out=scratch)
        np.divide(first, scratch, out=scratch)
        np.subtract(value, np.multiply(scratch, rate, out=scratch), out=value)


class Adam(_AdaptiveMoments):
    r"""Adam (Kingma and Ba, 2015, arXiv:1412.6980).

    .. math::

        m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
        v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
        \theta \leftarrow \theta - \alpha \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    with g = ∂C/∂θ at step t.

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        α, at least 0.
    betas : tuple of two floats
        β₁ and β₂, from 0 to below 1.
    epsilon : float
        ε, above 0.

    Raises
    ------
    ConfigError
        If a number is out of its range.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1, bias=False))
    >>> model[0].weight.value = [[1.0]]
    >>> model.gradient_vector[:] = 7.0
    >>> lk.Adam(model, learning_rate=0.25).step()  # the first step is α, whatever the gradient
    >>> model.parameter_vector
    array([0.75], dtype=float32)
    """

    def __init__(
        self,
        model: Sequential,
        learning_rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(model, learning_rate, betas, epsilon)

    def update(self, value: Array, grad: Array, scratch: Array, *state: Array) -> None:
        """Change a stretch of the parameter vector in place; see `Optimizer.update`."""
        self._move(value, grad, scratch, *state)


class AdamW(_AdaptiveMoments):
    r"""Adam with weight decay kept apart from the gradient (Loshchilov and Hutter, 2019, arXiv:1711.05101).

    .. math::

        \theta \leftarrow (1 - \alpha \lambda)\,\theta, \quad \text{then the step of Adam}

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        α, at least 0.
    betas : tuple of two floats
        β₁ and β₂, from 0 to below 1.
    epsilon : float
        ε, above 0.
    weight_decay : float
        λ, at least 0; it applies to every parameter.

    Raises
    ------
    ConfigError
        If a number is out of its range.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1, bias=False))
    >>> model[0].weight.value = [[1.0]]
    >>> model.gradient_vector[:] = 0.0
    >>> lk.AdamW(model, learning_rate=0.5, weight_decay=0.5).step()
    >>> model.parameter_vector
    array([0.75], dtype=float32)
    """

    def __init__(
        self,
        model: Sequential,
        learning_rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        self.weight_decay = check_number("weight_decay", weight_decay, minimum=0)
        super().__init__(model, learning_rate, betas, epsilon)

    def update(self, value: Array, grad: Array, scratch: Array, *state: Array) -> None:
        """Change a stretch of the parameter vector in place; see `Optimizer.update`."""
        np.multiply(value, 1 - self.learning_rate * self.weight_decay, out=value)
        self._move(value, grad, scratch, *state)

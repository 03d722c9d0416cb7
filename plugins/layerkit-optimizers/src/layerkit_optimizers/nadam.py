"""Nadam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import layerkit as lk
from layerkit.validation import check_number
from layerkit_optimizers.ranges import check_betas

__all__ = ["Nadam"]


class Nadam(lk.Optimizer):
    r"""Nadam (Dozat, 2016, "Incorporating Nesterov momentum into Adam", ICLR workshop).

    .. math::

        m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
        v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
        \mu_t = \beta_1 \bigl(1 - \tfrac{1}{2} \cdot 0.96^{t \psi}\bigr)

    .. math::

        \theta \leftarrow \theta - \frac{\alpha}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
        \Bigl(\frac{(1 - \mu_t)\, g}{1 - \prod_{i=1}^{t} \mu_i} +
        \frac{\mu_{t+1}\, m}{1 - \prod_{i=1}^{t+1} \mu_i}\Bigr)

    with g = ∂C/∂θ at step t: the momentum of the next step is applied in this one already, and grows from β₁/2 to β₁.

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
    momentum_decay : float
        ψ, at least 0; with 0 the momentum stays at β₁/2.

    Attributes
    ----------
    first_moment, second_moment : numpy.ndarray
        m and v.
    steps : int
        t, the number of steps taken.
    momentum_product : float
        μ₁ μ₂ … μₜ.

    Raises
    ------
    ConfigError
        If a number is out of its range.

    Notes
    -----
    The numbers are those of ``torch.optim.NAdam``.

    Examples
    --------
    With β₁ = 0 it is RMSprop whose average starts without bias:

    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1, bias=False))
    >>> model[0].weight.value = [[1.0]]
    >>> model.gradient_vector[:] = 7.0
    >>> lk.optimizer("Nadam", model, learning_rate=0.25, betas=(0.0, 0.999)).step()
    >>> model.parameter_vector
    array([0.75], dtype=float32)
    """

    runtime: ClassVar[tuple[str, ...]] = ("learning_rate", "steps", "momentum_product")

    def __init__(
        self,
        model: lk.Sequential,
        learning_rate: float = 0.002,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        momentum_decay: float = 0.004,
    ) -> None:
        super().__init__(model, learning_rate)
        self.betas = check_betas(betas)
        self.epsilon = check_number("epsilon", epsilon, minimum=0, exclusive=True)
        self.momentum_decay = check_number("momentum_decay", momentum_decay, minimum=0)
        self.steps = 0
        self.momentum_product = 1.0
        self.first_moment = np.zeros_like(model.parameter_vector)
        self.second_moment = np.zeros_like(model.parameter_vector)

    def step(self) -> None:
        """Change the parameters in place; see `layerkit.Optimizer.step`."""
        theta, g = self.model.parameter_vector, self.model.gradient_vector
        (beta1, beta2), m, v = self.betas, self.first_moment, self.second_moment
        self.steps += 1
        now, ahead = self._momentum(self.steps), self._momentum(self.steps + 1)
        self.momentum_product *= now
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        of_gradient = self.learning_rate * (1 - now) / (1 - self.momentum_product)
        of_moment = self.learning_rate * ahead / (1 - self.momentum_product * ahead)
        size = np.sqrt(v / (1 - beta2**self.steps)) + self.epsilon
        theta -= (of_gradient * g + of_moment * m) / size

    def _momentum(self, step: int) -> float:
        # μ at a step; 0.96 is a constant of the paper
        return float(self.betas[0] * (1 - 0.5 * 0.96 ** (step * self.momentum_decay)))

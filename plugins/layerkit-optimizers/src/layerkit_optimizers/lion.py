"""Lion: steps of one size, against the sign of an average."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.validation import check_number
from layerkit_optimizers.ranges import check_betas

__all__ = ["Lion"]


class Lion(lk.Optimizer):
    r"""Lion, "evolved sign momentum" (Chen et al., 2023, arXiv:2302.06675).

    .. math::

        \theta \leftarrow \theta - \alpha
        \bigl(\operatorname{sgn}(\beta_1 m + (1 - \beta_1) g) + \lambda \theta\bigr), \quad
        \text{then}\quad m \leftarrow \beta_2 m + (1 - \beta_2) g

    with g = ∂C/∂θ. Every parameter changes by α in each step, so the rate is 3 to 10 times smaller than that of Adam,
    and the weight decay as many times larger. It remembers one vector where Adam remembers two.

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        α, at least 0.
    betas : tuple of two floats
        β₁ and β₂, from 0 to below 1.
    weight_decay : float
        λ, at least 0; it applies to every parameter.

    Attributes
    ----------
    moment : numpy.ndarray
        m.

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
    >>> lk.optimizer("Lion", model, learning_rate=0.25).step()
    >>> model.parameter_vector
    array([0.75], dtype=float32)
    """

    def __init__(
        self,
        model: lk.Sequential,
        learning_rate: float = 0.0001,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(model, learning_rate)
        self.betas = check_betas(betas)
        self.weight_decay = check_number("weight_decay", weight_decay, minimum=0)
        self.moment = np.zeros_like(model.parameter_vector)

    def step(self) -> None:
        """Change the parameters in place; see `layerkit.Optimizer.step`."""
        theta, g = self.model.parameter_vector, self.model.gradient_vector
        (beta1, beta2), m = self.betas, self.moment
        update = np.sign(beta1 * m + (1 - beta1) * g)
        if self.weight_decay:
            update = update + self.weight_decay * theta
        theta -= self.learning_rate * update
        m *= beta2
        m += (1 - beta2) * g

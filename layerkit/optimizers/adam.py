"""Adam and AdamW: a step size of its own for every parameter."""

from typing import ClassVar

import numpy as np

from layerkit.errors import ConfigError
from layerkit.network.composite import Composite
from layerkit.optimizers.base import Optimizer
from layerkit.validation import check_number

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
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

    Attributes
    ----------
    first_moment, second_moment : numpy.ndarray
        m and v.
    steps : int
        t, the number of steps taken.

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

    runtime: ClassVar[tuple[str, ...]] = ("learning_rate", "steps")
    weight_decay = 0.0  # that of AdamW

    def __init__(
        self,
        model: Composite,
        learning_rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(model, learning_rate)
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ConfigError(f"betas must be two numbers, got {betas!r}.")
        beta1, beta2 = (check_number(f"betas[{i}]", beta, minimum=0, below=1) for i, beta in enumerate(betas))
        self.betas = (beta1, beta2)
        self.epsilon = check_number("epsilon", epsilon, minimum=0, exclusive=True)
        self.steps = 0
        self.first_moment = np.zeros_like(model.parameter_vector)
        self.second_moment = np.zeros_like(model.parameter_vector)

    def step(self) -> None:
        """Change the parameters in place; see `Optimizer.step`."""
        beta1, beta2 = self.betas
        self.steps += 1
        # α m̂ / (√v̂ + ε) with the corrections of m̂ and v̂ in the rate and in ε
        correction = (1 - beta2**self.steps) ** 0.5
        rate = self.learning_rate * correction / (1 - beta1**self.steps)
        for theta, g, m, v in self.spans(self.first_moment, self.second_moment):
            if self.weight_decay:
                theta *= 1 - self.learning_rate * self.weight_decay
            m *= beta1
            m += (1 - beta1) * g
            v *= beta2
            v += (1 - beta2) * g * g
            theta -= rate * m / (np.sqrt(v) + self.epsilon * correction)


class AdamW(Adam):
    r"""Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019, arXiv:1711.05101).

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
        model: Composite,
        learning_rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(model, learning_rate, betas, epsilon)
        self.weight_decay = check_number("weight_decay", weight_decay, minimum=0)

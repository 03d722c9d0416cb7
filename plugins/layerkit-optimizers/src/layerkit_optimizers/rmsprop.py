"""RMSprop: the gradient divided by its recent size."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.validation import Array, check_flag, check_number
from layerkit_optimizers.ranges import check_decay

__all__ = ["RMSprop"]


class RMSprop(lk.Optimizer):
    r"""RMSprop (Tieleman and Hinton, 2012), with momentum and centering on request.

    .. math::

        v \leftarrow \rho v + (1 - \rho) g^2, \quad
        u = \frac{g}{\sqrt{v} + \epsilon}, \quad
        b \leftarrow \mu b + u, \quad
        \theta \leftarrow \theta - \alpha b

    with g = ∂C/∂θ. Centered (Graves, 2013, arXiv:1308.0850), √v is the standard deviation of the gradient instead
    of its root mean square:

    .. math::

        m \leftarrow \rho m + (1 - \rho) g, \quad
        u = \frac{g}{\sqrt{v - m^2} + \epsilon}

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        α, at least 0.
    rho : float
        ρ, from 0 to below 1.
    epsilon : float
        ε, above 0.
    momentum : float
        μ, from 0 to below 1.
    centered : bool
        Whether to subtract m² from v.

    Attributes
    ----------
    square_average : numpy.ndarray
        v.
    average : numpy.ndarray
        m; zero unless `centered`.
    velocity : numpy.ndarray
        b; zero without momentum.

    Raises
    ------
    ConfigError
        If a number is out of its range, or `centered` is no bool.

    Notes
    -----
    The numbers and their order are those of ``torch.optim.RMSprop``, which calls ρ ``alpha``; ε is added to the root.

    Examples
    --------
    The first step is α/√(1 - ρ), whatever the size of the gradient:

    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1, bias=False))
    >>> model[0].weight.value = [[1.0]]
    >>> model.gradient_vector[:] = 7.0
    >>> lk.optimizer("RMSprop", model, learning_rate=0.125, rho=0.75).step()
    >>> model.parameter_vector
    array([0.75], dtype=float32)
    """

    def __init__(
        self,
        model: lk.Sequential,
        learning_rate: float = 0.01,
        rho: float = 0.99,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(model, learning_rate)
        self.rho = check_decay("rho", rho)
        self.epsilon = check_number("epsilon", epsilon, minimum=0, exclusive=True)
        self.momentum = check_decay("momentum", momentum)
        self.centered = check_flag("centered", centered)
        self.square_average = np.zeros_like(model.parameter_vector)
        self.average = np.zeros_like(model.parameter_vector)
        self.velocity = np.zeros_like(model.parameter_vector)

    def step(self) -> None:
        """Change the parameters in place; see `layerkit.Optimizer.step`."""
        theta, g = self.model.parameter_vector, self.model.gradient_vector
        v, m, b = self.square_average, self.average, self.velocity
        v *= self.rho
        v += (1 - self.rho) * g * g
        variance = v
        if self.centered:
            m *= self.rho
            m += (1 - self.rho) * g
            variance = np.maximum(v - m * m, 0)  # rounding makes it negative where the gradient does not change
        update: Array = g / (np.sqrt(variance) + self.epsilon)
        if self.momentum:
            b *= self.momentum
            b += update
            update = b
        theta -= self.learning_rate * update

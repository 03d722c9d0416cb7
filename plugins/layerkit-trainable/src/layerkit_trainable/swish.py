"""Swish: SiLU with a steepness that is learnt."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

import layerkit as lk
from layerkit.validation import Array, check_number
from layerkit_trainable.base import TrainableActivation, sigmoid

__all__ = ["Swish"]


class Swish(TrainableActivation):
    r"""The input times a sigmoid of trainable steepness (Ramachandran et al., 2017, arXiv:1710.05941).

    .. math::

        \text{forward:}\quad a = z\,\sigma(\beta z)

    .. math::

        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \sigma(\beta z)\,\bigl(1 + \beta z\,\sigma(-\beta z)\bigr), \qquad
        \frac{\partial C}{\partial \beta} =
        \sum \frac{\partial C}{\partial a} \circ z^2\,\sigma(\beta z)\,\sigma(-\beta z)

    The sum is over the batch where every feature has a β of its own, over all elements where they share one.
    β = 0 is the linear z/2, β = 1 is SiLU, and β → ∞ is ReLU. Shapes: any; ``(batch, features)`` with a β
    for each feature.

    Parameters
    ----------
    features : int, optional
        The number of features, each with a β of its own; without it, all share one.
    initial_beta : float
        Where β starts.

    Attributes
    ----------
    beta : Parameter
        β, shape ``(features,)``, or ``(1,)`` where it is shared.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1) and the β at the start.

    Raises
    ------
    ConfigError
        If `features` is not a positive integer, or `initial_beta` not a finite number.
    ShapeError
        If the input does not have `features` columns.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_trainable import Swish
    >>> swish = Swish(features=2)
    >>> swish.beta.value = [0.0, 100.0]
    >>> swish.forward(np.array([[-2.0, -2.0], [4.0, 4.0]])).round(6)
    array([[-1., -0.],
           [ 2.,  4.]])
    >>> swish.backward(np.ones((2, 2))).round(6)
    array([[ 0.5, -0. ],
           [ 0.5,  1. ]])
    >>> swish.beta.grad
    array([5., 0.], dtype=float32)
    """

    name = "swish"

    def __init__(self, features: int | None = None, initial_beta: float = 1.0) -> None:
        super().__init__(features)
        self.initial_beta = check_number("initial_beta", initial_beta)
        self.beta = self._parameter("beta", self.initial_beta)
        self.gain = self._gain()

    def parameters(self) -> tuple[lk.Parameter, ...]:
        """Return β."""
        return (self.beta,)

    def function(self, z: Array) -> Array:
        """Return z σ(β z)."""
        return (z * sigmoid(self._argument(z))).astype(z.dtype)

    def derivative(self, z: Array) -> Array:
        """Return σ(β z) (1 + β z σ(-β z))."""
        u = self._argument(z)
        s = sigmoid(u)
        slope: Array = (s * (1 + u * (1 - s))).astype(z.dtype)
        return slope

    def parameter_gradients(self, z: Array, grad: Array) -> tuple[Array, ...]:
        """Return Σ grad ∘ z² σ(β z) σ(-β z)."""
        u = self._argument(z)
        return (self._total(grad * (z * (z * sigmoid(u) * sigmoid(-u)))),)

    def _argument(self, z: Array) -> npt.NDArray[np.float64]:
        # β z in float64: rounded to float32, an argument of -87 costs the last two digits of its exponential
        return np.multiply(self.beta.value, z, dtype=np.float64)

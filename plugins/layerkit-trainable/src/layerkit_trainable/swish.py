"""Swish: SiLU with a steepness that is learned."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.activations import sigmoid
from layerkit.validation import Array, check_number

__all__ = ["Swish"]


class Swish(lk.LearnedActivation):
    r"""The input times a sigmoid of learned steepness (Ramachandran et al., 2017, arXiv:1710.05941).

    .. math::

        \text{forward:}\quad a = z\,\sigma(\beta z)

    .. math::

        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \sigma(\beta z)\,\bigl(1 + \beta z\,\sigma(-\beta z)\bigr), \qquad
        \frac{\partial C}{\partial \beta} =
        \sum \frac{\partial C}{\partial a} \circ z^2\,\sigma(\beta z)\,\sigma(-\beta z)

    The sum is over the batch if each feature has its own β, and over all elements if they share one.
    β = 0 is the linear z/2, β = 1 is SiLU, and β → ∞ is ReLU. Shapes: any; ``(..., features)`` with a β for each
    feature.

    Parameters
    ----------
    features : int, optional
        The number of features, each with its own β; by default all share one.
    initial_beta : float
        The value of β before training.

    Attributes
    ----------
    beta : Parameter
        β, shape ``(features,)``, or ``(1,)`` if it is shared.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1) and the initial β.

    Raises
    ------
    ConfigError
        If `features` is not a positive integer, or `initial_beta` not a finite number.
    ShapeError
        If the last axis of the input does not have the size `features`.

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
        self.beta = self.learned(self.initial_beta)

    # All in float64: rounded to float32, an argument β z of -87 costs the last two digits of its exponential.

    def function(self, z: Array, beta: Array) -> Array:
        """Return z σ(β z)."""
        x = z.astype(np.float64)
        return (x * sigmoid(beta * x)).astype(z.dtype)

    def derivative(self, z: Array, beta: Array) -> Array:
        """Return σ(β z) (1 + β z σ(-β z))."""
        u = beta * z.astype(np.float64)
        s = sigmoid(u)
        return (s * (1 + u * (1 - s))).astype(z.dtype)

    def parameter_derivatives(self, z: Array, beta: Array) -> dict[str, Array]:
        """Return ∂a/∂β = z² σ(β z) σ(-β z)."""
        x = z.astype(np.float64)
        u = beta * x
        return {"beta": x * (x * sigmoid(u) * sigmoid(-u))}

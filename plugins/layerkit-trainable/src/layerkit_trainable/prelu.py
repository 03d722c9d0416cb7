"""PReLU: a rectifier that learns how much to let through."""

from __future__ import annotations

import numpy as np

import layerkit as lk
from layerkit.validation import Array, check_number

__all__ = ["PReLU"]


class PReLU(lk.LearnedActivation):
    r"""Parametric rectified linear unit (He et al., 2015, arXiv:1502.01852).

    .. math::

        \text{forward:}\quad a = \max(z, 0) + s \min(z, 0)

    .. math::

        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \begin{cases} 1 & z > 0 \\ s & z \le 0 \end{cases}, \qquad
        \frac{\partial C}{\partial s} = \sum \frac{\partial C}{\partial a} \circ \min(z, 0)

    The sum is over the batch if each feature has its own slope, and over all elements if they share one.
    Shapes: any; ``(..., features)`` with a slope for each feature.

    Parameters
    ----------
    features : int, optional
        The number of features, each with its own slope; by default all share one.
    initial_slope : float
        The value of s before training.

    Attributes
    ----------
    slope : Parameter
        s, shape ``(features,)``, or ``(1,)`` if it is shared.
    gain : float
        √(2/(1 + s²)) for the initial s, as in the paper.

    Raises
    ------
    ConfigError
        If `features` is not a positive integer, or `initial_slope` not a finite number.
    ShapeError
        If the last axis of the input does not have the size `features`.

    Notes
    -----
    Weight decay draws the slope to 0, and PReLU to ReLU; the paper trains without it.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_trainable import PReLU
    >>> prelu = PReLU()
    >>> prelu.forward(np.array([[-4.0, 2.0], [-1.0, 1.0]]))
    array([[-1.  ,  2.  ],
           [-0.25,  1.  ]])
    >>> prelu.backward(np.ones((2, 2)))
    array([[0.25, 1.  ],
           [0.25, 1.  ]])
    >>> prelu.slope.grad
    array([-5.], dtype=float32)
    """

    name = "prelu"
    kinks = (0.0,)

    def __init__(self, features: int | None = None, initial_slope: float = 0.25) -> None:
        super().__init__(features)
        self.initial_slope = check_number("initial_slope", initial_slope)
        self.slope = self.learned(self.initial_slope)

    def function(self, z: Array, slope: Array) -> Array:
        """Return max(z, 0) + s min(z, 0)."""
        value: Array = np.maximum(z, 0) + slope * np.minimum(z, 0)
        return value

    def derivative(self, z: Array, slope: Array) -> Array:
        """Return 1 where z > 0, else s."""
        right = (z > 0).astype(z.dtype)
        return right + (1 - right) * slope

    def parameter_derivatives(self, z: Array, slope: Array) -> dict[str, Array]:
        """Return ∂a/∂s = min(z, 0)."""
        return {"slope": np.minimum(z, 0)}

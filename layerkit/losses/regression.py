"""Losses for numbers: squared, absolute, and Huber's between the two."""

import math
from typing import Any, ClassVar

import numpy as np

from layerkit.losses.base import Loss
from layerkit.validation import Array, Shape, check_number

__all__ = ["HuberLoss", "MAELoss", "MSELoss"]


class MSELoss(Loss):
    r"""Squared error.

    .. math::

        \begin{aligned}
        \texttt{mean:}\quad & C = \tfrac1n \sum (a - y)^2, & \frac{\partial C}{\partial a} &= \frac{2 (a - y)}{n} \\
        \texttt{half:}\quad & C = \tfrac1{2B} \sum (a - y)^2, & \frac{\partial C}{\partial a} &= \frac{a - y}{B} \\
        \texttt{sum:}\quad & C = \sum (a - y)^2, & \frac{\partial C}{\partial a} &= 2 (a - y)
        \end{aligned}

    with n the number of elements and B the number of rows, or the sums of their weights. Shapes: prediction and
    target alike, nothing is broadcast.

    Parameters
    ----------
    reduction : {"mean", "half", "sum"}
        Which of the three formulas.

    Raises
    ------
    ConfigError
        If `reduction` is none of them.
    ShapeError
        If prediction and target differ in shape, ``(n,)`` against ``(n, 1)`` included.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.MSELoss()
    >>> float(loss.forward(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]])))
    2.0
    >>> loss.backward()
    array([[2.],
           [0.]])
    """

    reductions: ClassVar[tuple[str, ...]] = ("mean", "half", "sum")

    def cost(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Return (a - y)² and 2 (a - y)."""
        error = prediction - target
        return error * error, 2 * error

    def forward(self, prediction: Array, target: Any, sample_weight: Any = None) -> Any:
        """Return the loss; see `Loss.forward`."""
        if sample_weight is not None or type(self).cost is not MSELoss.cost:  # a subclass may have costs of its own
            return super().forward(prediction, target, sample_weight)
        # squares and their sum as one product: half the calls of the general form
        error = prediction - self._checked(target, prediction)
        self.total_weight = error.size
        scale = self.scale(error.shape)
        self.cache = error, 2 * scale
        return np.vdot(error, error) * scale

    def scale(self, shape: Shape) -> Any:
        """Return the factor of the sum of squares; that of "half" has the number of rows where "mean" has n."""
        return super().scale(shape) * (math.prod(shape[1:]) / 2 if self.reduction == "half" else 1)


class MAELoss(Loss):
    r"""Absolute error.

    .. math::

        C = \tfrac1n \sum |a - y|, \qquad \frac{\partial C}{\partial a} = \frac{\mathrm{sign}(a - y)}{n}

    with n the number of elements, or the sum of their weights; 1 for ``sum``. At a = y the gradient is 0 by
    convention. Shapes: prediction and target alike.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `reduction` is neither.
    ShapeError
        If prediction and target differ in shape.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.MAELoss()
    >>> float(loss.forward(np.array([[3.0], [0.0]]), np.array([[1.0], [1.0]])))
    1.5
    >>> loss.backward()
    array([[ 0.5],
           [-0.5]])
    """

    def cost(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Return the absolute value of a - y, and its sign."""
        error = prediction - target
        return np.abs(error), np.sign(error)


class HuberLoss(Loss):
    r"""Squared error near the target, absolute error away from it (Huber, 1964).

    .. math::

        C = \tfrac1n \sum h(a - y), \quad
        h(e) = \begin{cases} e^2/2 & |e| \le \delta \\ \delta (|e| - \delta/2) & |e| > \delta \end{cases} \qquad
        \frac{\partial C}{\partial a} = \frac{\mathrm{clip}(a - y, -\delta, \delta)}{n}

    with n the number of elements, or the sum of their weights; 1 for ``sum``. Shapes: prediction and target alike.

    Parameters
    ----------
    delta : float
        The error δ > 0 where the square turns into a line.
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `delta` is not above 0, or `reduction` is neither.
    ShapeError
        If prediction and target differ in shape.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.HuberLoss(delta=1.0)
    >>> float(loss.forward(np.array([[0.5], [3.0]]), np.array([[0.0], [0.0]])))  # (0.125 + 2.5) / 2
    1.3125
    >>> loss.backward()
    array([[0.25],
           [0.5 ]])
    """

    def __init__(self, delta: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.delta = check_number("delta", delta, minimum=0, exclusive=True)

    def cost(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Return h(a - y) and clip(a - y, -δ, δ)."""
        error = prediction - target
        near = np.clip(error, -self.delta, self.delta)
        return near * (error - near / 2), near  # one expression for both cases

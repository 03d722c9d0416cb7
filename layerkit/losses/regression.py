"""Losses for numbers: squared, absolute, and Huber's between the two."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from layerkit.validation import Array, check_number
from layerkit.losses.base import ElementwiseLoss

__all__ = ["HuberLoss", "MAELoss", "MSELoss"]


class MSELoss(ElementwiseLoss):
    r"""Squared error (sections 2 and 3.1 of the source document).

    .. math::

        \begin{aligned}
        \texttt{mean:}\quad & C = \tfrac1n \sum (a - y)^2, & \frac{\partial C}{\partial a} &= \frac{2 (a - y)}{n} \\
        \texttt{half:}\quad & C = \tfrac1{2B} \sum (a - y)^2, & \frac{\partial C}{\partial a} &= \frac{a - y}{B} \\
        \texttt{sum:}\quad & C = \sum (a - y)^2, & \frac{\partial C}{\partial a} &= 2 (a - y)
        \end{aligned}

    with n the number of elements and B the number of rows. The source document reports the cost of
    ``mean`` and goes back with the gradient of ``half``; here, either is the gradient of its own cost.
    Shapes: prediction and target alike, nothing is broadcast.

    Parameters
    ----------
    reduction : {"mean", "half", "sum"}
        Which of the three.

    Raises
    ------
    ConfigError
        If `reduction` is another.
    ShapeError
        If prediction and target differ in shape, ``(n,)`` against ``(n, 1)`` included.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.MSELoss()
    >>> loss.forward(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]))
    2.0
    >>> loss.backward()
    array([[2.],
           [0.]])
    """

    reductions: ClassVar[tuple[str, ...]] = ("mean", "half", "sum")

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost."""
        prediction, target = self._pair(prediction, target)
        difference = prediction - target
        weight = 0.5 / len(difference) if self.reduction == "half" else self._weight(difference)
        self.cache = difference, weight
        return float(np.vdot(difference, difference)) * weight

    def backward(self) -> Array:
        """Return ∂C/∂prediction."""
        difference, weight = self.cache
        gradient: Array = np.multiply(difference, 2 * weight)
        return gradient


class MAELoss(ElementwiseLoss):
    r"""Absolute error.

    .. math::

        C = \tfrac1n \sum |a - y|, \qquad \frac{\partial C}{\partial a} = \frac{\mathrm{sign}(a - y)}{n}

    with n the number of elements, 1 for ``sum``. At a = y the gradient is 0 by convention.
    Shapes: prediction and target alike.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `reduction` is another.
    ShapeError
        If prediction and target differ in shape.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.MAELoss()
    >>> loss.forward(np.array([3.0, 0.0]), np.array([1.0, 1.0]))
    1.5
    >>> loss.backward()
    array([ 0.5, -0.5])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost."""
        prediction, target = self._pair(prediction, target)
        self.cache = difference = prediction - target
        return float(np.abs(difference).sum()) * self._weight(difference)

    def backward(self) -> Array:
        """Return ∂C/∂prediction."""
        difference: Array = self.cache
        return np.sign(difference) * self._weight(difference)


class HuberLoss(ElementwiseLoss):
    r"""Squared near the target, absolute far from it (Huber, 1964).

    .. math::

        C = \tfrac1n \sum h(a - y), \quad
        h(d) = \begin{cases} d^2/2 & |d| \le \delta \\ \delta\,(|d| - \delta/2) & |d| > \delta \end{cases} \qquad
        \frac{\partial C}{\partial a} = \frac{\min(\max(a - y, -\delta), \delta)}{n}

    with n the number of elements, 1 for ``sum``. Shapes: prediction and target alike.

    Parameters
    ----------
    delta : float
        Where the square ends, above 0, in the unit of the target.
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `delta` is not above 0, or `reduction` is another.
    ShapeError
        If prediction and target differ in shape.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.HuberLoss()
    >>> loss.forward(np.array([3.0, 0.5]), np.array([0.0, 0.0]))  # (2.5 + 0.125) / 2
    1.3125
    >>> loss.backward()
    array([0.5 , 0.25])
    """

    def __init__(self, delta: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.delta = check_number("delta", delta, minimum=0, exclusive=True)

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost."""
        prediction, target = self._pair(prediction, target)
        self.cache = difference = prediction - target
        near = np.clip(difference, -self.delta, self.delta)
        # h(d) = c (d - c/2) with c = d clipped, in one expression for both cases
        return float(np.vdot(near, difference - near / 2)) * self._weight(difference)

    def backward(self) -> Array:
        """Return ∂C/∂prediction."""
        difference: Array = self.cache
        return np.clip(difference, -self.delta, self.delta) * self._weight(difference)

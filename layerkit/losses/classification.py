"""Losses for classes, both on logits: what goes into a softmax or sigmoid, not what comes out of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.activations.sigmoid import sigmoid
from layerkit.validation import Array, Shape, as_array, as_numbers
from layerkit.errors import DataError, DTypeError, ShapeError
from layerkit.losses.base import ElementwiseLoss, Loss

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss"]


class CrossEntropyLoss(Loss):
    r"""Cross-entropy of softmax(z) against classes, on logits z (Bridle, 1990).

    .. math::

        C = -\tfrac1B \sum_{i,c} y_{ic} \ln p_{ic}, \quad p = \mathrm{softmax}(z) \qquad
        \frac{\partial C}{\partial z_{ic}} = \frac{1}{B} \Bigl(p_{ic} \sum_k y_{ik} - y_{ic}\Bigr)

    with B the number of rows, 1 for ``sum``. For a class index k, y is 1 at k and 0 elsewhere. Shapes:
    logits ``(batch, classes)``; target ``(batch,)`` of class indices or ``(batch, classes)`` of
    probabilities. The network ends in a plain `layerkit.Dense`: no layer is added or left out.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by the number of rows.

    Raises
    ------
    ConfigError
        If `reduction` is another.
    ShapeError
        If the target fits neither form.
    DataError
        If a class index is out of range, or a probability below 0.
    DTypeError
        If class indices are not integers.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.CrossEntropyLoss()
    >>> round(loss.forward(np.log([[1.0, 3.0]]), np.array([1])), 4)  # -ln 0.75
    0.2877
    >>> loss.backward()
    array([[ 0.25, -0.25]])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost."""
        z = as_array(prediction, name="prediction")
        y = self.as_target(target, z.shape, z.dtype)
        p = z - np.maximum.reduce(z, axis=1, keepdims=True)  # the largest exponent is 0
        if y.ndim == 1:  # where in the flattened p the class of each row stands
            y = y + np.arange(0, p.size, p.shape[1])
        shifted = p.copy() if y.ndim == 2 else p.take(y)
        np.exp(p, out=p)
        total = np.add.reduce(p, axis=1, keepdims=True)
        np.divide(p, total, out=p)
        self.cache = p, y
        log_total = np.log(total)
        log_p = shifted - (log_total if y.ndim == 2 else log_total[:, 0])
        return (0.0 - float(np.vdot(y, log_p) if y.ndim == 2 else np.add.reduce(log_p))) * self._weight(z)

    def backward(self) -> Array:
        """Return ∂C/∂logits."""
        p, y = self.cache
        if y.ndim == 2:
            gradient: Array = p * y.sum(axis=1, keepdims=True) - y
        else:
            # p - 1 as minus the others, because their sum keeps its digits where p is close to 1
            gradient = p.copy()
            gradient.put(y, 0)
            gradient.put(y, -np.add.reduce(gradient, axis=1))
        gradient *= self._weight(p)
        return gradient

    def _weight(self, prediction: Array) -> float:
        return 1.0 if self.reduction == "sum" else 1.0 / len(prediction)

    def as_target(self, target: npt.ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return class indices as integers and probabilities in `dtype`; see `Loss.as_target`."""
        if len(shape) != 2:
            raise ShapeError(f"CrossEntropyLoss takes logits of shape (batch, classes), got {shape}.")
        array = as_numbers(target, "target")
        if array.ndim != 1:
            array = super().as_target(array, shape, dtype)
            if array.min() < 0:
                raise DataError(f"the probabilities in target must be at least 0, got {array.min()}.")
            return array
        if array.shape != shape[:1] or not array.size:
            raise ShapeError(
                f"CrossEntropyLoss takes one class index for each of the {shape[0]} rows of logits, or probabilities "
                f"of shape {shape}, got a target of shape {array.shape}."
            )
        if array.dtype.kind not in "iu":
            raise DTypeError(
                f"class indices must be integers, got dtype {array.dtype}. Use target.astype(int), or pass "
                f"probabilities of shape {shape}."
            )
        indices = array.astype(np.intp, copy=False)
        if indices.view(np.uintp).max() >= shape[1]:  # as unsigned numbers, negative ones are large
            wrong = indices[(indices < 0) | (indices >= shape[1])][0]
            raise DataError(f"class indices must be from 0 to {shape[1] - 1}, got {wrong}.")
        return indices


class BCEWithLogitsLoss(ElementwiseLoss):
    r"""Binary cross-entropy of σ(z) against labels, on logits z (Solla, Levin and Fleisher, 1988).

    .. math::

        C = -\tfrac1n \sum \bigl(y \ln \sigma(z) + (1 - y) \ln \sigma(-z)\bigr) \qquad
        \frac{\partial C}{\partial z} = \frac{\sigma(z) - y}{n}

    with n the number of elements, 1 for ``sum``. Shapes: logits and target alike; every element is a
    yes-or-no question of its own. The network ends in a plain `layerkit.Dense`.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `reduction` is another.
    ShapeError
        If logits and target differ in shape.
    DataError
        If a label is not from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.BCEWithLogitsLoss()
    >>> round(loss.forward(np.array([[0.0]]), np.array([[1.0]])), 4)  # ln 2
    0.6931
    >>> loss.backward()
    array([[-0.5]])
    """

    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost."""
        z = as_array(prediction, name="prediction")
        y = self.as_target(target, z.shape, z.dtype)
        # σ(z) - y in a form whose terms do not cancel at the labels 0 and 1
        self.cache = (1 - y) * sigmoid(z) - y * sigmoid(-z)
        # -ln σ(z) = softplus(-z) = max(z, 0) - z + ln(1 + e^{-|z|}), which nothing can overflow
        costs = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        return float(costs.sum()) * self._weight(z)

    def backward(self) -> Array:
        """Return ∂C/∂logits."""
        difference: Array = self.cache
        return difference * self._weight(difference)

    def as_target(self, target: npt.ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return labels in `dtype`, refusing what is not from 0 to 1; see `Loss.as_target`."""
        array = super().as_target(target, shape, dtype)
        for label in (array.min(), array.max()):
            if not 0 <= label <= 1:
                raise DataError(f"the labels in target must be from 0 to 1, got {label}.")
        return array

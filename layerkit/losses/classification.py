"""Losses for classes, both on logits: the inputs of a softmax or sigmoid, not its outputs."""

import math
from typing import Any

import numpy as np

from layerkit.activations.logistic import sigmoid
from layerkit.errors import DTypeError, ShapeError
from layerkit.losses.base import Loss
from layerkit.validation import Array, DType, Shape, as_numbers, check_range

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss"]


class CrossEntropyLoss(Loss):
    r"""Cross-entropy of softmax(z) against classes, on logits z (Bridle, 1990).

    .. math::

        C = -\tfrac1B \sum_{i,k} y_{ik} \ln p_{ik}, \quad p = \mathrm{softmax}(z) \qquad
        \frac{\partial C}{\partial z_{ik}} = \frac{1}{B} \Bigl(p_{ik} \sum_j y_{ij} - y_{ik}\Bigr)

    with B the number of positions, or the sum of their weights; 1 for ``sum``. For a class index k, y is 1 at k and
    0 elsewhere. Shapes: logits ``(batch, ..., classes)``; target ``(batch, ...)`` of class indices, or
    ``(batch, ..., classes)`` of probabilities. The network ends in a plain `layerkit.Dense`.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by B.

    Raises
    ------
    ConfigError
        If `reduction` is neither.
    ShapeError
        If the target has neither shape.
    DataError
        If a class index is out of range, or a probability below 0.
    DTypeError
        If class indices are not integers.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.CrossEntropyLoss()
    >>> round(float(loss.forward(np.log([[1.0, 3.0]]), np.array([1]))), 4)  # -ln 0.75
    0.2877
    >>> loss.backward()
    array([[ 0.25, -0.25]])
    """

    inverse_link = "softmax"

    def cost(self, prediction: Array, target: Any) -> tuple[Array, Array]:
        """Return -Σ y ln p and p Σ y - y."""
        z = prediction - prediction.max(axis=-1, keepdims=True)  # the largest exponent is 0: no overflow
        e = np.exp(z)
        total = e.sum(axis=-1, keepdims=True)
        p = e / total
        if target.ndim == z.ndim:
            return (target * (np.log(total) - z)).sum(axis=-1), p * target.sum(axis=-1, keepdims=True) - target
        is_class = target[..., None] == np.arange(z.shape[-1])
        cost = np.log(total[..., 0]) - np.where(is_class, z, 0).sum(axis=-1)
        # p - 1 as minus the sum of the others, which keeps its digits where p is close to 1
        others = np.where(is_class, 0, p)
        return cost, others - is_class * others.sum(axis=-1, keepdims=True)

    def as_target(self, target: Any, shape: Shape, dtype: DType) -> Any:
        """Return class indices as integers and probabilities in `dtype`; see `Loss.as_target`."""
        target = super().as_target(target, shape, dtype)
        check_range(target, "the probabilities in target", 0, math.inf)
        return target

    def check_target(self, target: Any, shape: Shape, dtype: DType) -> Any:
        """Return class indices or probabilities, refusing other shapes and class indices out of range."""
        self.check_prediction(shape, dtype)
        target = as_numbers(target, "target")
        if len(shape) > 1 and target.shape == shape:
            return super().check_target(target, shape, dtype)
        if len(shape) < 2 or target.shape != shape[:-1]:
            raise ShapeError(
                f"CrossEntropyLoss takes logits of shape (batch, ..., classes) and class indices of shape {shape[:-1]} "
                f"or probabilities of shape {shape}, got a target of shape {target.shape}."
                f"{' Use target[..., 0].' if target.shape == (*shape[:-1], 1) else ''}"
            )
        if target.dtype.kind not in "iu":
            raise DTypeError(
                f"class indices must be integers, got dtype {target.dtype}. Use target.astype(int), or pass "
                f"probabilities of shape {shape}."
            )
        check_range(target, "class indices", 0, shape[-1] - 1)
        return target


class BCEWithLogitsLoss(Loss):
    r"""Binary cross-entropy of σ(z) against labels, on logits z (Solla, Levin and Fleisher, 1988).

    .. math::

        C = -\tfrac1n \sum \bigl(y \ln \sigma(z) + (1 - y) \ln \sigma(-z)\bigr) \qquad
        \frac{\partial C}{\partial z} = \frac{\sigma(z) - y}{n}

    with n the number of elements, or the sum of their weights; 1 for ``sum``. Shapes: logits and target alike; every
    element is a yes-or-no question of its own. The network ends in a plain `layerkit.Dense`.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Whether to divide by n.

    Raises
    ------
    ConfigError
        If `reduction` is neither.
    ShapeError
        If logits and target differ in shape.
    DataError
        If a label is not from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.BCEWithLogitsLoss()
    >>> round(float(loss.forward(np.array([[0.0]]), np.array([[1.0]]))), 4)  # ln 2
    0.6931
    >>> loss.backward()
    array([[-0.5]])
    """

    inverse_link = "sigmoid"

    def cost(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        """Return -y ln σ(z) - (1 - y) ln σ(-z) and σ(z) - y."""
        z, y = prediction, target
        # -ln σ(z) = max(z, 0) - z + ln(1 + e^{-|z|}), which cannot overflow
        cost = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        # σ(z) - y in a form whose terms do not cancel at the labels 0 and 1
        return cost, (1 - y) * sigmoid(z) - y * sigmoid(-z)

    def as_target(self, target: Any, shape: Shape, dtype: DType) -> Array:
        """Return labels in `dtype`, refusing what is not from 0 to 1; see `Loss.as_target`."""
        labels: Array = super().as_target(target, shape, dtype)
        check_range(labels, "the labels in target", 0, 1)
        return labels

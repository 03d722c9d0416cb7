"""JointLoss: a loss for each output of a network that has several."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from layerkit.batch import each
from layerkit.errors import ConfigError, ShapeError
from layerkit.losses.base import Loss
from layerkit.validation import Array, DType, Shape, check_kind, check_number

__all__ = ["JointLoss"]


class JointLoss(Loss):
    r"""The weighted sum of one loss for each output of a network.

    .. math::

        C = \sum_k \lambda_k\, C_k(a_k, y_k) \qquad
        \frac{\partial C}{\partial a_k} = \lambda_k \frac{\partial C_k}{\partial a_k}

    Shapes: predictions and targets are tuples with one array for each loss, and so is the gradient.

    Parameters
    ----------
    *losses : Loss
        The losses, in the order of the outputs.
    weights : sequence of float, optional
        λ, one for each loss; all 1 by default.

    Attributes
    ----------
    inverse_link : tuple of str
        Those of the losses.

    Raises
    ------
    ConfigError
        If there is no loss, something is no loss, or there are more or fewer weights than losses.
    ShapeError
        If there are more or fewer predictions or targets than losses.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> loss = lk.JointLoss(lk.MSELoss(), lk.MAELoss(), weights=(1.0, 0.5))
    >>> one, two = np.array([[1.0]]), np.array([[2.0]])
    >>> float(loss.forward((one, two), (two, two - 4)))  # 1 · (1 - 2)² + 0.5 · |2 - (-2)|
    3.0
    >>> loss.backward()
    (array([[-2.]]), array([[0.5]]))
    """

    def __init__(self, *losses: Loss, weights: Sequence[float] | None = None) -> None:
        for i, loss in enumerate(losses):
            check_kind(f"loss {i} of the JointLoss", loss, Loss)
        if not losses or len(set(map(id, losses))) < len(losses):
            raise ConfigError(f"JointLoss needs at least one loss, and a new one for each output, got {losses}.")
        self.losses = losses
        given = (1.0,) * len(losses) if weights is None else weights
        if np.ndim(given) != 1 or len(given) != len(losses):
            raise ConfigError(f"weights must be one number for each of the {len(losses)} losses, got {weights!r}.")
        self.weights = tuple(check_number(f"weights[{i}]", weight) for i, weight in enumerate(given))
        self.reduction = "sum" if all(loss.reduction == "sum" for loss in losses) else "mean"
        self.inverse_link = tuple(loss.inverse_link for loss in losses)

    def forward(self, prediction: Any, target: Any, sample_weight: Any = None) -> Any:
        """Return the weighted sum; `sample_weight` is one array for all losses, or a tuple with one for each."""
        weights = sample_weight if isinstance(sample_weight, tuple) else (sample_weight,) * len(self.losses)
        outputs = zip(self._parts(prediction, "predictions"), self._parts(target, "targets"), weights, strict=True)
        values = [loss.forward(*output) for loss, output in zip(self.losses, outputs, strict=True)]
        self.total_weight = sum(loss.total_weight for loss in self.losses)
        return sum(factor * value for factor, value in zip(self.weights, values, strict=True))

    def backward(self) -> tuple[Array, ...]:
        """Return the gradient for each prediction, in a tuple."""
        pairs = zip(self.weights, self.losses, strict=True)
        return tuple(each(lambda grad, factor=factor: factor * grad, loss.backward()) for factor, loss in pairs)

    def cost(self, prediction: Any, target: Any) -> tuple[Array, Array]:
        """Raise an error: each of the losses has costs of its own."""
        raise ConfigError("a JointLoss has no costs of its own; call forward, or cost of one of its losses.")

    def as_target(self, target: Any, shape: Shape, dtype: DType) -> tuple[Any, ...]:
        """Return the targets of all losses, in a tuple; see `Loss.as_target`."""
        parts = zip(self.losses, self._parts(target, "targets"), self._parts(shape, "predictions"), strict=True)
        return tuple(loss.as_target(part, own, dtype) for loss, part, own in parts)

    def _parts(self, parts: Any, what: str) -> tuple[Any, ...]:
        if not isinstance(parts, tuple) or isinstance(parts[0], int) or len(parts) != len(self.losses):
            got = f"{len(parts)}" if isinstance(parts, tuple) and not isinstance(parts[0], int) else "one array"
            raise ShapeError(f"JointLoss takes a tuple of {len(self.losses)} {what}, one for each loss, got {got}.")
        return parts

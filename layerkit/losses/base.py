"""Loss: the contract, and what the elementwise losses share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from layerkit.validation import Array, Shape, as_array, check_choice
from layerkit.configured import Configured
from layerkit.errors import ShapeError
from layerkit.layers.base import NoPass

__all__ = ["ElementwiseLoss", "Loss"]


class Loss(Configured, ABC):
    r"""The cost of a prediction, and exactly its gradient (sections 2 and 3.1 of the source document).

    .. math::

        \text{forward:}\quad C = C(a, y) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial a}

    with the prediction a and the target y. Shapes: the gradient has that of the prediction.

    Parameters
    ----------
    reduction : str
        How the costs of the elements or samples become one number; see the class attribute `reductions`.

    Attributes
    ----------
    reductions : tuple of str
        What `reduction` may be.
    cache : Any
        What `forward` keeps for `backward`. Reading it before any `forward` raises `StateError`.

    Raises
    ------
    ConfigError
        If `reduction` is not among `reductions`.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class LogCosh(lk.Loss):
    ...     def forward(self, prediction, target):
    ...         self.cache = prediction - target
    ...         return float(np.mean(np.log(np.cosh(self.cache))))
    ...     def backward(self):
    ...         return np.tanh(self.cache) / self.cache.size
    >>> loss = LogCosh()
    >>> round(loss.forward(np.array([1.0]), np.array([0.0])), 4)
    0.4338
    """

    reductions: ClassVar[tuple[str, ...]] = ("mean", "sum")
    reduction: str = "mean"
    cache: Any = NoPass("forward(prediction, target)")

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = check_choice("reduction", reduction, self.reductions)

    @abstractmethod
    def forward(self, prediction: Array, target: Array) -> float:
        """Return the cost.

        Parameters
        ----------
        prediction, target : numpy.ndarray
            What the network said and what it should have said; see `as_target` for what is refused.

        Returns
        -------
        float
            The cost. The arrays are not copied: leave them as they are until `backward`.
        """

    @abstractmethod
    def backward(self) -> Array:
        """Return the gradient of the cost of the last `forward`.

        Returns
        -------
        numpy.ndarray
            ∂C/∂prediction, of the shape and dtype of the prediction.

        Raises
        ------
        StateError
            If no `forward` came before.
        """

    def as_target(self, target: npt.ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return `target` fit for predictions of a shape and dtype.

        Parameters
        ----------
        target : array_like
            What the network should say.
        shape : tuple of int
            The shape of the predictions, the batch axis included.
        dtype : numpy.dtype
            The dtype of the predictions.

        Returns
        -------
        numpy.ndarray
            The target, converted where it has to be.

        Raises
        ------
        ShapeError
            If the shapes are not equal, or there is nothing to take the cost of.
        DTypeError
            If the target does not hold real numbers.
        """
        array = as_array(target, dtype, "target")
        if array.shape != shape:
            fix = "Reshape one of them."
            if array.shape == shape[:-1] and shape[-1] == 1:
                fix = "Use target[:, None]: broadcasting would compare every prediction with every target."
            raise ShapeError(
                f"{type(self).__name__} takes a target of the shape of the prediction, {shape}, "
                f"got {array.shape}. {fix}"
            )
        if 0 in shape:
            raise ShapeError(f"{type(self).__name__} needs at least one sample, got a prediction of shape {shape}.")
        return array

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "cache"}


class ElementwiseLoss(Loss):
    """A loss that is a sum or a mean over all elements."""

    def _pair(self, prediction: Array, target: Array) -> tuple[Array, Array]:
        # the two as arrays of one shape and dtype
        if (
            type(prediction) is not np.ndarray
            or type(target) is not np.ndarray
            or target.dtype is not prediction.dtype
            or target.shape != prediction.shape
            or prediction.dtype.kind != "f"
            or not prediction.size
        ):
            prediction = as_array(prediction, name="prediction")
            target = self.as_target(target, prediction.shape, prediction.dtype)
        return prediction, target

    def _weight(self, prediction: Array) -> float:
        # what the sum over the elements is multiplied by
        return 1.0 if self.reduction == "sum" else 1.0 / prediction.size

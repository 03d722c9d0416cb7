"""Loss: what a prediction costs, and the gradient of exactly that."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerkit.configured import Configured
from layerkit.errors import DTypeError, ShapeError, StateError
from layerkit.text import one_line
from layerkit.validation import Array, DType, Shape, as_array, check_choice

__all__ = ["Loss"]


class Loss(Configured, ABC):
    r"""The loss C of predictions a against targets y, and its gradient.

    .. math::

        C = \frac{\sum_i w_i\, c(a_i, y_i)}{\sum_i w_i} \qquad
        \frac{\partial C}{\partial a_i} = \frac{w_i}{\sum_j w_j} \frac{\partial c}{\partial a}(a_i, y_i)

    with sample weights w, all 1 by default, and without the denominator for the reduction "sum". A subclass gives
    `cost`, that is c and its derivative; one of another form writes `forward` and `backward`.

    Parameters
    ----------
    reduction : str
        How costs become one number, one of the class attribute `reductions`.

    Attributes
    ----------
    reductions : tuple of str
        The choices for `reduction`.
    inverse_link : str or tuple of str
        How predictions become answers: ``"identity"``, ``"sigmoid"``, ``"softmax"`` or ``"exp"``.
    runtime : tuple of str
        The attributes that change from step to step.
    total_weight : float
        After `forward`, Σw: the number that a mean divides by.
    cache : Any
        What `forward` keeps for `backward`. Reading it before raises `StateError`.

    Raises
    ------
    ConfigError
        If `reduction` is not among `reductions`.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class LogCosh(lk.Loss):
    ...     def cost(self, prediction, target):
    ...         error = prediction - target
    ...         return np.log(np.cosh(error)), np.tanh(error)
    >>> loss = LogCosh()
    >>> round(float(loss.forward(np.array([[1.0]]), np.array([[0.0]]))), 4)
    0.4338
    """

    reductions: ClassVar[tuple[str, ...]] = ("mean", "sum")
    reduction: str = "mean"
    inverse_link: Any = "identity"
    runtime: ClassVar[tuple[str, ...]] = ()
    total_weight: Any = 0

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = check_choice("reduction", reduction, self.reductions)

    @cached_property
    def cache(self) -> Any:
        """What `forward` kept for `backward`."""
        raise StateError(f"{one_line(self)} has no loss to go back from: call forward(prediction, target) first.")

    @abstractmethod
    def cost(self, prediction: Array, target: Any) -> tuple[Array, Array]:
        """Return c and ∂c/∂prediction.

        Parameters
        ----------
        prediction, target : numpy.ndarray
            Arrays as `check_target` lets them pass.

        Returns
        -------
        tuple of numpy.ndarray
            The costs, of the shape of the target, and their derivatives, of the shape of the prediction.
        """

    def forward(self, prediction: Array, target: Any, sample_weight: Any = None) -> Any:
        """Return the loss.

        Parameters
        ----------
        prediction : numpy.ndarray
            The output of the network, shape ``(batch, ...)``.
        target : array_like
            What it should be; see `as_target`.
        sample_weight : array_like, optional
            Weights of shape ``(batch,)``, or of the shape of the prediction without its last axis.

        Returns
        -------
        numpy.floating
            C, in the dtype of the prediction. The arrays are not copied: leave them as they are until `backward`.
        """
        cost, slope = self.cost(prediction, self._checked(target, prediction))
        if sample_weight is None:
            self.total_weight = cost.size
        else:
            weight = self._weight(sample_weight, prediction)
            cost, slope = (array * weight.reshape(_extended(weight, array)) for array in (cost, slope))
            total = weight.sum() * (cost.size // weight.size)
            self.total_weight = np.maximum(total, np.finfo(total.dtype).tiny)  # all weights 0: so is the loss
        scale = self.scale(cost.shape)
        self.cache = slope, scale
        return np.add.reduce(cost, axis=None) * scale

    def backward(self) -> Any:
        """Return the gradient of the last loss.

        Returns
        -------
        numpy.ndarray
            ∂C/∂prediction, of the shape and dtype of the prediction.

        Raises
        ------
        StateError
            If no `forward` came before.
        """
        slope, scale = self.cache
        return slope * scale

    def scale(self, shape: Shape) -> Any:
        """Return the factor of the sum of the costs: 1/Σw for a mean.

        Parameters
        ----------
        shape : tuple
            The shape of the costs.

        Returns
        -------
        float
            The factor. Where all weights are 0, so are the loss and its gradient.
        """
        return 1.0 if self.reduction == "sum" else 1 / self.total_weight

    def as_target(self, target: Any, shape: Shape, dtype: DType) -> Any:
        """Return targets for predictions of a shape and dtype, their values checked, once before training.

        Parameters
        ----------
        target : array_like
            What the network should give.
        shape : tuple of int
            The shape of the predictions, batch axis included.
        dtype : numpy.dtype
            The dtype of the predictions.

        Returns
        -------
        numpy.ndarray
            The targets, converted where they have to be.

        Raises
        ------
        ShapeError
            If the shapes do not fit, or there are no samples.
        DTypeError
            If the targets are not real numbers.
        """
        return self.check_target(target, shape, dtype)

    def check_target(self, target: Any, shape: Shape, dtype: DType) -> Any:
        """Return the target as an array, refusing another shape or kind of number than the loss takes.

        Parameters
        ----------
        target : array_like
            The target.
        shape : tuple of int
            The shape of the predictions.
        dtype : numpy.dtype
            The dtype of the predictions.

        Returns
        -------
        numpy.ndarray
            The target.

        Raises
        ------
        ShapeError
            If the shapes do not fit.
        DTypeError
            If predictions or target are of a kind that the loss does not take.
        """
        fitting = isinstance(target, np.ndarray) and target.dtype == dtype and target.shape == shape
        if fitting and dtype.kind == "f" and target.size:
            return target  # the usual case, quickly
        self.check_prediction(shape, dtype)
        target = as_array(target, dtype, "target")
        if target.shape != shape:
            raise ShapeError(
                f"{type(self).__name__} takes a target of the shape of the prediction, {shape}, got {target.shape}."
                f"{_remedy(target, shape)}"
            )
        return target

    def check_prediction(self, shape: Shape, dtype: DType) -> None:
        """Refuse predictions that are no floats, or of no samples.

        Parameters
        ----------
        shape : tuple of int
            The shape of the predictions.
        dtype : numpy.dtype
            The dtype of the predictions.

        Raises
        ------
        ShapeError
            If there are no samples.
        DTypeError
            If the predictions are no floats.
        """
        if dtype.kind != "f":
            raise DTypeError(f"{type(self).__name__} takes floats as prediction, got {dtype}. Use .astype(np.float32).")
        if 0 in shape:
            raise ShapeError(f"{type(self).__name__} needs at least one sample, got predictions of shape {shape}.")

    def _weight(self, weight: Any, prediction: Array) -> Any:
        weight = as_array(weight, prediction.dtype, "sample_weight")
        if weight.shape not in (prediction.shape[:1], prediction.shape[:-1]):
            raise ShapeError(
                f"sample_weight must have shape {prediction.shape[:1]}, one weight for each sample, or "
                f"{prediction.shape[:-1]}, got {weight.shape}."
            )
        return weight

    def _checked(self, target: Any, prediction: Any) -> Any:
        if not hasattr(prediction, "dtype"):
            raise DTypeError(
                f"{type(self).__name__} takes an array as prediction, got {type(prediction).__name__}. Pass "
                f"np.asarray(prediction, np.float32), or use a JointLoss for several outputs."
            )
        return self.check_target(target, prediction.shape, prediction.dtype)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "cache"}


def _extended(weight: Array, array: Array) -> Shape:
    # the shape with which a weight for each sample or position multiplies an array
    return weight.shape + (1,) * (array.ndim - weight.ndim)


def _remedy(target: Array, shape: Shape) -> str:
    if [size for size in target.shape if size > 1] == [size for size in shape if size > 1]:
        return f" Use target.reshape{(-1, *shape[1:])}: shapes are never broadcast."
    if target.shape == shape[:-1]:
        return f" For class indices use CrossEntropyLoss, or pass np.eye({shape[-1]})[target]."
    if target.shape[:1] == shape[:1] and target.ndim == len(shape) == 2:
        return f" Give the last layer {target.shape[-1]} outputs."
    return ""

"""Metrics: how good predictions are, as a number for people.

Any callable ``(prediction, target) -> float`` is a metric.
"""

import numpy as np
import numpy.typing as npt

from layerkit.errors import ShapeError

__all__ = ["accuracy", "r2"]


def accuracy(prediction: npt.ArrayLike, target: npt.ArrayLike, threshold: float = 0.0) -> float:
    """Return the share of samples whose class is predicted right.

    Parameters
    ----------
    prediction : array_like
        Scores of shape ``(samples, classes)``: the largest is the predicted class; or, for two classes, one score
        for each sample, ``(samples,)`` or ``(samples, 1)``.
    target : array_like
        Class indices ``(samples,)``, or scores of the shape of the prediction. For two classes, a label above 0.5 is
        class 1.
    threshold : float
        The score above which the prediction is class 1: 0 for logits, 0.5 for probabilities.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ShapeError
        If the target has none of these shapes, or there are no samples.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    >>> lk.accuracy([[2.0], [-1.0]], [[1], [0]])
    1.0
    """
    scores, labels = np.asarray(prediction), np.asarray(target)
    if scores.ndim == 2 and scores.shape[1] > 1:
        predicted = scores.argmax(axis=1)
        true = labels.argmax(axis=1) if labels.shape == scores.shape else labels
    else:
        predicted = scores.reshape(-1) > threshold
        true = labels.reshape(-1) > 0.5
    if predicted.shape != true.shape or not predicted.size:
        raise ShapeError(
            f"accuracy takes one class index for each sample, or a target of shape {scores.shape}, got {labels.shape}."
        )
    return float(np.mean(predicted == true))


def r2(prediction: npt.ArrayLike, target: npt.ArrayLike) -> float:
    r"""Return the coefficient of determination, the explained share of the target's variance.

    .. math::

        R^2 = 1 - \frac{\sum (y - a)^2}{\sum (y - \bar y)^2}

    with the mean taken over the samples, for each column of the target.

    Parameters
    ----------
    prediction, target : array_like
        Numbers a and y of equal shapes.

    Returns
    -------
    float
        At most 1; 0 for the mean of the target as prediction; NaN if the target is constant.

    Raises
    ------
    ShapeError
        If the shapes differ, or there are no samples.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.r2([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    a, y = np.asarray(prediction, np.float64), np.asarray(target, np.float64)
    if a.shape != y.shape or not a.size:
        raise ShapeError(f"r2 takes prediction and target of equal shapes, got {a.shape} and {y.shape}.")
    spread = float(np.sum((y - y.mean(axis=0)) ** 2))
    return 1 - float(np.sum((y - a) ** 2)) / spread if spread else float("nan")

"""Metrics: numbers for people, where the cost is a number for the gradient.

Any callable ``(prediction, target) -> float`` is a metric.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layerkit.errors import ShapeError

__all__ = ["accuracy", "r2"]


def accuracy(prediction: npt.ArrayLike, target: npt.ArrayLike, threshold: float = 0.0) -> float:
    """Return the share of samples that got their class.

    Parameters
    ----------
    prediction : array_like
        Scores of shape ``(samples, classes)``, of which the largest counts; or one score for each
        yes-or-no question, ``(samples,)`` or ``(samples, 1)``, that says yes above `threshold`.
    target : array_like
        Class indices ``(samples,)``, or scores of the shape of the prediction.
    threshold : float
        Where yes begins: 0 for logits, 0.5 for probabilities.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ShapeError
        If the target has neither shape.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    >>> lk.accuracy([[2.0], [-1.0]], [[1], [0]])
    1.0
    """
    scores, truth = np.asarray(prediction), np.asarray(target)
    if scores.ndim == 2 and scores.shape[1] > 1:
        said = scores.argmax(axis=1)
        meant = truth.argmax(axis=1) if truth.shape == scores.shape else truth
    else:
        said = scores.reshape(-1) > threshold
        meant = truth.reshape(-1) > 0.5
    if said.shape != meant.shape or not said.size:
        raise ShapeError(
            f"accuracy takes a target of class indices, one a sample, or of the shape of the prediction, "
            f"{scores.shape}, got {truth.shape}."
        )
    return float(np.mean(said == meant))


def r2(prediction: npt.ArrayLike, target: npt.ArrayLike) -> float:
    r"""Return the coefficient of determination, the share of the target's variance that is explained.

    .. math::

        R^2 = 1 - \frac{\sum (y - a)^2}{\sum (y - \bar y)^2}

    with the mean taken over the samples, for each column of the target.

    Parameters
    ----------
    prediction, target : array_like
        Numbers a and y of one shape.

    Returns
    -------
    float
        1 at best, 0 for what the mean of the target gives, NaN if the target does not vary.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.r2([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    a, y = np.asarray(prediction, np.float64), np.asarray(target, np.float64)
    if a.shape != y.shape or not a.size:
        raise ShapeError(f"r2 takes prediction and target of one shape, got {a.shape} and {y.shape}.")
    spread = float(np.sum((y - y.mean(axis=0)) ** 2))
    return 1 - float(np.sum((y - a) ** 2)) / spread if spread else float("nan")

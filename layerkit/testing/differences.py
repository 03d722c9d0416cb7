"""Derivatives by differences, with an estimate of their own error."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from layerkit.validation import FLOAT64, Array, as_array

__all__ = ["Estimate", "numerical_derivative", "numerical_gradient"]

# The step is halved from row to row of the table.
_ROWS = 7
_EPSILON = float(np.finfo(np.float64).eps)


class Estimate(NamedTuple):
    """A derivative by differences.

    Attributes
    ----------
    value : numpy.ndarray
        The derivative.
    error : numpy.ndarray
        How far `value` may be off; infinite where the function gave no finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.testing import numerical_derivative
    >>> estimate = numerical_derivative(np.exp, [0.0])
    >>> bool(abs(estimate.value[0] - 1) < 1e-12), bool(estimate.error[0] < 1e-12)
    (True, True)
    """

    value: Array
    error: Array


def numerical_derivative(
    f: Callable[[Array], npt.ArrayLike], x: npt.ArrayLike, step: npt.ArrayLike | None = None
) -> Estimate:
    r"""Return the derivative of an elementwise function, in float64, with an estimate of its error.

    .. math::

        D_{i,0} = \frac{f(x + h_i) - f(x - h_i)}{2 h_i}, \quad h_i = 2^{-i} h_0, \qquad
        D_{i,j} = D_{i,j-1} + \frac{D_{i,j-1} - D_{i-1,j-1}}{4^j - 1}

    Central differences, extrapolated to a step of zero (Richardson, 1911). The table's entry with the
    smallest estimated error is the result (Ridders, 1982): the larger of its distances to the two
    entries that it was made from, plus what the rounding of f amounts to at that step.

    Parameters
    ----------
    f : callable
        Maps an array of float64 to one of the same shape, element by element.
    x : array_like
        Where to take the derivative.
    step : array_like, optional
        The first and largest step h₀ at each x, halved six times; 0.05 max(1, \|x\|) by default.
        Nothing between x - h₀ and x + h₀ may be a kink of f.

    Returns
    -------
    Estimate
        The derivative and its error, of the shape of `x`.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.testing import numerical_derivative
    >>> slope = numerical_derivative(np.tanh, [0.0, 1.0, 2.0])
    >>> slope.value
    array([1.        , 0.41997434, 0.07065082])
    >>> bool((slope.error < 1e-12).all())
    True
    """
    points = as_array(x, FLOAT64)
    first = _steps(points, step)
    rows, noise = [], []
    for row in range(_ROWS):
        right, left = points + first * 0.5**row, points - first * 0.5**row
        above, below = np.asarray(f(right), FLOAT64), np.asarray(f(left), FLOAT64)
        rows.append((above - below) / (right - left))
        noise.append(_EPSILON * np.maximum(np.abs(above), np.abs(below)) / (right - left))
    return _extrapolate(np.array(rows), np.array(noise))


def numerical_gradient(f: Callable[[Array], float], x: npt.ArrayLike, step: npt.ArrayLike | None = None) -> Estimate:
    r"""Return the gradient of a number that depends on an array, as `numerical_derivative` does.

    It calls `f` fourteen times for each element.

    Parameters
    ----------
    f : callable
        Maps an array of float64, of the shape of `x`, to a number.
    x : array_like
        Where to take the gradient.
    step : array_like, optional
        The first and largest step at each element; 0.05 max(1, \|x\|) by default.

    Returns
    -------
    Estimate
        The gradient and its error, of the shape of `x`.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.testing import numerical_gradient
    >>> gradient = numerical_gradient(lambda w: np.sum(w**2), [[1.0, -2.0]])
    >>> gradient.value.round(9)
    array([[ 2., -4.]])
    """
    point = as_array(x, FLOAT64)

    def along(index: int) -> Callable[[Array], Array]:
        def moved(value: Array) -> Array:
            there = point.copy()
            there.flat[index] = value
            return np.asarray(f(there), FLOAT64)

        return moved

    steps = _steps(point, step)
    value, error = np.empty(point.shape), np.empty(point.shape)
    for index in range(point.size):
        value.flat[index], error.flat[index] = numerical_derivative(along(index), point.flat[index], steps.flat[index])
    return Estimate(value, error)


def _extrapolate(column: Array, noise: Array) -> Estimate:
    # one row a step; the rounding noise of an entry is that of the smallest step in it
    best, error = column[-1], np.full(column.shape[1:], np.inf)
    for order in range(1, _ROWS):
        finer = column[1:] + (column[1:] - column[:-1]) / (4**order - 1)
        spread = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1])) + noise[order:]
        for entry, estimate in zip(finer, spread, strict=True):
            better = estimate < error  # never where it is NaN
            best, error = np.where(better, entry, best), np.where(better, estimate, error)
        column = finer
    return Estimate(best, error)


def _steps(x: Array, step: npt.ArrayLike | None) -> Array:
    if step is None:
        return 0.05 * np.maximum(1.0, np.abs(x))
    return np.broadcast_to(as_array(step, FLOAT64), x.shape)

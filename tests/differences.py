"""Differences that the tests hold gradients against: written here, apart from the package's own checker."""

import numpy as np

HALVINGS = 5


def slope(f, x, step=0.02):
    """Return df/dx at a number, by central differences extrapolated to step 0 (Richardson).

    The error of a central difference is a series in step², so that halving the step and eliminating one
    power after the other leaves the derivative, to about 1e-12 where f is smooth within one step of x.
    """
    estimates = []
    for halving in range(HALVINGS + 1):
        h = step / 2**halving
        row = [(f(x + h) - f(x - h)) / (2 * h)]
        for power, coarser in enumerate(estimates[-1] if estimates else [], 1):
            row.append(row[-1] + (row[-1] - coarser) / (4**power - 1))
        estimates.append(row)
    return estimates[-1][-1]


def gradient(cost, array, step=0.02):
    """Return ∂cost()/∂array for a float64 array that `cost` reads, element by element."""
    result = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]

        def at(value, index=index):
            array[index] = value
            return cost()

        result[index] = slope(at, kept, step)
        array[index] = kept
    return result

"""Splitting: samples to learn from, and others to be tested on."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from layerkit.validation import Rng, check_number, generator
from layerkit.errors import ShapeError
from layerkit.training.batches import check_rows

__all__ = ["split"]

_Pair: TypeAlias = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def split(X: npt.ArrayLike, y: npt.ArrayLike, held_out: float = 0.2, rng: Rng = None) -> tuple[_Pair, _Pair]:
    """Hold out a share of the samples, drawn evenly from all targets.

    The samples are put in random order, then sorted by target, and every so many-th is held out. So
    each class gives its share, to within one sample, and so does each range of a numeric target.

    Parameters
    ----------
    X, y : array_like
        Samples and targets, with as many rows each.
    held_out : float
        The share to hold out, between 0 and 1.
    rng : int, numpy.random.Generator or None
        What the choice is drawn from; fresh entropy by default.

    Returns
    -------
    train, held_out : tuple of tuple
        Two pairs ``(X, y)``, each in the order of the data.

    Raises
    ------
    ShapeError
        If X and y have no rows, or not as many, or too few for the share.
    ConfigError
        If `held_out` is not between 0 and 1, or `rng` no source of randomness.

    Examples
    --------
    >>> from layerkit.datasets import split
    >>> (X, y), (X_held_out, y_held_out) = split([[1], [2], [3], [4]], ["a", "a", "b", "b"], held_out=0.5, rng=0)
    >>> y, y_held_out
    (array(['a', 'b'], dtype='<U1'), array(['a', 'b'], dtype='<U1'))
    """
    X, y = np.asarray(X), np.asarray(y)
    check_rows(X, y)
    share = check_number("held_out", held_out, minimum=0, maximum=1, exclusive=True)
    source, rows = generator(rng), len(X)
    count = round(share * rows)
    if not 0 < count < rows:
        raise ShapeError(
            f"held_out={share:g} of {rows} samples is {count}, which leaves nothing to "
            f"{'train on' if count else 'hold out'}. Pass more samples, or another share."
        )
    order = source.permutation(rows)
    order = order[np.lexsort(y[order].reshape(rows, -1).T)]  # lexsort keeps the random order among equals
    chosen = np.zeros(rows, bool)
    chosen[order[(np.arange(count) * rows + source.integers(rows)) // count]] = True
    return (X[~chosen], y[~chosen]), (X[chosen], y[chosen])

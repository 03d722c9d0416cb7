"""Splitting: samples to train on, and others to test on."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from layerkit.batch import arrays, each, rows, take
from layerkit.errors import ShapeError
from layerkit.validation import Batch, Rng, check_number, generator

__all__ = ["split"]

_Pair: TypeAlias = tuple[Batch, Batch]


def split(X: Batch, y: Batch, held_out: float = 0.2, rng: Rng = None) -> tuple[_Pair, _Pair]:
    """Hold out a share of the samples, spread evenly over the targets.

    The samples are shuffled, then sorted by target, and held out at even intervals. So each class gives its share,
    to within one sample, and so does each range of a numeric target.

    Parameters
    ----------
    X, y : array_like or tuple of numpy.ndarray
        Samples and targets, with equally many rows. A tuple of targets is sorted by the first.
    held_out : float
        The share to hold out, between 0 and 1.
    rng : int, numpy.random.Generator or None
        Seed or generator for the choice; fresh entropy by default.

    Returns
    -------
    train, held_out : tuple of tuple
        Two pairs ``(X, y)``, each in the order of the data.

    Raises
    ------
    ShapeError
        If X and y have no rows, a different number of rows, or too few for the share.
    ConfigError
        If `held_out` is not between 0 and 1, or `rng` is neither a seed nor a generator.

    Examples
    --------
    >>> from layerkit.datasets import split
    >>> (X, y), (X_held_out, y_held_out) = split([[1], [2], [3], [4]], ["a", "a", "b", "b"], held_out=0.5, rng=0)
    >>> y, y_held_out
    (array(['a', 'b'], dtype='<U1'), array(['a', 'b'], dtype='<U1'))
    """
    X, y = (each(np.asarray, data if _is_tuple_of_arrays(data) else np.asarray(data)) for data in (X, y))
    count = rows(X, y)
    share = check_number("held_out", held_out, minimum=0, below=1, exclusive=True)
    source, chosen = generator(rng), round(share * count)
    if not 0 < chosen < count:
        raise ShapeError(
            f"held_out={share:g} of {count} samples is {chosen}, which leaves nothing to "
            f"{'train on' if chosen else 'hold out'}. Pass more samples, or another share."
        )
    order = source.permutation(count)
    order = order[np.lexsort(arrays(y)[0][order].reshape(count, -1).T)]  # lexsort keeps the random order among equals
    out = np.zeros(count, bool)
    out[order[(np.arange(chosen) * count + source.integers(count)) // chosen]] = True
    return (take(X, ~out), take(y, ~out)), (take(X, out), take(y, out))


def _is_tuple_of_arrays(data: Batch) -> bool:
    return isinstance(data, tuple) and len(data) > 0 and hasattr(data[0], "dtype") and data[0].ndim > 0

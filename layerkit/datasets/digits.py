"""Handwritten digits, 8 × 8 pixels each."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Digits", "load_digits"]

_FILE = files(__package__) / "digits.npz"  # in a zipapp, it is no file of the system
_LARGEST = 16  # a pixel counts the dark points of a square of 4 × 4


class Digits(NamedTuple):
    """Images of handwritten digits, and their labels.

    Attributes
    ----------
    X : numpy.ndarray
        The images, a row each, from 0 (paper) to 1 (ink): float32, shape ``(1797, 64)``.
    y : numpy.ndarray
        The digits, 0 to 9: int64, shape ``(1797,)``.

    Examples
    --------
    >>> from layerkit.datasets import load_digits
    >>> X, y = load_digits()
    >>> len(X), y[-1]
    (1797, np.int64(8))
    """

    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]

    @property
    def images(self) -> npt.NDArray[np.float32]:
        """The rows of X as images, a view of shape ``(1797, 8, 8)``."""
        return self.X.reshape(-1, 8, 8)


def load_digits() -> Digits:
    """Return 1,797 images of handwritten digits by 13 people.

    They are the test set of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, 1998,
    https://doi.org/10.24432/C50P49), licensed under CC BY 4.0. Programs of NIST scanned the digits as bitmaps of
    32 × 32 points; each pixel here is the share of dark points in a square of 4 × 4.

    Returns
    -------
    Digits
        The pair ``(X, y)``, in new arrays.

    Examples
    --------
    >>> from layerkit.datasets import load_digits
    >>> digits = load_digits()
    >>> digits.X.shape, digits.y[:10]
    ((1797, 64), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    >>> digits.images[0, 0]
    array([0.    , 0.    , 0.3125, 0.8125, 0.5625, 0.0625, 0.    , 0.    ],
          dtype=float32)
    """
    with np.load(BytesIO(_FILE.read_bytes()), allow_pickle=False) as file:
        return Digits(file["X"].astype(np.float32) / np.float32(_LARGEST), file["y"].astype(np.int64))

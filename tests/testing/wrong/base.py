"""What the wrong ones share."""

from typing import NamedTuple

import numpy as np


class Wrong(NamedTuple):
    """A subject with one mistake, and how it must be found."""

    subject: object
    check: str
    diagnosis: str  # in the failure's message, mistake or fix


SCRATCH: dict[str, object] = {}


def tanh_slope(z):
    e = np.exp(-2 * np.minimum(np.abs(z), 1e3))
    return 4 * e / (1 + e) ** 2


def logistic(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, z.dtype.type(1)) / (1 + e)

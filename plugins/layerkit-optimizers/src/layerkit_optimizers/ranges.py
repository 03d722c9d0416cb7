"""Checks of the numbers that decay an average: from 0 to below 1, at which it would never change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layerkit.errors import ConfigError
from layerkit.validation import check_number

__all__ = ["check_betas", "check_decay"]


def check_decay(name: str, value: Any) -> float:
    """Return `value` as a float from 0 to below 1.

    Parameters
    ----------
    name : str
        The name of the argument.
    value : float
        Its value.

    Returns
    -------
    float
        The value.

    Raises
    ------
    ConfigError
        If it is no number in this range.

    Examples
    --------
    >>> from layerkit_optimizers.ranges import check_decay
    >>> check_decay("momentum", 1)
    Traceback (most recent call last):
    layerkit.errors.ConfigError: momentum must be a finite number at least 0 and below 1, got 1.
    """
    return check_number(name, value, minimum=0, below=1)


def check_betas(betas: Any) -> tuple[float, float]:
    """Return β₁ and β₂ as floats from 0 to below 1.

    Parameters
    ----------
    betas : tuple of two floats
        The argument.

    Returns
    -------
    tuple of two floats
        β₁ and β₂.

    Raises
    ------
    ConfigError
        If it is no pair of numbers in this range.

    Examples
    --------
    >>> from layerkit_optimizers.ranges import check_betas
    >>> check_betas([0.9, 0.99])
    (0.9, 0.99)
    """
    if not isinstance(betas, Sequence) or isinstance(betas, str) or len(betas) != 2:
        raise ConfigError(f"betas must be two numbers, such as (0.9, 0.999), got {betas!r}.")
    return check_decay("betas[0]", betas[0]), check_decay("betas[1]", betas[1])

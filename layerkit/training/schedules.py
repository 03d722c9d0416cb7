"""Schedules: the learning rate as a function of time.

Any callable ``(time) -> learning rate`` is a schedule. `layerkit.LearningRateSchedule` calls it before
each epoch or each step, with the number of those that are finished.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

from layerkit.configured import Configured
from layerkit.errors import ConfigError
from layerkit.validation import check_integer, check_number

__all__ = ["ConstantSchedule", "CosineSchedule", "Schedule", "StepSchedule", "WarmupSchedule", "check_schedule"]

Schedule: TypeAlias = Callable[[int], float]


def check_schedule(schedule: Schedule) -> Schedule:
    """Return the schedule, refusing what is no function of time."""
    if not callable(schedule) or isinstance(schedule, type):
        raise ConfigError(f"schedule must be a function of time, such as ConstantSchedule(0.1), got {schedule!r}.")
    return schedule


class ConstantSchedule(Configured):
    """A constant learning rate.

    Parameters
    ----------
    learning_rate : float
        The rate, at least 0.

    Raises
    ------
    ConfigError
        If the rate is negative or not finite.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.ConstantSchedule(0.1)(7)
    0.1
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = check_number("learning_rate", learning_rate, minimum=0)

    def __call__(self, time: int) -> float:
        """Return the learning rate."""
        return self.learning_rate


class StepSchedule(Configured):
    """A learning rate that is multiplied by `factor` at regular intervals.

    Parameters
    ----------
    learning_rate : float
        The initial rate, at least 0.
    every : int
        The time between two multiplications, at least 1.
    factor : float
        The factor, at least 0.

    Raises
    ------
    ConfigError
        If an argument is out of its range.

    Examples
    --------
    >>> import layerkit as lk
    >>> schedule = lk.StepSchedule(0.8, every=10, factor=0.5)
    >>> [schedule(time) for time in (0, 9, 10, 20)]
    [0.8, 0.8, 0.4, 0.2]
    """

    def __init__(self, learning_rate: float, every: int, factor: float = 0.1) -> None:
        self.learning_rate = check_number("learning_rate", learning_rate, minimum=0)
        self.every = check_integer("every", every, 1)
        self.factor = check_number("factor", factor, minimum=0)

    def __call__(self, time: int) -> float:
        """Return the learning rate at a time."""
        return self.learning_rate * self.factor ** (time // self.every)


class CosineSchedule(Configured):
    r"""Half a cosine wave from one learning rate down to another (Loshchilov and Hutter, 2017, arXiv:1608.03983).

    .. math::

        \alpha(t) = \alpha_1 + \frac{\alpha_0 - \alpha_1}{2} \Bigl(1 + \cos \frac{\pi t}{T}\Bigr)

    for t ≤ T, and α₁ afterwards.

    Parameters
    ----------
    learning_rate : float
        The initial rate α₀, at least 0.
    duration : int
        The time T of the decrease, at least 1.
    final : float
        The final rate α₁, at least 0.

    Raises
    ------
    ConfigError
        If an argument is out of its range.

    Examples
    --------
    >>> import layerkit as lk
    >>> schedule = lk.CosineSchedule(0.1, duration=10)
    >>> [round(schedule(time), 3) for time in (0, 5, 10, 11)]
    [0.1, 0.05, 0.0, 0.0]
    """

    def __init__(self, learning_rate: float, duration: int, final: float = 0.0) -> None:
        self.learning_rate = check_number("learning_rate", learning_rate, minimum=0)
        self.duration = check_integer("duration", duration, 1)
        self.final = check_number("final", final, minimum=0)

    def __call__(self, time: int) -> float:
        """Return the learning rate at a time."""
        share = min(time / self.duration, 1.0)
        return self.final + (self.learning_rate - self.final) / 2 * (1 + math.cos(math.pi * share))


class WarmupSchedule(Configured):
    """A linear increase, followed by another schedule from its start (Goyal et al., 2017, arXiv:1706.02677).

    Parameters
    ----------
    schedule : callable
        The schedule after the warm-up, ``(time) -> learning rate``; its time starts at 0.
    duration : int
        The time of the warm-up, at least 1.

    Raises
    ------
    ConfigError
        If `schedule` is not callable, or `duration` is not a positive integer.

    Examples
    --------
    >>> import layerkit as lk
    >>> schedule = lk.WarmupSchedule(lk.ConstantSchedule(0.4), duration=4)
    >>> [round(schedule(time), 2) for time in range(6)]
    [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]
    """

    def __init__(self, schedule: Schedule, duration: int) -> None:
        self.schedule = check_schedule(schedule)
        self.duration = check_integer("duration", duration, 1)

    def __call__(self, time: int) -> float:
        """Return the learning rate at a time."""
        if time < self.duration:
            return self.schedule(0) * (time + 1) / self.duration
        return self.schedule(time - self.duration)

"""Schedules against values computed by hand, and at the edges of their time."""

import math

import pytest

import layerkit as lk
from layerkit.errors import ConfigError


def test_step_changes_at_each_multiple():
    schedule = lk.StepSchedule(1.0, every=3, factor=0.1)
    assert [schedule(t) for t in (0, 2)] == [1.0, 1.0]
    assert schedule(3) == pytest.approx(0.1)
    assert schedule(6) == pytest.approx(0.01)


def test_cosine_is_at_its_ends_and_middle_and_stays_at_the_end():
    schedule = lk.CosineSchedule(1.0, duration=4, final=0.2)
    assert schedule(0) == 1.0
    assert schedule(1) == pytest.approx(0.2 + 0.4 * (1 + math.sqrt(0.5)))
    assert schedule(2) == pytest.approx(0.6)
    assert schedule(4) == pytest.approx(0.2)
    assert schedule(100) == pytest.approx(0.2)


def test_warmup_rises_to_the_other_schedule_and_then_is_that_schedule_from_its_start():
    schedule = lk.WarmupSchedule(lk.StepSchedule(0.8, every=2, factor=0.5), duration=4)
    assert [schedule(t) for t in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert [schedule(t) for t in range(4, 9)] == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lk.ConstantSchedule(-1), "learning_rate must be a finite number at least 0, got -1"),
        (lambda: lk.StepSchedule(0.1, every=0), "every must be an integer of at least 1, got 0"),
        (lambda: lk.StepSchedule(0.1, every=1, factor=-2), "factor must be a finite number at least 0, got -2"),
        (lambda: lk.CosineSchedule(math.nan, 3), "learning_rate must be .*, got nan"),
        (lambda: lk.CosineSchedule(0.1, 0), "duration must be an integer of at least 1, got 0"),
        (lambda: lk.CosineSchedule(0.1, 3, final=-1), "final must be .*, got -1"),
        (lambda: lk.WarmupSchedule(lk.ConstantSchedule(1), 0), "duration must be .*, got 0"),
        (
            lambda: lk.WarmupSchedule(0.1, 5),
            r"schedule must be a function of time, such as ConstantSchedule\(0.1\), got 0.1",
        ),
        (lambda: lk.WarmupSchedule(lk.StepSchedule, 5), "schedule must be a function of time, .* got <class"),
        (lambda: lk.LearningRateSchedule(0.1), "schedule must be a function of time, .* got 0.1"),
        (
            lambda: lk.LearningRateSchedule(lk.ConstantSchedule(1), every="step"),
            "every must be one of 'epoch', 'batch', got 'step'",
        ),
        (lambda: lk.EarlyStopping(patience=0), "patience must be an integer of at least 1, got 0"),
        (lambda: lk.EarlyStopping(mode="up"), "mode must be one of 'min', 'max', got 'up'"),
        (lambda: lk.EarlyStopping(minimum_change=-1), "minimum_change must be .*, got -1"),
    ],
)
def test_arguments_out_of_range_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()

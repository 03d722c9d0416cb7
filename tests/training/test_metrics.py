"""Metrics against numbers counted by hand."""

import functools
import math

import numpy as np
import pytest

import layerkit as lk

SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.4, 0.3, 0.3]])


def test_accuracy_of_class_indices():
    assert lk.accuracy(SCORES, [0, 1, 2, 2]) == 0.75


def test_accuracy_of_one_hot_targets():
    assert lk.accuracy(SCORES, np.eye(3)[[0, 1, 0, 1]]) == 0.5


def test_logits_above_zero_are_class_one():
    assert lk.accuracy([[0.1], [-0.1], [3.0], [0.0]], [[1], [0], [0], [0]]) == 0.75
    assert lk.accuracy([0.1, -0.1], [1, 1]) == 0.5


def test_accuracy_of_probabilities_takes_a_threshold():
    assert lk.accuracy([[0.4], [0.6]], [[0], [1]], threshold=0.5) == 1.0
    assert functools.partial(lk.accuracy, threshold=0.5)([0.4], [1]) == 0.0


def test_a_label_of_exactly_one_half_is_class_zero():
    # class 1 begins above the threshold, for labels as for scores
    assert lk.accuracy([[-1.0], [1.0]], [[0.5], [0.5]]) == 0.5
    assert lk.accuracy([[0.5]], [[0.5]], threshold=0.5) == 1.0
    assert lk.accuracy([[1.0]], [[0.51]]) == 1.0


@pytest.mark.parametrize("target", [[0, 1], [[0, 1]], []])
def test_accuracy_refuses_other_shapes(target):
    with pytest.raises(lk.errors.ShapeError, match=r"accuracy takes one class index for each sample.*\(4, 3\), got"):
        lk.accuracy(SCORES, target)


def test_r2_by_hand():
    # the mean is 2; residuals 1, 0, 1 against deviations 1, 0, 1
    assert lk.r2([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) == 0.0
    assert lk.r2([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 1.0
    assert lk.r2([3.0, 2.0, 1.0], [1.0, 2.0, 3.0]) == -3.0


def test_r2_takes_the_mean_of_each_column():
    # one mean for both columns would make this prediction look good
    target = np.array([[0.0, 100.0], [1.0, 101.0]])
    assert lk.r2([[0.5, 100.5], [0.5, 100.5]], target) == 0.0


def test_r2_of_a_target_that_does_not_vary_is_nan():
    assert math.isnan(lk.r2([1.0, 2.0], [1.0, 1.0]))


def test_r2_does_not_broadcast():
    with pytest.raises(lk.errors.ShapeError, match=r"equal shapes, got \(3, 1\) and \(3,\)"):
        lk.r2(np.ones((3, 1)), np.ones(3))

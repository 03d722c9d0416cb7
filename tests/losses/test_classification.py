"""Cross-entropies on logits: hand-computed, without overflow, with classes checked."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import log_softmax, softmax

import layerkit as lk
from layerkit.errors import DataError, DTypeError, ShapeError

LOGITS = np.log([[1.0, 3.0], [1.0, 1.0]])  # probabilities (1/4, 3/4), (1/2, 1/2)

logits = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-60, 60))


def test_hand_computed_cost_and_gradient_for_classes():
    loss = lk.CrossEntropyLoss()
    assert loss.forward(LOGITS, np.array([0, 1])) == pytest.approx((math.log(4) + math.log(2)) / 2)
    np.testing.assert_allclose(loss.backward(), [[-0.375, 0.375], [0.25, -0.25]])


def test_hand_computed_cost_and_gradient_for_probabilities():
    loss = lk.CrossEntropyLoss("sum")
    target = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert loss.forward(LOGITS, target) == pytest.approx(0.5 * math.log(4) + 0.5 * math.log(4 / 3) + math.log(2))
    np.testing.assert_allclose(loss.backward(), [[-0.25, 0.25], [-0.5, 0.5]])


@given(logits, st.sampled_from(["mean", "sum"]))
def test_class_indices_and_their_one_hot_rows_mean_the_same(z, reduction):
    classes = np.arange(len(z)) % z.shape[1]
    by_index, by_row = lk.CrossEntropyLoss(reduction), lk.CrossEntropyLoss(reduction)
    one_hot = np.eye(z.shape[1])[classes]
    assert by_index.forward(z, classes) == pytest.approx(by_row.forward(z, one_hot), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(by_index.backward(), by_row.backward(), atol=1e-14)


@given(logits)
def test_cost_and_gradient_are_those_of_softmax(z):
    classes = np.arange(len(z)) % z.shape[1]
    loss = lk.CrossEntropyLoss("sum")
    expected = -log_softmax(z, axis=1)[np.arange(len(z)), classes].sum()
    assert loss.forward(z, classes) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    gradient = loss.backward()
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose(gradient, softmax(z, axis=1) - np.eye(z.shape[1])[classes], atol=1e-14)


def test_it_equals_softmax_with_the_logarithm_of_its_output():
    z, classes = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 2, 1, 1])
    softmax_layer = lk.Softmax()
    p = softmax_layer.forward(z)
    assert lk.CrossEntropyLoss().forward(z, classes) == pytest.approx(-np.log(p[np.arange(4), classes]).mean())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_overflow_nothing(dtype):
    loss, z = lk.CrossEntropyLoss(), np.array([[1e4, 0.0], [-1e4, 1e4]], dtype)
    assert loss.forward(z, np.array([0, 1])) == 0
    assert loss.forward(z, np.array([1, 0])) == 15_000
    np.testing.assert_array_equal(loss.backward(), [[0.5, -0.5], [-0.5, 0.5]])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, np.intp])
def test_any_integer_type_holds_classes(dtype):
    assert lk.CrossEntropyLoss().forward(LOGITS, np.array([0, 1], dtype)) == pytest.approx(math.log(8) / 2)
    assert lk.CrossEntropyLoss().forward(LOGITS, [0, 1]) == pytest.approx(math.log(8) / 2)


@pytest.mark.parametrize("wrong", [-1, 2, 100])
def test_class_out_of_range_is_named_with_the_range(wrong):
    with pytest.raises(DataError, match=f"class indices must be from 0 to 1, got {wrong}"):
        lk.CrossEntropyLoss().forward(LOGITS, np.array([0, wrong]))


@pytest.mark.parametrize("target", [np.array([0.0, 1.0]), np.array([True, False])])
def test_classes_that_are_no_integers_are_refused(target):
    with pytest.raises(
        DTypeError, match=rf"class indices must be integers, got dtype {target.dtype}\. Use target.astype"
    ):
        lk.CrossEntropyLoss().forward(LOGITS, target)


def test_negative_probability_is_refused():
    with pytest.raises(DataError, match=r"probabilities in target must be from 0 to inf, got -0\.5"):
        lk.CrossEntropyLoss().as_target(np.array([[1.5, -0.5], [1.0, 0.0]]), (2, 2), np.dtype(np.float64))


@pytest.mark.parametrize("shape", [(3,), (0,), (), (2, 3), (1, 2), (2, 2, 2)])
def test_number_of_classes_and_rows_must_match(shape):
    says = r"class indices of shape \(2,\) or probabilities of shape \(2, 2\), got a target of shape "
    with pytest.raises(ShapeError, match=says + re.escape(str(shape))):
        lk.CrossEntropyLoss().forward(LOGITS, np.zeros(shape, int))


def test_column_of_classes_is_refused_with_the_index_that_works():
    target = np.array([[0], [1]])
    with pytest.raises(ShapeError, match=r"got a target of shape \(2, 1\)\. Use target\[\.\.\., 0\]"):
        lk.CrossEntropyLoss().forward(LOGITS, target)
    assert lk.CrossEntropyLoss().forward(LOGITS, target[..., 0]) == pytest.approx(math.log(8) / 2)


def test_no_row_at_all_is_refused():
    for target in (np.zeros(0, int), np.ones((0, 3))):
        with pytest.raises(ShapeError, match=r"needs at least one sample, got predictions of shape \(0, 3\)"):
            lk.CrossEntropyLoss().forward(np.ones((0, 3)), target)


@pytest.mark.parametrize("shape", [(4,), ()])
def test_logits_need_an_axis_of_classes(shape):
    with pytest.raises(ShapeError, match=r"takes logits of shape \(batch, \.\.\., classes\)"):
        lk.CrossEntropyLoss().forward(np.ones(shape), np.zeros(4, int))


@given(st.lists(st.integers(1, 3), min_size=2, max_size=3).map(tuple), st.booleans(), st.booleans())
def test_positions_of_sequences_are_rows(shape, by_index, weighted):
    rng = np.random.default_rng(len(shape))
    z, classes, w = rng.normal(size=(*shape, 3)), rng.integers(0, 3, shape), rng.random(shape)
    target = classes if by_index else np.eye(3)[classes]
    many, rows = lk.CrossEntropyLoss(), lk.CrossEntropyLoss()
    weights = (w, w.ravel()) if weighted else (None, None)
    expected = rows.forward(z.reshape(-1, 3), target.reshape(-1, *target.shape[len(shape) :]), weights[1])
    assert many.forward(z, target, weights[0]) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(many.backward().reshape(-1, 3), rows.backward(), rtol=1e-12)


def test_targets_are_checked_and_converted_once_before_training():
    loss, f4 = lk.CrossEntropyLoss(), np.dtype(np.float32)
    assert loss.as_target([0, 1], (2, 2), f4).dtype.kind == "i"
    for probabilities in ([[0.5, 0.5], [1, 0]], np.eye(2, dtype=int), np.eye(2)):
        assert loss.as_target(probabilities, (2, 2), f4).dtype == f4
    classes = np.array([1, 0], np.uint8)
    assert loss.as_target(classes, (2, 2), f4) is classes
    with pytest.raises(DataError, match="class indices must be from 0 to 1, got 2"):
        loss.as_target([0, 2], (2, 2), f4)
    with pytest.raises(DTypeError, match=r"target must hold real numbers, got dtype <U1\. Encode labels as integers"):
        loss.as_target(np.array(["a", "b"]), (2, 2), f4)
    labels = lk.BCEWithLogitsLoss().as_target([[True], [False]], (2, 1), f4)
    assert (labels.dtype, labels.tolist()) == (f4, [[1], [0]])


def test_hand_computed_binary_cross_entropy():
    loss = lk.BCEWithLogitsLoss("sum")
    cost = loss.forward(np.array([[0.0, math.log(3)]]), np.array([[1.0, 0.0]]))  # σ = 1/2, 3/4
    assert cost == pytest.approx(math.log(2) + math.log(4))
    np.testing.assert_allclose(loss.backward(), [[-0.5, 0.75]])


@given(logits)
def test_binary_cross_entropy_is_that_of_two_classes(z):
    z = z.reshape(-1, 1)
    labels = (np.arange(len(z)) % 2).reshape(-1, 1)
    two = lk.CrossEntropyLoss().forward(np.hstack([np.zeros_like(z), z]), labels[:, 0])
    assert lk.BCEWithLogitsLoss().forward(z, labels) == pytest.approx(two, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_binary_logits_overflow_nothing(dtype):
    loss, z = lk.BCEWithLogitsLoss(), np.array([1e4, -1e4], dtype)
    assert loss.forward(z, np.array([1.0, 0.0])) == 0
    assert loss.forward(z, np.array([0.0, 1.0])) == 1e4
    np.testing.assert_array_equal(loss.backward(), [0.5, -0.5])


@pytest.mark.parametrize("label", [-0.1, 2.0, float("nan")])
def test_label_outside_of_0_to_1_is_refused(label):
    with pytest.raises(DataError, match=f"labels in target must be from 0 to 1, got {label}"):
        lk.BCEWithLogitsLoss().as_target(np.array([1.0, label]), (2,), np.dtype(np.float64))


def test_gradients_keep_their_digits_where_the_answer_is_right():
    bce = lk.BCEWithLogitsLoss()
    bce.forward(np.array([[20.0]], np.float32), np.array([[1.0]], np.float32))
    assert bce.backward()[0, 0] == pytest.approx(-2.0611537e-09, rel=1e-6)
    cross_entropy = lk.CrossEntropyLoss()
    cross_entropy.forward(np.array([[20.0, 0.0]], np.float32), np.array([0]))
    assert cross_entropy.backward()[0] == pytest.approx([-2.0611537e-09, 2.0611537e-09], rel=1e-6)

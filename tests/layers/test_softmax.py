"""Softmax: probabilities, and the gradient through their sum of one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import layerkit as lk

scores = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(-50, 50))


@given(scores)
def test_rows_sum_to_one(z):
    p = lk.Softmax().forward(z)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-14)
    assert (p >= 0).all()


@given(scores, st.floats(-1e3, 1e3))
def test_adding_a_number_to_all_scores_changes_nothing(z, number):
    np.testing.assert_allclose(lk.Softmax().forward(z + number), lk.Softmax().forward(z), rtol=1e-10, atol=1e-300)


@given(scores)
def test_gradient_of_a_row_sums_to_zero_and_matches_the_jacobian(z):
    layer = lk.Softmax()
    p = layer.forward(z)
    grad = np.cos(np.arange(z.size, dtype=float)).reshape(z.shape)
    dz = layer.backward(grad)
    np.testing.assert_allclose(dz.sum(axis=-1), 0, atol=1e-14)
    for row in range(len(z)):
        jacobian = np.diag(p[row]) - np.outer(p[row], p[row])
        np.testing.assert_allclose(dz[row], jacobian @ grad[row], atol=1e-14)


def test_hand_computed_probabilities():
    np.testing.assert_allclose(lk.Softmax().forward(np.log([[1.0, 3.0], [2.0, 2.0]])), [[0.25, 0.75], [0.5, 0.5]])


def test_huge_scores_overflow_nothing():
    z = np.array([[1e4, 0, -1e4], [-3e38, 3e38, 0]], np.float32)
    with np.errstate(under="ignore", over="ignore"):  # e^-20000 is 0, and 3e38 + 3e38 is infinite, as it should be
        np.testing.assert_array_equal(lk.Softmax().forward(z), [[1, 0, 0], [0, 1, 0]])


def test_empty_batch_passes():
    assert lk.Softmax().forward(np.empty((0, 3))).shape == (0, 3)


def test_probabilities_are_over_the_last_axis_of_any_array():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(lk.Softmax().forward(z).sum(axis=-1), np.ones((2, 3)))

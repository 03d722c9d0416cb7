"""Squared, absolute and Huber's error, on numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import layerkit as lk
from layerkit.errors import ConfigError

PREDICTION, TARGET = np.array([[3.0, 0.0], [-1.0, 2.0]]), np.array([[1.0, 0.5], [-1.0, -1.0]])  # 2, -0.5, 0, 3

TABLE = [
    (lk.MSELoss(), 13.25 / 4, [[1, -0.25], [0, 1.5]]),
    (lk.MSELoss("half"), 13.25 / 4, [[1, -0.25], [0, 1.5]]),
    (lk.MSELoss("sum"), 13.25, [[4, -1], [0, 6]]),
    (lk.MAELoss(), 5.5 / 4, [[0.25, -0.25], [0, 0.25]]),
    (lk.MAELoss("sum"), 5.5, [[1, -1], [0, 1]]),
    # h = 1·(2 - 1/2), 0.25/2, 0, 1·(3 - 1/2)
    (lk.HuberLoss(), 4.125 / 4, [[0.25, -0.125], [0, 0.25]]),
    (lk.HuberLoss(reduction="sum"), 4.125, [[1, -0.5], [0, 1]]),
    # h = 2²/2, 0.25/2, 0, 2·(3 - 1)
    (lk.HuberLoss(2.0, "sum"), 6.125, [[2, -0.5], [0, 2]]),
]


@pytest.mark.parametrize(("loss", "cost", "gradient"), TABLE, ids=[repr(loss) for loss, *_ in TABLE])
def test_hand_computed_cost_and_gradient(loss, cost, gradient):
    assert loss.forward(PREDICTION, TARGET) == cost
    np.testing.assert_array_equal(loss.backward(), gradient)


def test_half_divides_by_rows_and_mean_by_elements():
    prediction, target = np.array([[3.0, 1.0, 1.0]]), np.ones((1, 3))
    assert (lk.MSELoss("half").forward(prediction, target), lk.MSELoss().forward(prediction, target)) == (2.0, 4 / 3)


differences = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(-100, 100))


@given(differences)
def test_huber_is_squared_near_the_target_and_absolute_far_from_it(difference):
    zeros = np.zeros_like(difference)
    assert lk.HuberLoss(1e3, "sum").forward(difference, zeros) == pytest.approx(
        lk.MSELoss("sum").forward(difference, zeros) / 2
    )
    assert lk.HuberLoss(1e-6, "sum").forward(difference, zeros) / 1e-6 == pytest.approx(
        lk.MAELoss("sum").forward(difference, zeros), abs=2e-5
    )


@given(differences)
def test_gradients_sum_to_what_a_common_shift_of_the_prediction_costs(difference):
    zeros = np.zeros_like(difference)
    for loss, slope in (
        (lk.MSELoss("sum"), 2 * difference.sum()),
        (lk.MSELoss(), 2 * difference.mean()),
        (lk.MAELoss("sum"), float((difference > 0).sum()) - float((difference < 0).sum())),
        (lk.HuberLoss(3.0, "sum"), np.minimum(np.maximum(difference, -3), 3).sum()),
    ):
        loss.forward(difference, zeros)
        assert loss.backward().sum() == pytest.approx(slope, rel=1e-12, abs=1e-10)


@pytest.mark.parametrize("delta", [0, -1, float("nan"), float("inf"), "1"])
def test_delta_that_is_not_above_zero_is_refused(delta):
    with pytest.raises(ConfigError, match=r"delta must be a finite number above 0, got"):
        lk.HuberLoss(delta)


def test_half_is_for_squared_errors_only():
    with pytest.raises(ConfigError, match="reduction must be one of 'mean', 'sum', got 'half'"):
        lk.MAELoss("half")


def test_subclass_of_mse_with_costs_of_its_own_uses_them_with_and_without_weights():
    class Quartic(lk.MSELoss):
        def cost(self, prediction, target):
            error = prediction - target
            return error**4, 4 * error**3

    prediction, target = np.array([[3.0], [0.0]]), np.array([[1.0], [1.0]])
    loss = Quartic()
    assert loss.forward(prediction, target) == (16 + 1) / 2
    np.testing.assert_allclose(loss.backward(), [[16.0], [-2.0]])
    assert loss.forward(prediction, target, np.ones(2)) == (16 + 1) / 2

"""What all losses share: refusals, the gradient of exactly the reported cost, and nothing kept by copies."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError, StateError

ELEMENTWISE = [lk.MSELoss, lk.MAELoss, lk.HuberLoss, lk.BCEWithLogitsLoss]
LOSSES = [*ELEMENTWISE, lk.CrossEntropyLoss]
every = pytest.mark.parametrize("kind", LOSSES)
elementwise = pytest.mark.parametrize("kind", ELEMENTWISE)


def pair(dtype=np.float64):
    prediction = np.array([[0.5, -1.5], [2.0, 0.25], [-0.5, 1.0]], dtype)
    return prediction, np.array([[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]], dtype)


@every
def test_backward_before_forward_names_the_loss_and_what_to_call(kind):
    with pytest.raises(
        StateError, match=rf"{kind.__name__}\(\) has no forward pass.*call forward\(prediction, target\) first"
    ):
        kind().backward()


@every
def test_reduction_that_is_not_known_lists_those_that_are(kind):
    with pytest.raises(ConfigError, match=r"reduction must be one of 'mean', .*'sum', got 'max'"):
        kind(reduction="max")


@every
@given(st.integers(1, 6))
def test_sum_is_mean_times_what_is_averaged_over(kind, rows):
    rng = np.random.default_rng(rows)
    prediction, target = rng.normal(size=(rows, 3)), rng.uniform(size=(rows, 3))
    mean, total = kind(reduction="mean"), kind(reduction="sum")
    number = rows if kind is lk.CrossEntropyLoss else prediction.size
    assert total.forward(prediction, target) == pytest.approx(number * mean.forward(prediction, target))
    np.testing.assert_allclose(total.backward(), number * mean.backward(), rtol=1e-12, atol=1e-15)


@every
def test_gradient_has_shape_and_dtype_of_the_prediction(kind):
    for dtype in (np.float32, np.float64):
        prediction, target = pair(dtype)
        for y in (target, target.astype(np.float64), target.tolist()):
            loss = kind()
            assert type(loss.forward(prediction, y)) is float
            gradient = loss.backward()
            assert (gradient.shape, gradient.dtype) == (prediction.shape, dtype)


@every
def test_arguments_are_never_changed_and_results_are_the_callers_own(kind):
    prediction, target = pair()
    kept = prediction.copy(), target.copy()
    loss = kind()
    loss.forward(prediction, target)
    first = loss.backward()
    expected = first.copy()
    first[:] = np.nan
    np.testing.assert_array_equal(loss.backward(), expected)
    np.testing.assert_array_equal(prediction, kept[0])
    np.testing.assert_array_equal(target, kept[1])


@elementwise
def test_column_of_targets_is_asked_for_in_place_of_broadcasting(kind):
    says = (
        rf"{kind.__name__} takes a target of the shape of the prediction, \(3, 1\), got \(3,\)\. Use target\[:, None\]"
    )
    with pytest.raises(ShapeError, match=says):
        kind().forward(np.ones((3, 1)), np.ones(3))


@every
def test_other_shapes_are_refused_with_both(kind):
    with pytest.raises(ShapeError, match=r"of the shape of the prediction, \(3, 2\), got \(3, 1\)\. Reshape one"):
        kind().forward(np.ones((3, 2)), np.ones((3, 1)))


@elementwise
def test_nothing_to_take_the_cost_of_is_refused(kind):
    with pytest.raises(
        ShapeError, match=rf"{kind.__name__} needs at least one sample, got a prediction of shape \(0, 2\)"
    ):
        kind().forward(np.ones((0, 2)), np.ones((0, 2)))


@every
def test_what_is_no_number_is_refused_by_name(kind):
    prediction, target = pair()
    with pytest.raises(DTypeError, match="prediction must hold real numbers, got dtype complex128"):
        kind().forward(prediction + 1j, target)
    with pytest.raises(DTypeError, match="target must hold real numbers, got dtype <U"):
        kind().forward(prediction, target.astype(str))
    with pytest.raises(DTypeError, match="target must be a rectangular array"):
        kind().forward(prediction, [[1.0], [1.0, 2.0], [3.0]])


@every
def test_refused_call_leaves_the_last_pass_in_place(kind):
    loss = kind()
    loss.forward(*pair())
    expected = loss.backward()
    with pytest.raises(ShapeError):
        loss.forward(np.ones((3, 2)), np.ones((2, 2)))
    np.testing.assert_array_equal(loss.backward(), expected)


@every
def test_copies_keep_the_settings_and_not_the_pass(kind):
    loss = kind(reduction="sum")
    loss.forward(*pair())
    for twin in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert repr(twin) == repr(loss)
        with pytest.raises(StateError, match="no forward pass"):
            twin.backward()


def test_repr_is_the_call_that_makes_the_loss():
    assert repr(lk.MSELoss()) == "MSELoss()"
    assert repr(lk.MSELoss("half")) == "MSELoss(reduction='half')"
    assert repr(lk.HuberLoss(0.5, "sum")) == "HuberLoss(delta=0.5, reduction='sum')"


def test_lists_and_integers_are_taken():
    loss = lk.MSELoss()
    assert loss.forward([[1, 2]], [[0, 0]]) == 2.5
    assert loss.forward(np.array([1, 3]), np.array([1, 1])) == 2.0
    assert loss.backward().dtype == np.float32


def test_loss_of_a_users_own_needs_two_methods():
    class Half(lk.Loss):
        def forward(self, prediction, target):
            return 0.0

    with pytest.raises(TypeError, match="backward"):
        Half()

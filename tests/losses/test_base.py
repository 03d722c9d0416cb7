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
        StateError, match=rf"{kind.__name__}\(\) has no loss to go back from: call forward\(prediction, target\) first"
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
            value = loss.forward(prediction, y)
            assert (type(value), np.ndim(value)) == (dtype, 0)
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


@every
def test_other_shapes_are_refused_with_both(kind):
    with pytest.raises(ShapeError, match=r"\(3, 2\), got .*\(2, 2\)"):
        kind().forward(np.ones((3, 2)), np.ones((2, 2)))


@elementwise
@pytest.mark.parametrize(
    ("prediction", "target", "fix"),
    [
        ((3, 1), (3,), r"Use target\.reshape\(-1, 1\): shapes are never broadcast\.$"),
        ((3,), (3, 1), r"Use target\.reshape\(-1,\): shapes"),
        ((3, 2), (3, 2, 1), r"Use target\.reshape\(-1, 2\): shapes"),
        ((3, 4), (3,), r"For class indices use CrossEntropyLoss, or pass np\.eye\(4\)\[target\]"),
        ((3, 4), (3, 2), r"Give the last layer 2 outputs"),
        ((3, 2), (4, 2), r"got \(4, 2\)\.$"),
    ],
)
def test_other_shape_is_refused_with_a_remedy_that_works_for_it(kind, prediction, target, fix):
    with pytest.raises(ShapeError, match=rf"{kind.__name__} takes a target of the shape of the prediction.*{fix}"):
        kind().forward(np.ones(prediction), np.ones(target, int))


@elementwise
def test_nothing_to_take_the_cost_of_is_refused(kind):
    with pytest.raises(
        ShapeError, match=rf"{kind.__name__} needs at least one sample, got predictions of shape \(0, 2\)"
    ):
        kind().forward(np.ones((0, 2)), np.ones((0, 2)))


@every
def test_what_is_no_number_is_refused_by_name(kind):
    prediction, target = pair()
    with pytest.raises(DTypeError, match=rf"{kind.__name__} takes floats as prediction, got complex128"):
        kind().forward(prediction + 1j, target)
    with pytest.raises(DTypeError, match=r"takes floats as prediction, got int64\. Use \.astype\(np\.float32\)"):
        kind().forward(prediction.astype(int), target)  # the targets would be cut to integers, too
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
        with pytest.raises(StateError, match="no loss to go back from"):
            twin.backward()


def test_repr_is_the_call_that_makes_the_loss():
    assert repr(lk.MSELoss()) == "MSELoss()"
    assert repr(lk.MSELoss("half")) == "MSELoss(reduction='half')"
    assert repr(lk.HuberLoss(0.5, "sum")) == "HuberLoss(delta=0.5, reduction='sum')"


@every
def test_prediction_that_is_no_array_is_refused_with_what_to_pass(kind):
    with pytest.raises(
        DTypeError, match=r"takes an array as prediction, got list\. Pass np\.asarray\(prediction, np\.f"
    ):
        kind().forward([[1.0, 2.0]], [[0.0, 1.0]])
    with pytest.raises(DTypeError, match=r"got tuple\. Pass .*, or use a JointLoss for several outputs"):
        kind().forward(pair(), pair())


@every
def test_lists_and_integers_are_taken_as_targets(kind):
    prediction, _ = pair()
    integers = np.eye(3, 2, dtype=int)
    for y in (integers, integers.tolist(), integers.astype(bool)):
        assert kind().forward(prediction, y) == kind().forward(prediction, integers.astype(np.float64))


def test_loss_of_a_users_own_needs_its_cost():
    class Half(lk.Loss):
        pass

    with pytest.raises(TypeError, match="cost"):
        Half()


class Quartic(lk.Loss):
    """A loss of a user's own: (a - y)⁴."""

    def cost(self, prediction, target):
        error = prediction - target
        return error**4, 4 * error**3


def test_inverse_links_say_how_predictions_become_answers():
    links = {kind.__name__: kind().inverse_link for kind in (*LOSSES, Quartic)}
    assert links == {
        "MSELoss": "identity",
        "MAELoss": "identity",
        "HuberLoss": "identity",
        "BCEWithLogitsLoss": "sigmoid",
        "CrossEntropyLoss": "softmax",
        "Quartic": "identity",
    }


def test_numpy_arguments_become_python_floats():
    loss = lk.HuberLoss(np.float64(0.5))
    assert type(loss.delta) is float
    prediction = np.ones((2, 2), np.float32)
    assert loss.forward(prediction, np.zeros((2, 2))).dtype == loss.backward().dtype == np.float32

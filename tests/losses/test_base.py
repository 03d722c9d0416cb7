"""What all losses share: refusals, the gradient of exactly the reported cost, and nothing kept by copies."""

import copy
import pickle

import numpy as np
import pytest
from differences import gradient
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
        ((3, 1), (3,), r"Use target\[:, None\]: broadcasting would compare every prediction with every target"),
        ((3,), (3, 1), r"Use target\[\.\.\., 0\]"),
        ((3, 2), (3, 2, 1), r"Use target\[\.\.\., 0\]"),
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
    with pytest.raises(DTypeError, match=r"got tuple\.  ?For a network with several outputs use JointLoss"):
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


WEIGHTED = [
    *(kind(reduction=reduction) for kind in (*LOSSES, Quartic) for reduction in ("mean", "sum")),
    lk.MSELoss("half"),
    lk.HuberLoss(0.3),
]
weighted = pytest.mark.parametrize("loss", WEIGHTED, ids=repr)


def problem(loss, rows=4, length=3, seed=0):
    """Return logits or numbers (rows, length, 2), with targets, for a loss."""
    rng = np.random.default_rng(seed)
    prediction = rng.normal(size=(rows, length, 2))
    if isinstance(loss, lk.CrossEntropyLoss):
        return prediction, rng.integers(0, 2, (rows, length))
    return prediction, rng.random((rows, length, 2))


@weighted
@pytest.mark.parametrize("shape", [(4,), (4, 3)])
def test_weights_of_one_change_nothing(loss, shape):
    prediction, target = problem(loss)
    expected = loss.forward(prediction, target), loss.backward()
    assert loss.forward(prediction, target, np.ones(shape)) == pytest.approx(expected[0], rel=1e-14)
    np.testing.assert_allclose(loss.backward(), expected[1], rtol=1e-14)


@weighted
def test_integer_weights_are_repetitions(loss):
    prediction, target = problem(loss)
    times = np.array([2, 0, 1, 3])
    repeated = np.repeat(prediction, times, axis=0), np.repeat(target, times, axis=0)
    for weight in (times, times.astype(np.float32), times.tolist()):
        assert loss.forward(prediction, target, weight) == pytest.approx(loss.forward(*repeated), rel=1e-13)
    rows = loss.backward()
    loss.forward(prediction, target, times)
    expected = [rows[:2].sum(axis=0), np.zeros((3, 2)), rows[2], rows[3:].sum(axis=0)]
    np.testing.assert_allclose(loss.backward(), expected, rtol=1e-12, atol=1e-15)


@weighted
def test_weight_of_zero_leaves_out(loss):
    prediction, target = problem(loss)
    for weight in (np.array([1.0, 0, 1, 0]), np.array([[1.0, 0, 1]] * 4)):
        kept = weight > 0
        changed = prediction.copy()
        changed[~kept] = 100.0
        value = loss.forward(prediction, target, weight)
        assert loss.forward(changed, target, weight) == pytest.approx(value, rel=1e-13)
        assert not loss.backward()[~kept].any()
        if loss.reduction != "half":  # which counts rows, whatever their length
            assert value == pytest.approx(loss.forward(prediction[kept], target[kept]), rel=1e-13)


@weighted
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_that_are_all_zero_give_loss_and_gradient_zero(loss, dtype):
    prediction, target = problem(loss)
    prediction = prediction.astype(dtype)
    for shape in ((4,), (4, 3)):
        value = loss.forward(prediction, target, np.zeros(shape))
        assert (value, type(value)) == (0, dtype)
        gradient_ = loss.backward()
        assert (gradient_.dtype, gradient_.any()) == (dtype, False)


@weighted
@pytest.mark.parametrize("shape", [None, (4,), (4, 3)])
def test_gradient_is_exactly_that_of_the_weighted_loss(loss, shape):
    prediction, target = problem(loss, seed=3)
    weight = None if shape is None else np.random.default_rng(1).random(shape)
    expected = gradient(lambda: float(loss.forward(prediction, target, weight)), prediction, 1e-3)
    loss.forward(prediction, target, weight)
    np.testing.assert_allclose(loss.backward(), expected, rtol=1e-7, atol=1e-9)


@weighted
def test_total_weight_is_what_the_mean_divided_by(loss):
    prediction, target = problem(loss)
    weight = np.array([0.5, 0.0, 2.0, 1.0])
    each = 3 if isinstance(loss, lk.CrossEntropyLoss) else 6
    for w, total in [(None, 4 * each), (weight, 3.5 * each), (np.repeat(weight, 3).reshape(4, 3), 3.5 * each)]:
        value = loss.forward(prediction, target, w)
        assert loss.total_weight == pytest.approx(total)
        if loss.reduction == "sum":
            mean = type(loss)().forward(prediction, target, w)
            assert value == pytest.approx(mean * total, rel=1e-12)


@every
def test_weights_of_another_shape_are_refused(kind):
    prediction, target = problem(kind())
    for wrong in (np.ones(3), np.ones((4, 2)), np.ones((4, 3, 2)), 1.0):
        with pytest.raises(ShapeError, match=r"sample_weight must have shape \(4,\), one .*, or \(4, 3\), got \("):
            kind().forward(prediction, target, wrong)
    with pytest.raises(DTypeError, match="sample_weight must hold real numbers"):
        kind().forward(prediction, target, ["a"] * 4)


def test_weights_of_a_flat_prediction_are_one_for_each_sample():
    loss = lk.MSELoss()
    assert loss.forward(np.array([1.0, 2.0, 3.0]), np.zeros(3), [1, 0, 3]) == 7.0  # (1 + 27)/4
    np.testing.assert_array_equal(loss.backward(), [0.5, 0, 4.5])


def test_float32_stays_float32_with_float64_weights():
    loss = lk.MSELoss()
    prediction = np.ones((4, 2), np.float32)
    assert loss.forward(prediction, np.zeros((4, 2)), np.ones(4)).dtype == loss.backward().dtype == np.float32


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

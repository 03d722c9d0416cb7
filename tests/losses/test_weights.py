"""Sample weights: of samples and of positions, for every loss, and the gradient of exactly the weighted loss."""

import numpy as np
import pytest
from differences import gradient

import layerkit as lk
from layerkit.errors import DTypeError, ShapeError

LOSSES = [lk.MSELoss, lk.MAELoss, lk.HuberLoss, lk.BCEWithLogitsLoss, lk.CrossEntropyLoss]
every = pytest.mark.parametrize("kind", LOSSES)


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

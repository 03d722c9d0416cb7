"""JointLoss: one loss for each output, their weighted sum, and a gradient for each."""

import copy
import json
import pickle

import numpy as np
import pytest
from differences import gradient

import layerkit as lk
from layerkit.errors import ConfigError, DataError, ShapeError, StateError

RNG = np.random.default_rng(0)
LOGITS, NUMBERS = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2, 1))
CLASSES, TARGETS = np.array([0, 2, 1, 1]), RNG.normal(size=(4, 2, 1))


def joint(**options):
    return lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss(), **{"weights": (1.0, 0.5), **options})


def test_hand_computed_sum_and_gradients():
    loss = lk.JointLoss(lk.MSELoss(), lk.MAELoss("sum"), weights=(2.0, 0.5))
    one, two = np.array([[1.0], [3.0]]), np.array([[4.0], [-4.0]])
    zero = np.zeros((2, 1))
    assert loss.forward((one, two), (zero, zero)) == 2 * 5 + 0.5 * 8
    first, second = loss.backward()
    np.testing.assert_array_equal(first, [[2], [6]])
    np.testing.assert_array_equal(second, [[0.5], [-0.5]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value_and_gradients_are_those_of_the_parts(dtype):
    loss, first, second = joint(), lk.CrossEntropyLoss(), lk.MSELoss()
    logits, numbers = LOGITS.astype(dtype), NUMBERS.astype(dtype)
    value = loss.forward((logits, numbers), (CLASSES, TARGETS))
    expected = first.forward(logits, CLASSES) + 0.5 * second.forward(numbers, TARGETS)
    assert (value, type(value)) == (pytest.approx(expected), dtype)
    for found, numbers in zip(loss.backward(), (first.backward(), 0.5 * second.backward()), strict=True):
        np.testing.assert_allclose(found, numbers)
        assert found.dtype == dtype


@pytest.mark.parametrize(
    "weight",
    [None, np.array([1.0, 0, 2, 3]), (None, RNG.random((4, 2))), (np.ones(4), None)],
    ids=["none", "one for all", "one for the second", "one for the first"],
)
def test_gradients_are_those_of_differences(weight):
    loss, logits, numbers = joint(), LOGITS.copy(), NUMBERS.copy()

    def cost():
        return float(loss.forward((logits, numbers), (CLASSES, TARGETS), weight))

    expected = gradient(cost, logits), gradient(cost, numbers)
    cost()
    for found, slopes in zip(loss.backward(), expected, strict=True):
        np.testing.assert_allclose(found, slopes, rtol=1e-8, atol=1e-10)


def test_one_sample_weight_counts_for_all_losses():
    loss, weight = joint(), np.array([0.0, 1, 0, 1])
    kept = weight > 0
    expected = loss.forward((LOGITS[kept], NUMBERS[kept]), (CLASSES[kept], TARGETS[kept]))
    assert loss.forward((LOGITS, NUMBERS), (CLASSES, TARGETS), weight) == pytest.approx(expected)
    assert loss.total_weight == 2 + 4


def test_weights_are_one_by_default_and_numpy_arrays_will_do():
    one = lk.JointLoss(lk.MSELoss(), lk.MAELoss())
    assert one.weights == (1.0, 1.0)
    weights = lk.JointLoss(lk.MSELoss(), lk.MAELoss(), weights=np.array([1, 0.5], np.float32)).weights
    assert (weights, {type(weight) for weight in weights}) == ((1.0, 0.5), {float})


def test_inverse_link_is_one_for_each_output():
    assert joint().inverse_link == ("softmax", "identity")


def test_joint_losses_can_be_parts_of_one():
    loss = lk.JointLoss(joint(), lk.MAELoss())
    x = ((LOGITS, NUMBERS), NUMBERS)
    value = loss.forward(x, ((CLASSES, TARGETS), TARGETS))
    expected = joint().forward(x[0], (CLASSES, TARGETS)) + lk.MAELoss().forward(NUMBERS, TARGETS)
    assert value == pytest.approx(expected)
    inner, _ = loss.backward()
    assert [part.shape for part in inner] == [LOGITS.shape, NUMBERS.shape]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lk.JointLoss, r"JointLoss needs at least one loss, and a new one for each output, got \(\)"),
        (
            lambda: lk.JointLoss(lk.MSELoss(), lk.MAELoss),
            r"loss 1 of the JointLoss must be an instance of Loss.*MAELoss\(",
        ),
        (lambda: lk.JointLoss(lk.MSELoss(), weights=(1, 2)), r"one number for each of the 1 losses, got \(1, 2\)"),
        (lambda: lk.JointLoss(lk.MSELoss(), weights=()), r"one number for each of the 1 losses, got \(\)"),
        (lambda: lk.JointLoss(lk.MSELoss(), weights=1.0), r"one number for each of the 1 losses, got 1\.0"),
        (lambda: lk.JointLoss(lk.MSELoss(), weights=[np.nan]), r"weights\[0\] must be a finite number, got nan"),
    ],
)
def test_wrong_arguments_are_refused(make, says):
    with pytest.raises(ConfigError, match=says):
        make()


def test_one_loss_for_two_outputs_is_refused():
    # it remembers one pass: the first output would get the gradient of the second
    loss = lk.MSELoss()
    with pytest.raises(ConfigError, match=r"a new one for each output, got \(MSELoss\(\), MSELoss\(\)\)"):
        lk.JointLoss(loss, loss)


@pytest.mark.parametrize("wrong", [LOGITS, (LOGITS,), (LOGITS, NUMBERS, NUMBERS), [LOGITS, NUMBERS]])
def test_other_number_of_outputs_or_targets_is_refused(wrong):
    got = len(wrong) if isinstance(wrong, tuple) else "one array"
    with pytest.raises(ShapeError, match=f"JointLoss takes a tuple of 2 predictions, one for each loss, got {got}"):
        joint().forward(wrong, (CLASSES, TARGETS))
    with pytest.raises(ShapeError, match=f"JointLoss takes a tuple of 2 targets, one for each loss, got {got}"):
        joint().forward((LOGITS, NUMBERS), wrong)


def test_targets_are_checked_and_converted_one_by_one():
    shapes, f4 = (LOGITS.shape, NUMBERS.shape), np.dtype(np.float32)
    classes, targets = joint().as_target((CLASSES.tolist(), TARGETS), shapes, f4)
    assert (classes.dtype.kind, targets.dtype) == ("i", f4)
    with pytest.raises(DataError, match="class indices must be from 0 to 2, got 3"):
        joint().as_target((CLASSES + 1, TARGETS), shapes, f4)
    with pytest.raises(ShapeError, match="a tuple of 2 predictions, one for each loss, got one array"):
        joint().as_target((CLASSES, TARGETS), (4, 3), f4)  # the shape of a single output, which has two sizes


def test_backward_before_forward_names_the_loss_that_has_none():
    with pytest.raises(StateError, match=r"CrossEntropyLoss\(\) has no loss to go back from"):
        joint().backward()


def test_configuration_repr_and_copies():
    loss = joint()
    assert repr(loss) == "JointLoss(CrossEntropyLoss(), MSELoss(), weights=(1.0, 0.5))"
    twin = lk.Loss.from_config(json.loads(json.dumps(loss.to_config())))
    assert repr(twin) == repr(loss)
    loss.forward((LOGITS, NUMBERS), (CLASSES, TARGETS))
    for other in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        with pytest.raises(StateError):
            other.backward()


def test_costs_are_asked_of_its_parts():
    with pytest.raises(ConfigError, match="cost of one of its losses"):
        joint().cost((LOGITS, NUMBERS), (CLASSES, TARGETS))


def test_network_with_two_outputs_trains():
    model = lk.Sequential(lk.Dense(3, 8), lk.Tanh(), lk.Parallel(lk.Dense(8, 2), lk.Dense(8, 1), join="tuple"), rng=0)
    x = RNG.normal(size=(16, 3))
    targets, loss, costs = ((x[:, 0] > 0).astype(int), x[:, 1:2] ** 2), joint(), []
    optimizer = lk.Adam(model, 0.02)
    for _ in range(60):
        costs.append(loss.forward(model.forward(x), targets))
        model.backward(loss.backward(), input_grad=False)
        optimizer.step()
    assert costs[-1] < costs[0] / 3

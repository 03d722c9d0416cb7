"""Where the time of a step goes, on copies."""

import pickle
import time

import numpy as np
import pytest

import layerkit as lk

X, Y = np.ones((6, 3), np.float32), np.ones((6, 2), np.float32)


class Slow(lk.Layer):
    """A layer that takes two milliseconds forward, and four backward."""

    def forward(self, x, training=True):
        time.sleep(0.002)
        return x + 1

    def backward(self, grad, input_grad=True):
        time.sleep(0.004)
        return grad


def measured(*layers, optimizer=None, loss=None):
    model = lk.Sequential(*layers, rng=0)
    rule = None if optimizer is None else optimizer(model)
    return lk.profile(model, X, Y, loss or lk.MSELoss(), rule, seconds=0.05)


def test_time_is_given_to_the_layer_and_the_pass_that_take_it():
    times = measured(lk.Dense(3, 2), Slow(), lk.Linear())
    dense, slow, linear = times.layers
    assert slow.forward > 0.0019
    assert slow.backward > 0.0039
    assert slow.forward + slow.backward > 10 * (dense.forward + dense.backward + linear.forward + linear.backward)
    assert times.step > 0.0059
    assert slow.call_overhead > 0.0059  # sleeping does not depend on the batch


def test_products_are_those_of_the_dense_layers():
    times = measured(lk.Dense(3, 4), lk.ReLU(), lk.Dense(4, 2))
    assert [layer.matmul > 0 for layer in times.layers] == [True, False, True]
    assert times.matmul == times.layers[0].matmul + times.layers[2].matmul


def test_first_layer_that_learns_does_without_the_gradient_of_its_input():
    times = measured(lk.Flatten(), lk.Dense(3, 2))
    assert times.layers[0].backward == 0  # the pass ends before it
    assert times.layers[1].backward > 0


def test_layers_inside_others_stand_for_themselves():
    times = measured(lk.Sequential(lk.Dense(3, 4), lk.ReLU()), lk.Dense(4, 2))
    assert [layer.name for layer in times.layers] == ["0.0  Dense(3, 4)", "0.1  ReLU()", "1  Dense(4, 2)"]
    assert all(layer.backward > 0 for layer in times.layers)


class Nap(lk.Layer):
    """A layer that takes two milliseconds forward, besides what the layer in it takes."""

    def __init__(self, inner, times=1):
        self.inner, self.times = inner, times

    def forward(self, x, training=True):
        time.sleep(0.002)
        for _ in range(self.times):
            x = self.inner.forward(x, training)
        return x

    def backward(self, grad, input_grad=True):
        for _ in range(self.times):
            grad = self.inner.backward(grad)
        return grad


def test_layers_inside_blocks_have_times_of_their_own_that_count_once():
    times = measured(lk.Dense(3, 2), lk.Residual(Nap(Slow())), lk.Parallel(lk.Linear(), lk.Linear(), join="add"))
    by_name = {layer.name: layer for layer in times.layers}
    assert list(by_name) == [
        *("0  Dense(3, 2)", "1  Residual", "1.0  Nap", "1.0.inner  Slow()"),
        *("2  Parallel", "2.0  Linear()", "2.1  Linear()"),
    ]
    assert by_name["1  Residual"].forward < 0.001
    assert 0.0019 < by_name["1.0  Nap"].forward < 0.0035
    assert by_name["1.0.inner  Slow()"].forward > 0.0019
    assert by_name["1.0.inner  Slow()"].backward > 0.0039
    assert by_name["1.0  Nap"].backward < 0.001


def test_layer_that_is_called_several_times_in_a_step_has_their_sum():
    times = measured(lk.Dense(3, 2), Nap(Slow(), times=3))
    assert times.layers[2].forward > 0.0057
    assert times.layers[2].backward > 0.0117


def test_several_inputs_and_outputs_and_more_axes_are_measured():
    join = lk.Parallel(lk.Dense(3, 4), lk.Dense(5, 4), inputs="each", join="add")
    model = lk.Sequential(join, lk.Parallel(lk.Dense(4, 2), lk.Dense(4, 1), join="tuple"), rng=0)
    x = np.ones((6, 7, 3)), np.ones((6, 7, 5))
    y = np.zeros((6, 7), int), np.ones((6, 7, 1))
    loss = lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss())
    times = lk.profile(model, x, y, loss, lk.SGD(model), seconds=0.05)
    assert times.batch == 6
    assert [layer.matmul > 0 for layer in times.layers] == [False, True, True, False, True, True]


def test_update_is_timed_where_there_is_an_optimizer():
    assert measured(lk.Dense(3, 2), optimizer=lk.Adam).update > 0
    assert measured(lk.Dense(3, 2)).update == 0


def test_network_loss_and_optimizer_stay_as_they_are():
    model = lk.Sequential(lk.Dense(3, 4), lk.Dropout(0.5), lk.Tanh(), lk.Dense(4, 2), rng=0)
    loss, optimizer = lk.MSELoss(), lk.Adam(model)
    for _ in range(3):
        optimizer.step()
        loss.forward(model.forward(X), Y)
        model.backward(loss.backward())
    before = pickle.dumps((model, loss, optimizer))
    values, grads = model.parameter_vector.copy(), model.gradient_vector.copy()
    lk.profile(model, X, Y, loss, optimizer, seconds=0.02)
    assert pickle.dumps((model, loss, optimizer)) == before
    np.testing.assert_array_equal(model.parameter_vector, values)
    np.testing.assert_array_equal(model.gradient_vector, grads)
    model.backward(loss.backward())  # of the pass before
    np.testing.assert_array_equal(model.gradient_vector, grads)


def test_table_has_every_layer_and_shares_of_the_step():
    text = str(measured(lk.Dense(3, 4), lk.ReLU(), lk.Dense(4, 2), optimizer=lk.SGD))
    lines = text.splitlines()
    assert lines[0] == "Time of a training step on 6 rows, µs"
    starts = ["0  Dense(3, 4) ", "1  ReLU() ", "2  Dense(4, 2) ", "loss ", "update ", "overhead ", "──", "step "]
    assert all(line.startswith(start) for line, start in zip(lines[3:], starts, strict=True))
    assert "100%" in lines[-1]
    head, rule, *rows, lower_rule, step = lines[1:]
    assert len(head) == len(rule) == len(lower_rule) == len(step)
    assert {line.index("%") for line in (*rows, step) if "%" in line} == {head.index("share") + 4}


def test_empty_batch_is_refused():
    model = lk.Sequential(lk.Dense(3, 2))
    with pytest.raises(
        lk.errors.ShapeError,
        match=r"x and y: all arrays must have equally many rows, at least one, got shapes \(0, 3\)",
    ):
        lk.profile(model, X[:0], Y[:0], lk.MSELoss())


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "1"])
def test_time_to_measure_must_be_a_number_above_0(seconds):
    with pytest.raises(lk.errors.ConfigError, match="seconds must be"):
        lk.profile(lk.Sequential(lk.Dense(3, 2)), X, Y, lk.MSELoss(), seconds=seconds)


def test_what_is_no_network_loss_or_optimizer_of_it_is_refused():
    model, loss = lk.Sequential(lk.Dense(3, 2)), lk.MSELoss()
    with pytest.raises(lk.errors.ConfigError, match=r"model must be an instance of Sequential, got Dense\(3, 2\)"):
        lk.profile(model[0], X, Y, loss)
    with pytest.raises(lk.errors.ConfigError, match="loss must be an instance of Loss, got <class"):
        lk.profile(model, X, Y, lk.MSELoss)
    with pytest.raises(lk.errors.ConfigError, match="optimizer must be one of this model"):
        lk.profile(model, X, Y, loss, lk.SGD(lk.Sequential(lk.Dense(3, 2))))

"""Where the time of a step goes, on copies."""

import pickle
import time

import numpy as np
import pytest

import layerkit as lk

X, Y = np.ones((6, 3), np.float32), np.ones((6, 2), np.float32)


class Slow(lk.Layer):
    """A layer that takes two milliseconds forward, and four backward."""

    def forward(self, x, training=True, out=None):
        time.sleep(0.002)
        return x + 1

    def backward(self, grad, out=None):
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
    assert slow.calls > 0.0059  # sleeping does not depend on the batch


def test_products_are_those_of_the_dense_layers():
    times = measured(lk.Dense(3, 4), lk.ReLU(), lk.Dense(4, 2))
    assert [layer.products > 0 for layer in times.layers] == [True, False, True]
    assert times.products == times.layers[0].products + times.layers[2].products


def test_first_layer_that_learns_does_without_the_gradient_of_its_input():
    times = measured(lk.Flatten(), lk.Dense(3, 2))
    assert times.layers[0].backward == 0  # the pass ends before it
    assert times.layers[1].backward > 0


def test_layers_inside_others_stand_for_themselves():
    times = measured(lk.Sequential(lk.Dense(3, 4), lk.ReLU()), lk.Dense(4, 2))
    assert [layer.name for layer in times.layers] == ["0.0 Dense(3, 4)", "0.1 ReLU()", "1 Dense(4, 2)"]
    assert all(layer.backward > 0 for layer in times.layers)


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
    starts = ["0 Dense(3, 4) ", "1 ReLU() ", "2 Dense(4, 2) ", "loss ", "update ", "between the layers ", "──", "step "]
    assert all(line.startswith(start) for line, start in zip(lines[3:], starts, strict=True))
    assert "100%" in lines[-1]
    assert len({len(line) for line in lines[1:]}) == 1


def test_empty_batch_is_refused():
    model = lk.Sequential(lk.Dense(3, 2))
    with pytest.raises(lk.errors.ShapeError, match="at least one row, got x of shape \\(0, 3\\)"):
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

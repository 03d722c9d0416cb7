"""The memory of a step: reused from batch to batch, never handed to the caller."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import PluginError


class Promise(lk.Layer):
    """A layer that returns what it is told to."""

    def __init__(self, result):
        self.result = result

    def forward(self, x, training=True, out=None):
        return self.result(x)

    def backward(self, grad, out=None):
        return grad


def model():
    return lk.Sequential(lk.Dense(3, 4, rng=0), lk.ReLU(), lk.Dense(4, 2, rng=1), rng=0)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (lambda x: x[:, :1], r"must return float32 samples of shape \(4,\).*returned float32 samples of shape \(1,\)"),
        (
            lambda x: x.astype(np.float64),
            r"float32 samples of shape \(4,\).*but returned float64 samples of shape \(4,\)",
        ),
    ],
)
def test_layer_that_breaks_its_promise_is_named_with_its_distribution(result, says):
    network = lk.Sequential(lk.Dense(3, 4), Promise(result))
    with pytest.raises(
        PluginError, match=rf"layer 1 of the Sequential, Promise\(.*\(distribution .*{says}.*output_shape"
    ):
        network.forward(np.ones((2, 3)))


def test_batches_of_many_sizes_give_what_fresh_networks_give():
    network, x = model(), np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    for size in (9, 4, 9, 1, 2, 3, 5, 6, 9, 4):
        found = network.forward(x[:size])
        grad = np.ones_like(found)
        dx = network.backward(grad)
        fresh = model()
        np.testing.assert_array_equal(found, fresh.forward(x[:size]))
        np.testing.assert_array_equal(dx, fresh.backward(grad))
        np.testing.assert_array_equal(network.gradient_vector, fresh.gradient_vector)


def test_only_a_few_workspaces_are_kept():
    network = model()
    for size in range(1, 20):
        network.forward(np.ones((size, 3)))
    assert len(network._workspaces) == 4


def test_backward_belongs_to_the_last_forward_whatever_its_size():
    network = model()
    network.forward(np.ones((5, 3)))
    network.forward(np.ones((2, 3)))
    assert network.backward(np.ones((2, 2))).shape == (2, 3)


def test_predicting_between_forward_and_backward_disturbs_nothing():
    network, x = model(), np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    network.forward(x)
    network.backward(np.ones((5, 2)))
    expected = network.gradient_vector.copy()
    network.forward(x)
    network.predict(x + 1)
    network.forward(x + 2, training=False)
    network.backward(np.ones((5, 2)))
    np.testing.assert_array_equal(network.gradient_vector, expected)


@pytest.mark.parametrize(
    "last",
    [lk.Linear(), lk.ReLU(), lk.Tanh(), lk.Softmax(), lk.Dropout(0.0), lk.Flatten(), lk.Dense(4, 4, rng=3)],
    ids=repr,
)
@pytest.mark.parametrize("first", [lk.Linear, lk.ReLU, lk.Tanh, lk.Flatten, lambda: lk.Dense(4, 4, rng=2)])
def test_returned_arrays_are_the_callers_own(first, last):
    network = lk.Sequential(first(), lk.Dense(4, 4, rng=0), last.__class__(**last.config()))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    grad = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    y, dx = network.forward(x), network.backward(grad)
    expected_y, expected_dx, expected_vector = y.copy(), dx.copy(), network.gradient_vector.copy()
    predicted = network.predict(x)
    for array in (y, dx, predicted):
        assert not np.shares_memory(array, x)
        assert not np.shares_memory(array, grad)
        array[:] = np.nan
    y = network.forward(x)
    np.testing.assert_array_equal(y, expected_y)
    y[:] = np.nan
    np.testing.assert_array_equal(network.backward(grad), expected_dx)
    np.testing.assert_array_equal(network.gradient_vector, expected_vector)
    np.testing.assert_array_equal(network.predict(x), network.forward(x, training=False))


IDENTITIES = [lk.Linear, lk.Flatten, lambda: lk.Dropout(0.0), lambda: lk.Sequential(lk.Linear())]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_results_of_earlier_steps_stay_as_they_were(identity):
    """A layer that returns what it got would hand out the workspace, which the next step writes to."""
    network = lk.Sequential(identity(), lk.Dense(4, 4, rng=0), identity())
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    results = [network.forward(x), network.backward(x), network.predict(x)]
    kept = [array.copy() for array in results]
    network.forward(x + 1)
    network.backward(x + 1)
    network.predict(x + 1)
    for array, old in zip(results, kept, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_network_that_changes_nothing_returns_copies_all_the_same(identity):
    network, x, grad = lk.Sequential(identity(), identity()), np.ones((5, 4), np.float32), np.ones((5, 4), np.float32)
    for array in (network.forward(x), network.backward(grad), network.predict(x), network.forward(x, training=False)):
        assert not np.shares_memory(array, x)
        assert not np.shares_memory(array, grad)

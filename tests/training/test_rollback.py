"""Rollback: an overflow is located, and undone."""

import copy

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import NumericalError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] * 2 - X[:, 1:2]).astype(np.float32)


def network(seed=0, **options):
    return lk.Sequential(lk.Dense(4, 8), lk.ReLU(), lk.Dense(8, 1), rng=seed, **options)


def trainer(model=None, learning_rate=0.05, loss=None, **options):
    model = model or network()
    return lk.Trainer(model, loss or lk.MSELoss(), lk.SGD(model, learning_rate), rng=0, **options)


def test_divergence_names_epoch_batch_and_layer_and_restores_the_last_good_parameters():
    model = network()
    t = trainer(model, learning_rate=0.01)
    t.fit(X, Y, epochs=1)
    good = model.parameter_vector.copy()
    t.optimizer.learning_rate = 1e30
    message = (
        r"in epoch 0, batch 1, the loss is nan: the output of layer 2, Dense\(8, 1\), is the first that is not "
        r"finite\. The epoch has been undone\. Lower the learning rate, 1e\+30,"
    )
    with pytest.raises(NumericalError, match=message):
        t.fit(X, Y, epochs=2, batch_size=16)
    assert np.array_equal(model.parameter_vector, good)


def test_state_of_the_optimizer_goes_back_with_the_parameters():
    model = network()
    optimizer = lk.Adam(model, 0.01)
    t = lk.Trainer(model, lk.MSELoss(), optimizer, rng=0)
    t.fit(X, Y, batch_size=25)
    before = copy.deepcopy(optimizer.state())
    assert before["steps"] == 2  # and would be 3 after the first step of the next epoch
    optimizer.learning_rate = 1e30
    with pytest.raises(NumericalError, match="batch 1"):
        t.fit(X, Y, epochs=3, batch_size=25)
    after = optimizer.state()
    assert after.pop("steps") == before.pop("steps")
    assert (after.pop("learning_rate"), before.pop("learning_rate")) == (1e30, 0.01)
    assert set(after) == {"first_moment", "second_moment"}
    assert all(np.array_equal(after[name], before[name]) for name in before)
    optimizer.learning_rate = 0.01
    assert np.isfinite(t.fit(X, Y, epochs=2)["loss"]).all()  # the training can go on


class Counting(lk.Layer):
    """The identity, with statistics that each training pass changes."""

    def __init__(self):
        self.mean = np.zeros(4, np.float32)
        self.seen = []

    def forward(self, x, training=True):
        self.seen.append((training, x.copy()))
        if training:
            self.mean = 0.9 * self.mean + np.float32(0.1) * x.mean(axis=0)
        return x

    def backward(self, grad, input_grad=True):
        return grad


def test_running_statistics_go_back_with_the_parameters():
    layer = Counting()
    model = lk.Sequential(layer, lk.Dense(4, 1), rng=0)
    t = trainer(model, learning_rate=0.01)
    t.fit(X, Y)
    before = layer.mean.copy()
    t.optimizer.learning_rate = 1e30
    with pytest.raises(NumericalError):
        t.fit(X, Y, epochs=2, batch_size=10)
    assert np.array_equal(layer.mean, before)


def test_search_for_the_first_layer_that_is_not_finite_passes_on_what_each_layer_returned_and_trains_nothing():
    class Scaled(Counting):
        def forward(self, x, training=True):
            return 2 * super().forward(x, training)

    first, second = Scaled(), Counting()
    model = lk.Sequential(first, lk.Sequential(second, lk.Dropout(0.5)), lk.Dense(4, 1), rng=0)
    first.seen, second.seen = [], []
    model[2].weight.value = np.full((4, 1), 3e38)
    with pytest.raises(NumericalError, match=r"batch 0.*the output of layer 2, Dense\(4, 1\), is the first"):
        trainer(model).fit(np.ones((5, 4)), np.ones((5, 1)))
    trained = [i for i, (training, _) in enumerate(first.seen) if training]
    assert len(trained) == 1
    for training, x in first.seen[trained[0] + 1 :]:
        assert not training
        assert np.array_equal(x, np.ones((5, 4)))
    assert not second.seen[-1][0]
    assert np.array_equal(second.seen[-1][1], np.full((5, 4), 2))


def test_layer_of_a_network_in_the_network_is_named_by_both_positions():
    model = lk.Sequential(lk.Dense(4, 4), lk.Residual(lk.Tanh(), lk.Dense(4, 4)), lk.Dense(4, 1), rng=0)
    model[1][1].weight.value = np.full((4, 4), 3e38)
    with pytest.raises(NumericalError, match=r"the output of layer 1\.1, Dense\(4, 4\), is the first"):
        trainer(model).fit(X, Y)
    model[1][1].weight.value = np.full((4, 4), np.nan)
    with pytest.raises(NumericalError, match=r"the weight of layer 1\.1, Dense\(4, 4\), is the first"):
        trainer(model).fit(X, Y)


def test_parameters_that_overflow_in_the_very_last_step_are_noticed():
    model = lk.Sequential(lk.Dense(1, 1, bias=False), rng=0)
    good = model.parameter_vector.copy()
    t = trainer(model, learning_rate=1e38)
    with pytest.raises(
        NumericalError, match=r"after the last batch, a parameter is not finite: the weight of layer 0, Dense\(1, 1"
    ):
        t.fit(np.full((4, 1), 100.0), np.full((4, 1), 1e4), batch_size=4)
    assert np.array_equal(model.parameter_vector, good)


def test_a_loss_that_overflows_by_itself_is_said_to():
    model = lk.Sequential(lk.Dense(1, 1), rng=0)
    with pytest.raises(NumericalError, match="batch 0, the loss is inf: the loss itself is the first"):
        trainer(model).fit(np.ones((2, 1)), np.full((2, 1), 1e30))


def test_an_overflow_on_the_way_to_a_finite_result_is_no_error():
    class NaiveSigmoid(lk.Activation):
        def function(self, z):
            return 1 / (1 + np.exp(-z))  # e^{1000} is infinite, 1/inf is 0

        def derivative(self, z):
            return self.function(z) * (1 - self.function(z))

    model = lk.Sequential(lk.Dense(1, 1), NaiveSigmoid(), rng=0)
    assert np.isfinite(trainer(model).fit([[-1e4], [1e4]], [[0.0], [1.0]])["loss"]).all()


class Both(lk.Layer):
    """a(x) + b(x): layers side by side."""

    def __init__(self):
        self.layers = (lk.Dense(4, 1), lk.Dense(4, 1))

    def forward(self, x, training=True):
        return self.layers[0].forward(x, training) + self.layers[1].forward(x, training)

    def backward(self, grad, input_grad=True):
        return self.layers[0].backward(grad) + self.layers[1].backward(grad)

    def output_shape(self, shape):
        return (1,)


def test_divergence_in_a_layer_made_of_layers_is_diagnosed_and_undone():
    model = lk.Sequential(Both(), rng=0)
    before = model.parameter_vector.copy()
    with pytest.raises(NumericalError, match=r"the (layers\.\d\.weight|output) of layer 0, Both\(\)|the loss itself"):
        trainer(model, learning_rate=1e20).fit(X, Y, epochs=5, batch_size=5)
    assert np.array_equal(model.parameter_vector, before)

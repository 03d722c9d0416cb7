"""Parts and wholes: slices, copies, networks in networks, and layers that users make of layers."""

import copy
import pickle

import numpy as np
import pytest
from differences import slope
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def network(**options):
    return lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 2), lk.Tanh(), **{"rng": 0, **options})


def trained(model, steps=3):
    """Return the parameters after some steps towards 0."""
    loss, optimizer = lk.MSELoss(), lk.SGD(model, learning_rate=0.1)
    for _ in range(steps):
        y = model.forward(X)
        loss.forward(y, np.zeros_like(y))
        model.backward(loss.backward(), input_grad=False)
        optimizer.step()
    return model.parameter_vector


class Block(lk.Layer):
    """A user's layer made of layers, with a parameter of its own: x + s f(x)."""

    def __init__(self, features):
        self.features = features
        self.inner = [lk.Dense(features, features), lk.Tanh()]
        self.scale = lk.Parameter((1,), lk.initializers.Normal(1.0))

    def forward(self, x, training=True):
        y = x
        for layer in self.inner:
            y = layer.forward(y, training)
        if training:
            self.cache = y
        return x + self.scale.value * y

    def backward(self, grad, input_grad=True):
        self.scale.grad = [np.sum(grad * self.cache)]
        inner = self.scale.value * grad
        for layer in reversed(self.inner):
            inner = layer.backward(inner)
        return grad + inner if input_grad else None


def test_it_is_a_sequence_of_its_layers():
    model = network()
    assert len(model) == 4
    assert list(model) == list(model.layers) == [model[i] for i in range(4)]
    assert model[-1] is model.layers[3]
    with pytest.raises(IndexError):
        model[4]


def test_slice_shares_parameters_with_the_network():
    model = network()
    head = model[:2]
    np.testing.assert_array_equal(model[2:].predict(head.predict(X)), model.predict(X))
    for whole, vector in (
        (model.parameter_vector, head.parameter_vector),
        (model.gradient_vector, head.gradient_vector),
    ):
        assert np.shares_memory(vector, whole)
        assert vector.size == 25
    before = model.parameter_vector.copy()
    trained(head)
    assert (model.parameter_vector[:25] != before[:25]).any()
    np.testing.assert_array_equal(model.parameter_vector[25:], before[25:])


def test_whole_slice_and_network_go_on_sharing():
    model = network()
    whole = model[:]
    model.parameter_vector[:] = 1
    assert (whole.parameter_vector == 1).all()
    whole.parameter_vector[:] = 2
    assert (model[0].weight.value == 2).all()
    assert (model.parameter_vector == 2).all()


def test_slice_follows_its_network_by_either_vector():
    for name in ("parameter_vector", "gradient_vector"):
        model = network()
        part = model[:2]
        outer = lk.Sequential(model, lk.Dense(2, 2))
        getattr(outer, name)[:] = 5
        assert (getattr(part, name) == 5).all()


def test_empty_slice_is_refused():
    with pytest.raises(ConfigError, match="at least one layer, got none"):
        network()[4:]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copy_trains_as_the_original_and_apart_from_it(duplicate):
    model = lk.Sequential(lk.Dense(4, 4), lk.Sequential(lk.Dropout(0.5), lk.ReLU(), lk.Dense(4, 4), rng=1), rng=0)
    trained(model)
    twin = duplicate(model)
    assert twin.dtype == twin.parameter_vector.dtype == np.float32
    np.testing.assert_array_equal(twin.parameter_vector, model.parameter_vector)
    np.testing.assert_array_equal(twin.gradient_vector, model.gradient_vector)
    assert not np.shares_memory(twin.parameter_vector, model.parameter_vector)
    assert np.shares_memory(twin[1].parameter_vector, twin.parameter_vector)
    np.testing.assert_array_equal(trained(twin), trained(model))  # masks included
    before = model.parameter_vector.copy()
    trained(twin)
    np.testing.assert_array_equal(model.parameter_vector, before)
    lk.Sequential(twin[0])  # free to be composed anew


def test_copy_of_one_layer_belongs_to_no_network():
    model = network()
    other = lk.Sequential(copy.deepcopy(model[0]), lk.Dense(5, 1), rng=0)
    np.testing.assert_array_equal(other[0].weight.value, model[0].weight.value)
    assert not np.shares_memory(other.parameter_vector, model.parameter_vector)


def test_nested_network_computes_what_the_flat_one_does():
    flat = lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 3), lk.Tanh(), lk.Dense(3, 2), rng=0)
    inner = lk.Sequential(lk.ReLU(), lk.Sequential(lk.Dense(5, 3)), lk.Tanh())
    nested = lk.Sequential(lk.Dense(4, 5), inner, lk.Dense(3, 2), rng=0)
    np.testing.assert_array_equal(nested.parameter_vector, flat.parameter_vector)
    y, dx = flat.forward(X), flat.backward(np.ones((6, 2)))
    np.testing.assert_array_equal(nested.forward(X), y)
    np.testing.assert_array_equal(nested.backward(np.ones((6, 2))), dx)
    np.testing.assert_array_equal(nested.gradient_vector, flat.gradient_vector)
    np.testing.assert_array_equal(trained(nested), trained(flat))


def test_inner_network_can_still_be_used_alone():
    inner = lk.Sequential(lk.Dense(4, 4), lk.ReLU(), rng=0)
    expected = inner.predict(X)
    outer = lk.Sequential(inner, lk.Dense(4, 1), rng=1)
    np.testing.assert_array_equal(inner.predict(X), expected)
    before = outer.parameter_vector.copy()
    np.testing.assert_array_equal(trained(inner), outer.parameter_vector[:20])
    assert (outer.parameter_vector[:20] != before[:20]).any()


def test_optimizer_follows_a_network_into_a_larger_one():
    inner = lk.Sequential(lk.Dense(4, 4), lk.ReLU(), rng=0)
    optimizer = lk.SGD(inner, learning_rate=1.0)
    optimizer.step()
    outer = lk.Sequential(inner, lk.Dense(4, 1), rng=1)
    before = outer.parameter_vector.copy()
    outer.gradient_vector[:] = 1
    optimizer.step()
    np.testing.assert_allclose(outer.parameter_vector[:20], before[:20] - 1, rtol=1e-6)
    np.testing.assert_array_equal(outer.parameter_vector[20:], before[20:])


def test_layer_made_of_layers_is_drawn_with_gains_and_reproducibly():
    first, second = (lk.Sequential(lk.Dense(4, 4), Block(4), lk.Dense(4, 2), rng=0) for _ in range(2))
    np.testing.assert_array_equal(first.parameter_vector, second.parameter_vector)
    assert first.parameter_vector.size == 20 + 21 + 10
    assert np.shares_memory(first[1].scale.value, first.parameter_vector)


def test_layer_made_of_layers_trains_copies_and_predicts():
    model = lk.Sequential(lk.Dense(4, 4), Block(4), rng=0)
    twin = copy.deepcopy(model)
    cost = [np.square(model.predict(X)).mean()]
    trained(model, 20)
    cost.append(np.square(model.predict(X)).mean())
    assert cost[1] < cost[0]
    np.testing.assert_array_equal(trained(twin, 20), model.parameter_vector)


def test_names_lead_to_the_parameters():
    model = lk.Sequential(lk.Dense(4, 4), Block(4))
    assert list(model.named_parameters()) == ["0.weight", "0.bias", "1.scale", "1.inner.0.weight", "1.inner.0.bias"]
    assert list(model.children()) == ["0", "1"]
    assert [name for name, _ in model.walk()] == ["", "0", "1", "1.inner.0", "1.inner.1"]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_network_inside_a_layer_takes_the_dtype_of_the_whole(duplicate):
    # once it kept float32 and rounded the weights of copies that were made before the first pass
    class Holder(lk.Layer):
        def __init__(self):
            self.inner = lk.Sequential(lk.Dense(4, 4), lk.Tanh())

        def forward(self, x, training=True):
            return self.inner.forward(x, training)

        def backward(self, grad, input_grad=True):
            return self.inner.backward(grad, input_grad)

    model = lk.Sequential(Holder(), rng=0, dtype="float64")
    twin = duplicate(model) if duplicate is copy.deepcopy else model
    assert twin[0].inner.dtype == twin[0].inner.parameter_vector.dtype == np.float64
    np.testing.assert_array_equal(twin.parameter_vector, model.parameter_vector)
    x = X.astype(np.float64)
    np.testing.assert_array_equal(twin.forward(x), model.forward(x))


@pytest.mark.parametrize("depth", [1, 2, 3])
@given(data=st.data())
def test_random_networks_have_the_gradients_of_differences(depth, data):
    def part(depth, size):
        kind = data.draw(
            st.sampled_from(["dense", "tanh", "sequential", "residual", "parallel"] if depth else ["dense"])
        )
        if kind == "sequential":
            inner = [part(depth - 1, size), lk.SiLU()]
            return lk.Sequential(*inner)
        if kind == "residual":
            return lk.Residual(part(depth - 1, size), lk.Dense(size, size))
        if kind == "parallel":
            join = data.draw(st.sampled_from(["add", "multiply"]))
            return lk.Parallel(part(depth - 1, size), lk.Dense(size, size), join=join)
        return lk.Tanh() if kind == "tanh" else lk.Dense(size, size)

    size, length = data.draw(st.integers(1, 3)), data.draw(st.sampled_from([(), (2,)]))
    model = lk.Sequential(part(depth, size), part(depth, size), rng=data.draw(st.integers(0, 9)), dtype="float64")
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, *length, size)), rng.normal(size=(2, *length, size))
    model.forward(x)
    dx, grad = model.backward(weights), model.gradient_vector.copy()

    def cost():
        return float(np.vdot(weights, model.forward(x, training=False)))

    for array, found in ((x, dx), (model.parameter_vector, grad)):
        direction = rng.normal(size=array.shape)
        kept = array.copy()

        def along(t, array=array, kept=kept, direction=direction):
            array[...] = kept + t * direction
            return cost()

        np.testing.assert_allclose(np.vdot(found, direction), slope(along, 0.0), rtol=1e-6, atol=1e-8)
        array[...] = kept

"""What a layer is made of, and what goes through all of it: names, drawing, dtypes, buffers."""

import copy
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError
from layerkit.parameter import Randomness


class Part(lk.Layer):
    """A layer with a parameter, a generator and a buffer."""

    def __init__(self, size=2):
        self.size = size
        self.mean = np.zeros(size, np.float32)
        self.count = np.zeros((), np.int64)
        self.weight = lk.Parameter((size,), lk.initializers.Normal(1.0))
        self.noise = Randomness()

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return x * self.weight.value

    def backward(self, grad, input_grad=True):
        self.weight.grad = (grad * self.cache).sum(axis=0)
        return grad * self.weight.value if input_grad else None


class Whole(Part):
    """One made of layers: as attributes, in a list, in a tuple, and with parameters in a list."""

    def __init__(self):
        self.first = Part()
        super().__init__(3)
        self.heads = [Part(), lk.ReLU(), Part()]
        self.tail = (lk.Sequential(Part(), lk.Dense(2, 2)),)
        self.slopes = [lk.Parameter((1,)), lk.Parameter((1,))]
        self.text, self.numbers = "none of these", [1.0, 2.0]


NAMES = [
    "weight", "slopes.0", "slopes.1", "first.weight", "heads.0.weight", "heads.2.weight", "tail.0.0.weight",
    "tail.0.1.weight", "tail.0.1.bias",
]  # fmt: skip


def test_children_are_the_layers_among_the_attributes_with_their_names():
    whole = Whole()
    assert list(whole.children()) == ["first", "heads.0", "heads.1", "heads.2", "tail.0"]
    assert whole.children()["heads.2"] is whole.heads[2]
    assert whole.first.children() == {}


def test_walk_goes_through_everything_once_each_before_what_it_is_made_of():
    whole = Whole()
    assert [name for name, _ in whole.walk()] == [
        "", "first", "heads.0", "heads.1", "heads.2", "tail.0", "tail.0.0", "tail.0.1"
    ]  # fmt: skip
    assert [name for name, _ in whole.walk("3")][:2] == ["3", "3.first"]
    assert dict(whole.walk())["tail.0.1"] is whole.tail[0][1]


def test_parameters_are_named_by_the_path_to_them_own_ones_first():
    whole = Whole()
    assert list(whole.named_parameters()) == NAMES
    assert whole.parameters() == list(whole.named_parameters().values())
    assert whole.named_parameters()["slopes.1"] is whole.slopes[1]
    network = lk.Sequential(lk.ReLU(), lk.Parallel(lk.Linear(), Part()))
    assert list(network.named_parameters()) == ["1.1.weight"]


def test_parameters_of_a_part_lie_in_a_row_within_those_of_the_whole():
    whole = Whole()
    parameters = whole.parameters()
    for _, part in whole.walk():
        own = part.parameters()
        if own:
            start = parameters.index(own[0])
            assert parameters[start : start + len(own)] == own


def test_order_of_the_attributes_is_that_of_the_vector():
    class Order(lk.Linear):
        def __init__(self):
            self.b, self.a = lk.Parameter((2,)), lk.Parameter((3,))

    assert list(Order().named_parameters()) == ["b", "a"]


def test_buffers_are_arrays_and_generators_of_the_layer_itself():
    part = Part()
    assert part.buffers() == {"mean": part.mean, "count": part.count, "noise": part.noise}
    part.forward(np.ones((4, 2)))
    assert "cache" not in part.buffers()
    assert list(Whole().buffers()) == ["mean", "count", "noise"]
    assert list(lk.Dropout().buffers()) == ["randomness"]
    assert lk.Dense(2, 2).draw(0).buffers() == {}


def test_one_seed_draws_everything_reproducibly_and_nothing_twice_alike():
    first, second = Whole().draw(7), Whole().draw(np.random.default_rng(7))
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    drawn = [layer.noise.rng.random() for _, layer in first.walk() if isinstance(layer, Part)]
    assert drawn == [layer.noise.rng.random() for _, layer in second.walk() if isinstance(layer, Part)]
    values = [tuple(p.value) for name, p in first.named_parameters().items() if name.endswith("weight") and p.size == 2]
    assert len(set(values)) == len(values) == 4
    assert len(set(drawn)) == len(drawn)


def test_order_of_drawing_is_own_attributes_then_children():
    part, rng = Part(3).draw(1), np.random.default_rng(1)
    np.testing.assert_array_equal(part.weight.value, rng.normal(0, 1, 3).astype(np.float32))
    assert part.noise.rng.random() == np.random.default_rng(int(rng.integers(2**63))).random()
    whole, rng = Whole().draw(1), np.random.default_rng(1)
    np.testing.assert_array_equal(whole.weight.value, rng.normal(0, 1, 3).astype(np.float32))
    rng.integers(2**63)  # its own generator
    np.testing.assert_array_equal(whole.first.weight.value, rng.normal(0, 1, 2).astype(np.float32))


def test_what_is_set_is_not_drawn_over():
    whole = Whole()
    whole.heads[0].weight.value = [5.0, 6.0]
    seen = whole.first.weight.value.copy()
    whole.draw(0).draw(1)
    np.testing.assert_array_equal(whole.heads[0].weight.value, [5, 6])
    np.testing.assert_array_equal(whole.first.weight.value, seen)


@pytest.mark.parametrize("drawn", [True, False])
def test_astype_goes_through_everything(drawn):
    whole = Whole()
    if drawn:
        whole.draw(0)
    values = [parameter.value.copy() for parameter in whole.parameters()] if drawn else []
    whole.astype("float64")
    for _, layer in whole.walk():
        assert layer.dtype == np.float64
        if isinstance(layer, Part):
            assert (layer.mean.dtype, layer.count.dtype) == (np.float64, np.int64)
    assert {p.value.dtype for p in whole.parameters()} == {p.grad.dtype for p in whole.parameters()} == {
        np.dtype(np.float64)
    }  # fmt: skip
    for parameter, value in zip(whole.parameters(), values, strict=False):
        np.testing.assert_array_equal(parameter.value, value)
    for twin in (copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        assert {layer.dtype for _, layer in twin.walk()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", ["float16", int, None, "complex64"])
def test_astype_refuses_other_dtypes(dtype):
    with pytest.raises(ConfigError, match="dtype must be float32 or float64, got"):
        Part().astype(dtype)


@pytest.mark.parametrize("wrong", [np.ones(2), [1.0, 2.0], None, 3.0])
def test_array_in_place_of_a_parameter_is_refused_with_the_assignment_that_works(wrong):
    model = lk.Sequential(lk.Dense(1, 2), lk.ReLU())
    says = rf"weight of Dense\(1, 2\) is a Parameter, got {type(wrong).__name__}\. Assign to weight\.value to set"
    with pytest.raises(ConfigError, match=says):
        model[0].weight = wrong


def test_replaced_parameter_is_the_one_that_the_network_trains():
    model = lk.Sequential(lk.Dense(1, 2), lk.Dense(2, 1), rng=0)
    optimizer = lk.SGD(model, learning_rate=1.0)
    old = model[0].weight
    model[0].weight = lk.Parameter((1, 2), lk.initializers.Constant(5.0))
    np.testing.assert_array_equal(model.parameter_vector[:2], [5, 5])
    model.gradient_vector[:] = 1.0
    before = old.value.copy()
    optimizer.step()
    np.testing.assert_array_equal(model[0].weight.value, [[4, 4]])
    np.testing.assert_array_equal(old.value, before)


def test_gain_is_told_to_own_parameters_and_passed_on():
    whole = Whole()
    assert whole.set_gain(3.0) == 1.0  # what it does to the gain of the layers before, nobody knows
    gains = {name: parameter.gain for name, parameter in whole.named_parameters().items()}
    assert gains.pop("tail.0.0.weight") == 1.0  # a Dense follows it
    assert set(gains.values()) == {3.0}
    assert lk.Flatten().set_gain(3.0) == 3.0
    assert lk.Tanh().set_gain(3.0) == lk.Tanh().gain
    assert lk.Dense(2, 2).set_gain(None) == 1.0

"""Composing: what fits, what is refused and with which advice, and where parameters lie."""

import copy

import numpy as np
import pytest

import layerkit as lk
from layerkit.network.composition import leaves
from layerkit.errors import ConfigError, PluginError, ShapeError


def state(*layers):
    """Return values and gradients of layers, without drawing what nobody has seen."""
    return [
        (parameter.value.copy() if parameter.is_set else None, parameter.grad.copy(), parameter.is_bound)
        for layer in layers
        for parameter in layer.parameters()
    ]


def assert_same_state(found, expected):
    for (value, grad, bound), (old_value, old_grad, old_bound) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, old_value)
        np.testing.assert_array_equal(grad, old_grad)
        assert bound is old_bound


def test_layers_that_do_not_fit_are_named_with_their_places():
    with pytest.raises(
        ShapeError,
        match=r"layer 2 of the Sequential: Dense\(32, 10\) takes 32 features, got 64 features\. Give it 32, or make it "
        r"Dense\(64, 10\)\. It comes after layer 1, ReLU\(\)\.",
    ):
        lk.Sequential(lk.Dense(8, 64), lk.ReLU(), lk.Dense(32, 10))


def test_misfit_inside_a_nested_network_is_found():
    inner = lk.Sequential(lk.Dense(3, 3), lk.Tanh())
    with pytest.raises(
        ShapeError, match=r"layer 1 of the Sequential: layer 0 of the Sequential: Dense\(3, 3\) takes 3"
    ):
        lk.Sequential(lk.Dense(2, 4), inner)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([], "a Sequential needs at least one layer, got none"),
        (
            [[lk.ReLU()]],
            r"layer 0 of the Sequential must be a Layer object, got \[ReLU\(\)\]. .*Sequential\(\*layers\)",
        ),
        ([lk.ReLU(), "relu"], r"layer 1 .* got 'relu'\. Make one: layerkit\.activation\('relu'\)"),
        ([lk.ReLU], r"got <class .*ReLU'>\. Make one: ReLU\(\.\.\.\)"),
        ([np.tanh], r"must be a Layer object, got <ufunc 'tanh'>\.$"),
    ],
)
def test_what_is_no_layer_is_refused_with_advice(layers, says):
    with pytest.raises(ConfigError, match=says):
        lk.Sequential(*layers)


def test_same_layer_twice_is_refused_with_an_explanation():
    relu, dense = lk.ReLU(), lk.Dense(2, 2)
    says = r"layer 2 of the Sequential, ReLU\(\), is layer 0 of the Sequential as well.*copy\.deepcopy"
    with pytest.raises(ConfigError, match=says):
        lk.Sequential(relu, dense, relu)
    with pytest.raises(ConfigError, match=r"layer 1 of the Sequential, Dense\(2, 2\), is layer 0"):
        lk.Sequential(dense, lk.Sequential(dense))
    assert lk.Sequential(dense, copy.deepcopy(dense)).parameter_vector.size == 12


def test_parameter_shared_by_two_layers_is_refused():
    first, second = lk.Dense(2, 2), lk.Dense(2, 2)
    second.weight = first.weight
    with pytest.raises(ConfigError, match=r"layer 1 .*Parameter\('weight'.*is layer 0 of the Sequential as well"):
        lk.Sequential(first, second)


def test_mixed_dtypes_need_a_decision():
    layers = lk.Dense(2, 3), lk.Dense(3, 1, dtype=np.float64)
    with pytest.raises(ConfigError, match=r"parameters of float32 and of float64\. Pass the Sequential a dtype"):
        lk.Sequential(*layers)
    assert lk.Sequential(*layers, dtype=np.float64).dtype == np.float64


REFUSALS = {
    "seed": ({"rng": -1}, ()),
    "dtype": ({"dtype": "float16"}, ()),
    "misfit": ({}, (lk.Dense(9, 9),)),
    "no layer": ({}, ("relu",)),
}


@pytest.mark.parametrize(("options", "more"), REFUSALS.values(), ids=REFUSALS)
def test_refused_composition_changes_nothing(options, more):
    layers = lk.Dense(2, 3), lk.Dense(3, 2)
    layers[0].weight.value = np.ones((2, 3))
    before = state(*layers)
    with pytest.raises((ConfigError, ShapeError)):
        lk.Sequential(*layers, *more, **options)
    assert_same_state(state(*layers), before)
    other = lk.Sequential(lk.Dense(3, 2), layers[0])  # nobody else has a claim on it
    assert other.parameter_vector.size == 17


def test_gain_that_cannot_be_computed_is_refused_before_anything_moves():
    class Nothing(lk.Activation):
        def function(self, z):
            return 0 * z

        def derivative(self, z):
            return 0 * z

    dense = lk.Dense(2, 3)
    with pytest.raises(PluginError, match=r"the gain .* of Nothing\(\) .* got 0\.0\. Set `gain` on the class"):
        lk.Sequential(dense, Nothing())
    assert not dense.weight.is_bound


@pytest.mark.parametrize(
    "take",
    [
        lambda a, b: [a, lk.Dense(2, 2)],
        lambda a, b: [lk.Dense(2, 2), b],
        lambda a, b: [b, a],
        lambda a, b: [a, lk.Dense(2, 2), b],
        lambda a, b: [lk.Sequential(lk.Dense(2, 2)), a],
    ],
)
def test_layers_of_another_network_are_refused_with_advice(take):
    a, b = lk.Dense(2, 2), lk.Dense(2, 2)
    other = lk.Sequential(a, lk.ReLU(), b, rng=0)
    layers = take(a, b)
    before = state(*layers)
    with pytest.raises(
        ConfigError,
        match=r"layer [01] of the Sequential, Dense\(2, 2\), belongs to another network, whose parameters would be "
        r"torn apart\. Put copy\.deepcopy of it here: of a layer, of a whole network, or of a slice",
    ):
        lk.Sequential(*layers)
    assert_same_state(state(*layers), before)
    assert other.forward(np.ones((1, 2))).shape == (1, 2)


def test_refused_slice_of_steps_leaves_the_network_whole():
    model = lk.Sequential(lk.Dense(2, 2), lk.Dense(2, 2), lk.Dense(2, 2), rng=0)
    with pytest.raises(ConfigError, match="torn apart"):
        model[::2]
    with pytest.raises(ConfigError, match="torn apart"):
        model[::-1]
    assert model.parameter_vector.size == 18


def test_neighbours_of_another_network_share_its_memory():
    a, b, c = lk.Dense(2, 2), lk.Dense(2, 2), lk.Dense(2, 2)
    model = lk.Sequential(a, b, c, rng=0)
    part = lk.Sequential(lk.ReLU(), b, c)
    assert np.shares_memory(part.parameter_vector, model.parameter_vector)
    with pytest.raises(ConfigError, match="torn apart"):
        lk.Sequential(b, c, dtype=np.float64)


def test_network_goes_into_a_larger_one_as_a_whole_and_follows_it():
    inner = lk.Sequential(lk.Dense(2, 2), lk.ReLU(), lk.Dense(2, 3), rng=0)
    values, part = inner.parameter_vector.copy(), inner[1:]
    outer = lk.Sequential(lk.Dense(4, 2), inner, lk.Dense(3, 1), rng=1)
    np.testing.assert_array_equal(inner.parameter_vector, values)
    for smaller in (inner, part):
        assert np.shares_memory(smaller.parameter_vector, outer.parameter_vector)
        assert np.shares_memory(smaller.gradient_vector, outer.gradient_vector)
    np.testing.assert_array_equal(outer.parameter_vector[10 : 10 + values.size], values)
    outer.parameter_vector[:] = 7
    assert (part.parameter_vector == 7).all()


def test_two_whole_networks_become_one():
    first, second = (lk.Sequential(lk.Dense(2, 2), lk.Tanh(), rng=seed) for seed in (0, 1))
    x = np.ones((3, 2), np.float32)
    expected = second.predict(first.predict(x))
    both = lk.Sequential(*first, *second)
    np.testing.assert_array_equal(both.predict(x), expected)
    assert np.shares_memory(second.parameter_vector, both.parameter_vector)
    assert np.shares_memory(first.parameter_vector, both.parameter_vector)


def test_leaves_look_inside_what_is_made_of_layers():
    relu, dense, tanh = lk.ReLU(), lk.Dense(2, 2), lk.Tanh()
    assert list(leaves([relu, lk.Sequential(lk.Sequential(dense), tanh)])) == [relu, dense, tanh]

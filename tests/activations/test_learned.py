"""LearnedActivation: elementwise formulas with parameters; the sums over the batch are done for the author."""

import copy
import json

import numpy as np
import pytest
from differences import gradient
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError, PluginError, ShapeError


class Bent(lk.LearnedActivation):
    """f(z) = s tanh(z) + t z²."""

    name = "bent"

    def __init__(self, features=None, scale=1.5):
        super().__init__(features)
        self.scale = scale
        self.s, self.t = self.learned(scale), self.learned(0.25)

    def function(self, z, s, t):
        return s * np.tanh(z) + t * z * z

    def derivative(self, z, s, t):
        return s / np.cosh(z) ** 2 + 2 * t * z

    def parameter_derivatives(self, z, s, t):
        return {"s": np.tanh(z), "t": z * z}


def with_formula(name, formula):
    formula.__name__ = name
    return type("Odd", (Bent,), {name: formula})()


def test_hand_computed_numbers_of_a_shared_parameter():
    layer = Bent(scale=2.0).astype(np.float64)
    z = np.array([[0.0, 1.0], [2.0, 0.0]])
    np.testing.assert_allclose(layer.forward(z), [[0, 2 * np.tanh(1) + 0.25], [2 * np.tanh(2) + 1, 0]])
    layer.backward(np.array([[1.0, 10.0], [100.0, 1000.0]]))
    np.testing.assert_allclose(layer.s.grad, [10 * np.tanh(1) + 100 * np.tanh(2)])
    np.testing.assert_allclose(layer.t.grad, [10 + 400])


def test_each_feature_sums_over_its_own_column_of_any_batch():
    layer = Bent(2).astype(np.float64)
    z = np.random.default_rng(0).normal(size=(3, 4, 2))
    layer.forward(z)
    layer.backward(np.ones_like(z))
    np.testing.assert_allclose(layer.s.grad, np.tanh(z).sum(axis=(0, 1)))
    assert (layer.s.shape, layer.input_shape, Bent().s.shape) == ((2,), (..., 2), (1,))


@given(st.sampled_from([None, 3]), st.sampled_from([(2, 3), (2, 2, 3)]), st.integers(0, 20))
def test_gradients_are_those_of_differences(features, shape, seed):
    rng = np.random.default_rng(seed)
    layer, z, weights = Bent(features).astype(np.float64), rng.normal(size=shape), rng.normal(size=shape)

    def cost():
        return float(np.vdot(weights, layer.forward(z)))

    expected = [gradient(cost, array) for array in (z, layer.s.value, layer.t.value)]
    layer.forward(z)
    dz = layer.backward(weights)
    for found, numbers in zip((dz, layer.s.grad, layer.t.grad), expected, strict=True):
        np.testing.assert_allclose(found, numbers, rtol=1e-8, atol=1e-9)


def test_shared_parameter_of_a_large_batch_sums_in_float64():
    layer = Bent()
    z = np.full((4096, 4096), 1.0, np.float32)
    layer.forward(z)
    layer.backward(np.ones_like(z), input_grad=False)
    assert layer.t.grad[0] == z.size


def test_it_trains_in_a_network_and_is_drawn_with_its_gain():
    model = lk.Sequential(lk.Dense(3, 8), Bent(8), lk.Dense(8, 1), rng=0)
    assert model[1].gain == pytest.approx(Bent().gain)
    assert model[0].weight.gain == Bent().gain
    x = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    y, loss, optimizer, costs = np.sin(x[:, :1]), lk.MSELoss(), lk.Adam(model, 0.02), []
    for _ in range(40):
        costs.append(loss.forward(model.forward(x), y))
        model.backward(loss.backward(), input_grad=False)
        optimizer.step()
    assert costs[-1] < costs[0] / 4
    assert (model[1].s.value != 1.5).all()


def test_gain_is_that_of_the_values_at_the_start():
    z = np.linspace(-12, 12, 100_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    layer = Bent(scale=2.0)
    assert layer.gain == pytest.approx(np.trapezoid(layer.function(z, 2.0, 0.25) ** 2 * density, z) ** -0.5, rel=1e-6)


def test_names_configuration_and_copies():
    layer = Bent(3, scale=2.0)
    assert list(layer.named_parameters()) == ["s", "t"]
    assert repr(layer) == "Bent(features=3, scale=2.0)"
    twin = Bent.from_config(json.loads(json.dumps(layer.to_config())), classes=[Bent])
    np.testing.assert_array_equal(twin.s.value, [2, 2, 2])
    z = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(copy.deepcopy(layer).forward(z), layer.forward(z))


def test_other_number_of_features_is_refused():
    with pytest.raises(ShapeError, match=r"Bent\(features=3\) takes 3 features, got 2\. Give it 3"):
        Bent(3).forward(np.ones((4, 2), np.float32))
    with pytest.raises(ConfigError, match="features must be an integer of at least 1, got 0"):
        Bent(0)


@pytest.mark.parametrize(
    ("name", "formula", "says"),
    [
        ("function", lambda self, z, s, t: z.sum(), r"function\(z\) of Odd\(\) \(.*\) must return floats of shape"),
        ("derivative", lambda self, z, s, t: s, r"derivative\(z\) of Odd\(\) .* returned float32 of shape \(1,\)"),
        (
            "parameter_derivatives",
            lambda self, z, s, t: {"s": np.tanh(z).sum(), "t": z * z},
            r"parameter_derivatives\(z\) of Odd\(\) .* must return floats of shape \(4, 2\)",
        ),
        (
            "parameter_derivatives",
            lambda self, z, s, t: {"s": np.tanh(z)},
            r"parameter_derivatives\(z\) of Odd\(\) .* with the keys 's', 't', the names of its parameters, got 's'",
        ),
        (
            "parameter_derivatives",
            lambda self, z, s, t: {"s": np.tanh(z), "t": z * z, "u": z},
            r"keys 's', 't', .* got 's', 't', 'u'",
        ),
    ],
)
def test_wrong_formula_is_named(name, formula, says):
    layer, z = with_formula(name, formula), np.ones((4, 2), np.float32)
    with pytest.raises(PluginError, match=says):
        _ = layer.forward(z), layer.backward(z)


def test_promoted_formulas_are_cast():
    class Promotes(Bent):
        def function(self, z, s, t):
            return np.float64(1.0) * super().function(z, s, t)

    layer = Promotes()
    z = np.ones((2, 2), np.float32)
    assert layer.forward(z).dtype == layer.backward(z).dtype == layer.s.grad.dtype == np.float32


def test_without_the_three_formulas_it_cannot_be_made():
    class Half(lk.LearnedActivation):
        def function(self, z):
            return z

    with pytest.raises(TypeError, match="derivative"):
        Half()

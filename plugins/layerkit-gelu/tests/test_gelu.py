import math

import numpy as np
import pytest
from layerkit_gelu import GELU, QuickGELU, TanhGELU

import layerkit as lk
from layerkit.testing import activation_checks, ulp_error

KINDS = [GELU, TanhGELU, QuickGELU]


@pytest.mark.parametrize(
    "check",
    [pytest.param(check, id=f"{kind.name}-{check}") for kind in KINDS for check in activation_checks(kind, max_ulp=1)],
)
def test_keeps_every_promise_of_an_activation(check):
    check()


@pytest.mark.parametrize(
    ("name", "kind"), [("gelu", GELU), ("gelu_tanh", TanhGELU), ("quick_gelu", QuickGELU)], ids=lambda x: str(x)
)
def test_the_installed_package_is_found_by_name(name, kind):
    assert type(lk.activation(name)) is kind
    assert type(lk.activation(f"layerkit-gelu:{name}")) is kind
    rows = {row.name: row.distribution for row in lk.list_activations()}
    assert rows[name] == "layerkit-gelu"


@pytest.mark.parametrize(
    ("kind", "at_one", "slope_at_one"),
    [
        # Φ(1) = 0.841344746, φ(1) = 0.241970725: z Φ and Φ + z φ
        (GELU, 0.841344746, 1.083315471),
        # u = 0.797884561 · 1.044715 = 0.833561969, σ(2u) = 0.841191991, 2u′ = 1.595769122 · 1.134145 = 1.809833570:
        # 0.841191991 (1 + 1.809833570 · 0.158808009)
        (TanhGELU, 0.841191991, 1.082964084),
        # σ(1.702) = 0.845795766, and 1.702 · 0.845795766 · 0.154204234 more
        (QuickGELU, 0.845795766, 1.067779607),
    ],
)
def test_function_and_slope_at_one_and_at_minus_one(kind, at_one, slope_at_one):
    activation, z = kind(), np.array([-1.0, 0.0, 1.0])
    # f(z) - f(-z) = z, because each is z times a step with step(z) + step(-z) = 1
    np.testing.assert_allclose(activation.function(z), [at_one - 1, 0, at_one], rtol=2e-9, atol=1e-9)
    np.testing.assert_allclose(activation.derivative(z), [1 - slope_at_one, 0.5, slope_at_one], rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    ("z", "value", "slope"),
    [
        # Φ(-6) = 9.86587645e-10 and φ(-6) = 6.07588285e-9
        (-6.0, -5.91952587e-9, -3.54687095e-8),
        # Φ(-13) = 6.11716e-39, which is no normal float32 number, while 13 Φ(-13) is; φ(-13) = 7.998828e-38
        (-13.0, -7.95230793e-38, -1.03373048e-36),
    ],
)
def test_tails_of_gelu_keep_their_digits_in_float32(z, value, slope):
    activation, z = GELU(), np.array([z], np.float32)
    assert activation.function(z)[0] == pytest.approx(value, rel=1e-6)
    assert activation.derivative(z)[0] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_is_rounded_once_only(kind):
    error = ulp_error(kind, rng=0)
    assert error.function < 0.501
    assert error.derivative < 0.501


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_infinities_and_the_largest_numbers_give_the_limits(kind, dtype):
    largest = np.finfo(dtype).max
    z = np.array([-np.inf, -largest, largest, np.inf], dtype)
    np.testing.assert_array_equal(kind().function(z), np.array([0, 0, largest, np.inf], dtype))
    np.testing.assert_array_equal(kind().derivative(z), np.array([0, 0, 1, 1], dtype))


def test_approximations_are_as_close_to_gelu_as_they_claim():
    z = np.linspace(-10, 10, 200_001)
    exact = GELU().function(z)
    assert 4.7e-4 < abs(TanhGELU().function(z) - exact).max() < 5e-4
    assert 2.03e-2 < abs(QuickGELU().function(z) - exact).max() < 2.04e-2


def test_gain_is_that_of_the_closed_form():
    # E[z² Φ(z)²] = 1/3 + 1/(2π√3), by parts twice
    assert GELU().gain == pytest.approx(1 / math.sqrt(1 / 3 + 1 / (2 * math.pi * math.sqrt(3))), rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_learns_with_it(kind):
    X = np.linspace(-2, 2, 128)[:, None]
    model = lk.Sequential(lk.Dense(1, 16), kind(), lk.Dense(16, 16), kind(), lk.Dense(16, 1), rng=0)
    history = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.01), rng=0).fit(X, np.sin(3 * X), epochs=150)
    assert history["loss"][-1] < 0.01 < 0.3 < history["loss"][0]

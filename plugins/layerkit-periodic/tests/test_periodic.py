import json
import math

import numpy as np
import pytest
from layerkit_periodic import Gaussian, Sine, Siren, Snake

import layerkit as lk
from layerkit.testing import activation_checks, ulp_error

CASES = [Sine(), Sine(w0=1.0), Snake(), Snake(a=5.0), Gaussian(), Gaussian(s=0.5)]


@pytest.mark.parametrize(
    "check",
    [pytest.param(check, id=f"{case}-{check}") for case in CASES for check in activation_checks(case, max_ulp=1)],
)
def test_keeps_every_promise_of_an_activation(check):
    check()


@pytest.mark.parametrize(("name", "kind"), [("sine", Sine), ("snake", Snake), ("gaussian", Gaussian)])
def test_the_installed_package_is_found_by_name(name, kind):
    assert type(lk.activation(name)) is kind
    assert type(lk.activation(f"layerkit-periodic:{name}")) is kind
    rows = {row.name: row.distribution for row in lk.list_activations()}
    assert rows[name] == "layerkit-periodic"


def test_options_reach_the_class_by_name():
    assert lk.activation("snake", a=2.0).to_config() == {"class": "layerkit-periodic:snake", "a": 2.0}


@pytest.mark.parametrize(
    ("activation", "z", "value", "slope"),
    [
        (Sine(2.0), np.pi / 12, 0.5, math.sqrt(3)),  # sin 30°, 2 cos 30°
        (Sine(2.0), np.pi / 4, 1.0, 0.0),
        (Snake(2.0), np.pi / 4, np.pi / 4 + 0.5, 1.0),  # sin² 90° / 2, 1 + sin 180°
        (Snake(2.0), np.pi / 8, np.pi / 8 + 0.25, 2.0),  # sin² 45° / 2, 1 + sin 90°
        (Snake(2.0), -np.pi / 8, -np.pi / 8 + 0.25, 0.0),
        (Gaussian(0.5), 0.5, math.exp(-0.5), -2 * math.exp(-0.5)),
        (Gaussian(2.0), -2.0, math.exp(-0.5), 0.5 * math.exp(-0.5)),
        (Gaussian(2.0), 0.0, 1.0, 0.0),
    ],
    ids=str,
)
def test_values_that_a_hand_can_compute(activation, z, value, slope):
    assert activation.function(np.array([z]))[0] == pytest.approx(value, abs=1e-14)
    assert activation.derivative(np.array([z]))[0] == pytest.approx(slope, abs=1e-14)


@pytest.mark.parametrize("activation", CASES, ids=str)
def test_float32_is_rounded_once_only(activation):
    error = ulp_error(activation, rng=0)
    assert error.function < 0.501
    assert error.derivative < 0.501


def test_the_phase_of_a_sine_is_not_rounded_to_float32():
    z = np.float32(0.83674)
    # in float32, 30 z is 25.1022; in truth it is larger by 3e-7, a hundred times the spacing of the result
    assert Sine().function(np.array([z]))[0] == pytest.approx(math.sin(30 * float(z)), rel=6e-8)


def test_phases_stay_right_at_the_largest_numbers():
    z = np.array([1e10, 3e38], np.float32)  # 30 z is exact in float64: 24 + 5 bits
    np.testing.assert_allclose(Sine().function(z), [math.sin(30 * float(x)) for x in z], rtol=6e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gaussian_is_zero_far_away(dtype):
    z = np.array([-np.inf, -np.finfo(dtype).max, np.finfo(dtype).max, np.inf], dtype)
    np.testing.assert_array_equal(Gaussian().function(z), np.zeros(4, dtype))
    np.testing.assert_array_equal(Gaussian().derivative(z), np.zeros(4, dtype))


def test_tail_of_the_gaussian_keeps_its_digits_in_float32():
    z = np.array([13.0], np.float32)
    assert Gaussian().function(z)[0] == pytest.approx(math.exp(-84.5), rel=6e-8)
    assert Gaussian().derivative(z)[0] == pytest.approx(-13 * math.exp(-84.5), rel=6e-8)


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, math.inf, "30"])
@pytest.mark.parametrize(("make", "argument"), [(Sine, "w0"), (Snake, "a"), (Gaussian, "s"), (Siren, "w0")])
def test_an_argument_that_is_no_positive_number_is_refused_by_name(make, argument, bad):
    with pytest.raises(lk.errors.ConfigError, match=rf"{argument} must be a finite number above 0, got {bad!r}"):
        make(**{argument: bad})


def test_siren_refuses_a_flag_that_is_no_bool():
    with pytest.raises(lk.errors.ConfigError, match="first must be True or False, got 'yes'"):
        Siren(first="yes")


def test_gains():
    assert Sine(30.0).gain == pytest.approx(math.sqrt(2) / 30)
    # E[e^{-z²}] = 1/√3
    assert Gaussian().gain == pytest.approx(3**0.25, rel=1e-6)
    # E[(z + sin² z)²] = 1 + 3/8 - e^{-2}/2 + e^{-8}/8
    assert Snake().gain == pytest.approx(1 / math.sqrt(1.375 - math.exp(-2) / 2 + math.exp(-8) / 8), rel=1e-6)


def test_siren_draws_uniformly_within_the_limits_of_the_paper():
    rng = np.random.default_rng(0)
    parameter = lk.Parameter((50, 4000))
    first, hidden = Siren(first=True).draw(parameter, rng), Siren(w0=10.0).draw(parameter, rng)
    for weight, limit in ((first, 1 / 50), (hidden, math.sqrt(6 / 50) / 10)):
        assert 0.999 * limit < abs(weight).max() <= limit
        assert weight.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)


def test_siren_scales_with_the_fan_in_that_a_parameter_declares():
    kernel = lk.Parameter((3, 2, 5, 400), Siren(first=True), fan_in=30)
    assert 0.99 / 30 < abs(kernel.value).max() <= np.float32(1 / 30)


def test_a_network_of_sines_is_rebuilt_from_its_configuration():
    model = lk.Sequential(lk.Dense(2, 4, weight_initializer=Siren(w0=7.0, first=True)), Sine(7.0))
    rebuilt = lk.Sequential.from_config(json.loads(json.dumps(model.to_config())), classes=[Siren])
    assert repr(rebuilt) == repr(model)
    assert rebuilt[0].weight_initializer.w0 == 7.0


@pytest.mark.parametrize(
    "initializer", [Siren(), lk.initializers.ActivationScaled()], ids=["siren", "activation-scaled"]
)
def test_phases_of_hidden_layers_start_with_the_same_spread_at_any_depth(initializer):
    # a sine of N(0, v) has variance (1 - e^{-2v})/2, the gain doubles it: v = 1 - e^{-2v} has the root 0.80, 0.89²
    hidden = [layer for _ in range(4) for layer in (lk.Dense(256, 256, weight_initializer=initializer), Sine())]
    first = lk.Dense(2, 256, weight_initializer=Siren(first=True))
    model = lk.Sequential(first, Sine(), *hidden, rng=0)
    x = np.random.default_rng(1).uniform(-1, 1, (500, 2)).astype(np.float32)
    for end in range(3, len(model), 2):
        phases = 30 * model[:end].predict(x)
        assert 0.8 < phases.std() < 1.1


def test_sine_learns_a_signal_that_relu_blurs():
    x = np.linspace(-1, 1, 256)[:, None]
    y = np.sin(40 * x) * np.exp(-3 * x**2)

    def final_loss(*layers):
        model = lk.Sequential(*layers, rng=0)
        return lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 1e-3), rng=0).fit(x, y, epochs=60)["loss"][-1]

    def siren(a, b, first=False):
        return lk.Dense(a, b, weight_initializer=Siren(first=first))

    sine = final_loss(siren(1, 32, first=True), Sine(), siren(32, 32), Sine(), siren(32, 1))
    relu = final_loss(lk.Dense(1, 32), lk.ReLU(), lk.Dense(32, 32), lk.ReLU(), lk.Dense(32, 1))
    assert sine < 0.01 < 0.1 < relu


@pytest.mark.parametrize("activation", [Snake(a=3.0), Gaussian(s=0.5)], ids=str)
def test_a_network_learns_with_it(activation):
    x = np.linspace(-2, 2, 128)[:, None]
    model = lk.Sequential(lk.Dense(1, 32), activation, lk.Dense(32, 1), rng=0)
    history = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.01), rng=0).fit(x, np.sin(5 * x), epochs=200)
    assert history["loss"][-1] < 0.05 < 0.3 < history["loss"][0]

import json
import math

import numpy as np
import pytest
from layerkit_trainable import PReLU, Rational, Swish
from layerkit_trainable.rational import fit

import layerkit as lk
from layerkit.testing import activation_checks

CASES = [PReLU(), PReLU(features=3), Swish(), Swish(features=3)]
CASES += [Rational(), Rational("tanh"), Rational("silu", features=3)]


@pytest.mark.parametrize(
    "check",
    [pytest.param(check, id=f"{case}-{check}") for case in CASES for check in activation_checks(case)],
)
def test_keeps_every_promise_of_a_layer(check):
    check()


@pytest.mark.parametrize(("name", "kind"), [("prelu", PReLU), ("swish", Swish), ("rational", Rational)])
def test_the_installed_package_is_found_by_name(name, kind):
    assert type(lk.activation(name)) is kind
    assert type(lk.activation(f"layerkit-trainable:{name}")) is kind
    rows = {row.name: row.distribution for row in lk.list_activations()}
    assert rows[name] == "layerkit-trainable"


def test_prelu_with_a_slope_for_each_feature():
    prelu = PReLU(features=2)
    prelu.slope.value = [0.5, 0.1]
    np.testing.assert_allclose(prelu.forward(np.array([[-2.0, -10.0], [4.0, -20.0]])), [[-1, -1], [4, -2]], rtol=1e-7)
    np.testing.assert_allclose(prelu.backward(np.array([[1.0, 2.0], [3.0, 4.0]])), [[0.5, 0.2], [3, 0.4]], rtol=1e-7)
    np.testing.assert_array_equal(prelu.slope.grad, [-2, -20 - 80])  # 1·(-2), 2·(-10) + 4·(-20)


def test_a_shared_slope_sums_over_all_elements():
    prelu = PReLU()
    prelu.forward(np.array([[-2.0, -10.0], [4.0, -20.0]]))
    prelu.backward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(prelu.slope.grad, [-102])


def test_the_slope_of_prelu_at_zero_is_that_of_the_left():
    prelu = PReLU()
    prelu.forward(np.zeros((1, 1)))
    np.testing.assert_array_equal(prelu.backward(np.ones((1, 1))), [[0.25]])


def test_swish_by_hand():
    swish = Swish(initial_beta=2.0)
    z = np.array([[math.log(3) / 2]])  # σ(2z) = 3/4
    np.testing.assert_allclose(swish.forward(z), 0.75 * z)
    np.testing.assert_allclose(swish.backward(np.array([[4.0]])), [[3 + 0.75 * math.log(3)]])  # 4 · 3/4 (1 + ln 3 / 4)
    np.testing.assert_allclose(swish.beta.grad, [0.75 * z[0, 0] ** 2], rtol=1e-7)  # 4 · z² · 3/16


def test_swish_at_beta_one_is_silu():
    z = np.linspace(-5, 5, 11)[:, None]
    np.testing.assert_allclose(Swish().forward(z), lk.SiLU().forward(z), rtol=1e-14)


def set_coefficients(rational, p, q):
    names = [*(f"p{k}" for k in range(6)), *(f"q{k}" for k in range(1, 5))]
    for name, value in zip(names, [*p, *q], strict=True):
        parameter = getattr(rational, name)
        parameter.value = np.broadcast_to(value, parameter.shape)


def gradients(rational):
    return {name: parameter.grad.item() for name, parameter in rational.named_parameters().items()}


def test_rational_by_hand():
    rational = Rational()
    set_coefficients(rational, [1, 0, 2, 0, 0, 1], [0, -1, 0, 0])
    # P = 1 + 2z² + z⁵ = 41 at 2, Q = -z² = -4, D = 5, a = 8.2
    np.testing.assert_allclose(rational.forward(np.array([[2.0]])), [[8.2]])
    # P′ = 4z + 5z⁴ = 88, Q′ sgn Q = 4: (88 - 8.2 · 4)/5
    np.testing.assert_allclose(rational.backward(np.array([[10.0]])), [[110.4]])
    assert gradients(rational) == pytest.approx(
        # 10 · 2ᵏ/5, and 10 · 8.2 · 2ᵏ/5
        {"p0": 2, "p1": 4, "p2": 8, "p3": 16, "p4": 32, "p5": 64, "q1": 32.8, "q2": 65.6, "q3": 131.2, "q4": 262.4}
    )


def test_each_coefficient_stands_before_its_own_power():
    rational = Rational()
    set_coefficients(rational, [1, 2, 3, 4, 5, 6], [7, 8, 9, 10])
    # P(2) = 1 + 4 + 12 + 32 + 80 + 192 = 321, Q(2) = 14 + 32 + 72 + 160 = 278
    np.testing.assert_allclose(rational.forward(np.array([[2.0]])), [[321 / 279]], rtol=1e-15)
    # P′(2) = 2 + 12 + 48 + 160 + 480 = 702, Q′(2) = 7 + 32 + 108 + 320 = 467
    np.testing.assert_allclose(rational.backward(np.ones((1, 1))), [[(702 - 321 / 279 * 467) / 279]], rtol=1e-14)


def test_each_feature_can_have_its_own_coefficients():
    rational = Rational(features=2)
    set_coefficients(rational, [[0, 1], [1, 0], 0, 0, 0, 0], [0, [0, 1], 0, 0])
    # z, and 1/(1 + z²)
    np.testing.assert_allclose(rational.forward(np.array([[2.0, 2.0], [3.0, 3.0]])), [[2, 0.2], [3, 0.1]], rtol=1e-15)
    rational.backward(np.ones((2, 2)))
    np.testing.assert_allclose(rational.p1.grad, [2 + 3, 2 / 5 + 3 / 10], rtol=1e-6)


def test_where_the_denominator_has_its_kink_the_slope_is_the_mean_of_both_sides():
    rational = Rational()
    set_coefficients(rational, [3, 1, 0, 0, 0, 0], [2, 0, 0, 0])
    rational.forward(np.array([[0.0]]))  # (3 + z)/(1 + |2z|) has the slopes 7 and -5 at 0
    np.testing.assert_array_equal(rational.backward(np.array([[1.0]])), [[1.0]])


@pytest.mark.parametrize(
    ("name", "closeness"),
    [("leaky_relu", 0.04), ("relu", 0.04), ("elu", 0.006), ("tanh", 5e-6), ("silu", 2e-6), ("mish", 0.003)],
)
def test_rational_starts_close_to_what_it_is_told_to_approximate(name, closeness):
    z = np.linspace(-3, 3, 1001)[:, None]
    rational = Rational(approximates=name)
    assert abs(rational.forward(z) - lk.activation(name).forward(z)).max() < closeness
    assert all(q.value >= 0 for q in (rational.q1, rational.q2, rational.q3, rational.q4))


def test_the_fit_finds_a_rational_function_again():
    class Quotient(lk.Activation):
        name = "quotient"

        def function(self, z):
            return (1 + z - z**3 + 0.5 * z**5) / (1 + 0.5 * z**2 + 0.25 * z**4)

        def derivative(self, z):
            raise AssertionError("the fit needs the function alone")

    numerator, denominator = fit(Quotient())
    np.testing.assert_allclose(numerator, [1, 1, 0, -1, 0, 0.5], atol=1e-9)
    np.testing.assert_allclose(denominator, [0, 0.5, 0, 0.25], atol=1e-9)


def test_rational_stays_finite_over_all_of_float32():
    largest = np.finfo(np.float32).max
    rational = Rational()
    z = np.array([[-largest, -1e8, 1e8, largest]], np.float32)
    slope = rational.p5.value / rational.q4.value  # p₅/q₄, where z → ±∞
    np.testing.assert_allclose(rational.forward(z), slope * z, rtol=1e-6)
    np.testing.assert_allclose(rational.derivative(z, **rational.values()), np.full_like(z, slope[0]), rtol=1e-6)


def test_gradients_of_the_coefficients_stay_finite_as_far_as_float32_can_hold_them():
    rational = Rational()
    z = np.array([[7e37]], np.float32)  # ∂a/∂p₅ → z/q₄, and q₄ is about 1/4
    rational.forward(z)
    rational.backward(np.ones_like(z))
    np.testing.assert_allclose(rational.p5.grad, z[0] / rational.q4.value, rtol=1e-6)
    np.testing.assert_allclose(rational.p4.grad, 1 / rational.q4.value, rtol=1e-6)
    np.testing.assert_allclose(rational.q4.grad, -rational.forward(z)[0] / rational.q4.value, rtol=1e-6)
    assert gradients(rational)["p0"] == 0


def test_tail_of_swish_keeps_its_digits_in_float32():
    swish, z = Swish(), np.array([[-80.0]], np.float32)
    assert swish.forward(z)[0, 0] == pytest.approx(-80 * math.exp(-80), rel=1e-7)
    assert swish.backward(np.ones_like(z))[0, 0] == pytest.approx(-79 * math.exp(-80), rel=1e-7)
    assert swish.beta.grad[0] == pytest.approx(6400 * math.exp(-80), rel=1e-7)


@pytest.mark.parametrize("make", [PReLU, Swish, Rational])
def test_another_number_of_features_is_refused(make):
    with pytest.raises(lk.errors.ShapeError, match=r"\(features=3\).* takes 3 features"):
        lk.Sequential(lk.Dense(2, 4), make(features=3))
    with pytest.raises(lk.errors.ShapeError, match=r"\(features=3\) takes 3 features, got 1"):
        make(features=3).forward(np.ones((5, 1), np.float32))


@pytest.mark.parametrize("layer", [PReLU(2), Swish(2), Rational(features=2)], ids=str)
def test_features_are_those_of_the_last_axis(layer):
    x = np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32)
    layer.forward(x)
    dx = layer.backward(np.ones_like(x))
    sums = [parameter.grad.copy() for parameter in layer.parameters()]
    layer.forward(x.reshape(20, 2))
    np.testing.assert_array_equal(dx.reshape(20, 2), layer.backward(np.ones((20, 2), np.float32)))
    np.testing.assert_array_equal(sums, [parameter.grad for parameter in layer.parameters()])


@pytest.mark.parametrize("make", [PReLU, Swish, Rational])
def test_a_gradient_of_another_shape_is_refused(make):
    layer = make()
    layer.forward(np.ones((5, 3)))
    with pytest.raises(lk.errors.ShapeError, match=r"\(5, 3\), got \(5, 1\)"):
        layer.backward(np.ones((5, 1)))


def test_bad_arguments_are_refused_by_name():
    with pytest.raises(lk.errors.ConfigError, match="features must be an integer of at least 1, got 0"):
        PReLU(features=0)
    with pytest.raises(lk.errors.ConfigError, match="initial_slope must be a finite number, got nan"):
        PReLU(initial_slope=math.nan)
    with pytest.raises(lk.errors.ConfigError, match="initial_beta must be a finite number, got inf"):
        Swish(initial_beta=math.inf)
    with pytest.raises(lk.errors.ConfigError, match=r"fixed elementwise function, got 'softmax'.*Take one such as"):
        Rational(approximates="softmax")
    with pytest.raises(lk.errors.ConfigError, match="got 'prelu', which is PReLU"):
        Rational(approximates="prelu")
    with pytest.raises(lk.errors.UnknownActivationError, match="tahn"):
        Rational(approximates="tahn")


@pytest.mark.parametrize("layer", [PReLU(4, 0.1), Swish(initial_beta=0.5), Rational("tanh", 2)], ids=str)
def test_the_configuration_rebuilds_the_layer(layer):
    rebuilt = lk.Layer.from_config(json.loads(json.dumps(layer.to_config())))
    assert repr(rebuilt) == repr(layer)
    for ours, theirs in zip(layer.parameters(), rebuilt.parameters(), strict=True):
        np.testing.assert_array_equal(ours.value, theirs.value)


def test_gains():
    assert PReLU(initial_slope=0.5).gain == pytest.approx(math.sqrt(2 / 1.25))
    assert Swish(initial_beta=0.0).gain == pytest.approx(2)  # z/2
    assert Swish().gain == pytest.approx(lk.SiLU().gain, rel=1e-6)
    assert Rational("tanh").gain == pytest.approx(lk.Tanh().gain, rel=1e-3)


def test_weights_before_it_are_drawn_with_its_gain():
    model = lk.Sequential(lk.Dense(400, 300), PReLU(300, initial_slope=0.5), lk.Dense(300, 1), rng=0)
    assert model[0].weight.value.std() == pytest.approx(math.sqrt(1.6 / 400), rel=0.01)


@pytest.mark.parametrize(
    ("student", "teacher", "expected"),
    [
        (PReLU(2), [0.1, -0.7], [0.1, -0.7]),
        (Swish(2), [3.0, 0.4], [3.0, 0.4]),
    ],
    ids=str,
)
def test_training_finds_the_parameters_of_a_teacher(student, teacher, expected):
    source = type(student)(2)
    source.parameters()[0].value = teacher
    x = np.random.default_rng(0).normal(0, 2, (256, 2)).astype(np.float32)
    model = lk.Sequential(student)
    lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.03), rng=0).fit(x, source.forward(x), epochs=100)
    np.testing.assert_allclose(student.parameters()[0].value, expected, atol=0.05)


def test_a_rational_activation_learns_another_shape():
    x = np.linspace(-2, 2, 256, dtype=np.float32)[:, None]
    model = lk.Sequential(Rational())
    history = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.02), rng=0).fit(x, np.exp(-(x**2)), epochs=100)
    assert history["loss"][-1] < 1e-3 < 0.3 < history["loss"][0]


@pytest.mark.parametrize("make", [PReLU, Swish, Rational])
def test_a_network_learns_with_it(make):
    x = np.linspace(-2, 2, 128)[:, None]
    model = lk.Sequential(lk.Dense(1, 16), make(), lk.Dense(16, 16), make(), lk.Dense(16, 1), rng=0)
    history = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 0.01), rng=0).fit(x, np.sin(3 * x), epochs=150)
    assert history["loss"][-1] < 0.1 < 0.4 < history["loss"][0]

"""The differences that everything else is held against: how exact they are, and whether they know it."""

import math

import numpy as np
import pytest

from layerkit.testing import numerical_derivative, numerical_gradient

SMOOTH = {
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "softplus": (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_to_12_digits_and_errors_not_underestimated(name):
    f, slope = SMOOTH[name]
    x = np.linspace(-3, 3, 61)
    estimate = numerical_derivative(f, x)
    off = np.abs(estimate.value - slope(x))
    assert off.max() < 1e-11
    assert (off <= 10 * estimate.error + 1e-14).all()
    assert estimate.error.max() < 1e-10


def test_tail_keeps_relative_digits():
    estimate = numerical_derivative(np.tanh, [9.0])
    assert estimate.value[0] == pytest.approx(1 / math.cosh(9) ** 2, rel=1e-6)


def test_error_at_a_kink_beside_the_point_is_seen():
    estimate = numerical_derivative(np.abs, [1e-4])
    assert estimate.error[0] > 1e-3
    assert numerical_derivative(np.abs, [1e-4], step=5e-5).value[0] == pytest.approx(1.0, abs=1e-10)


def test_function_without_finite_values_has_infinite_error():
    estimate = numerical_derivative(lambda x: np.where(x > 0, np.nan, x), [1.0, -5.0])
    assert estimate.error[0] == np.inf
    assert estimate.value[1] == pytest.approx(1.0)


def test_shapes_and_single_numbers():
    assert numerical_derivative(np.sin, np.zeros((2, 3, 1))).value.shape == (2, 3, 1)
    assert numerical_derivative(np.sin, 0.0).value == pytest.approx(1.0)
    assert numerical_derivative(np.sin, np.zeros((0, 3))).error.shape == (0, 3)


def test_gradient_of_a_quadratic_form_by_hand():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    estimate = numerical_gradient(lambda x: float(x @ a @ x) / 2, np.array([1.0, -2.0]))
    np.testing.assert_allclose(estimate.value, [0.0, -5.0], atol=1e-11)
    assert (estimate.error < 1e-10).all()


def test_gradient_keeps_shape_and_leaves_the_point_alone():
    point = np.array([[1.0, 2.0, 3.0]])
    point.flags.writeable = False
    estimate = numerical_gradient(lambda x: float(np.prod(x)), point, step=1e-2)
    np.testing.assert_allclose(estimate.value, [[6.0, 3.0, 2.0]], atol=1e-10)


def test_scaled_slope_and_mistyped_constant_stand_out():
    x = np.linspace(-4, 4, 81)
    inner = math.sqrt(2 / math.pi)

    def gelu(z, cubic):
        return 0.5 * z * (1 + np.tanh(inner * (z + cubic * z**3)))

    right = numerical_derivative(lambda z: gelu(z, 0.044715), x)
    mistyped = numerical_derivative(lambda z: gelu(z, 0.0447), x)
    assert np.abs(right.value - mistyped.value).max() > 1e4 * (right.error + mistyped.error).max()

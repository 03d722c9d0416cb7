"""Activation: a function and its derivative become a layer, in blocks, with a gain, and nothing else to write."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.integrate import quad

import layerkit as lk
from layerkit.activations.base import _BLOCK, in_float64
from layerkit.errors import PluginError

ALL = [
    lk.Linear(),
    lk.ReLU(),
    lk.LeakyReLU(),
    lk.ELU(),
    lk.ELU(0.3),
    lk.SELU(),
    lk.Sigmoid(),
    lk.Tanh(),
    lk.Softplus(),
    lk.SiLU(),
    lk.Mish(),
]
every = pytest.mark.parametrize("activation", ALL, ids=repr)


class Square(lk.Activation):
    name = "square"

    def function(self, z):
        return z * z

    def derivative(self, z):
        return 2 * z


class Told(lk.Activation):
    """An activation whose two functions return what they are told."""

    name = "told"
    gain = 1.0

    def __init__(self, function, derivative=np.ones_like):
        self.told, self.derivative_ = function, derivative

    def function(self, z):
        return self.told(z)

    def derivative(self, z):
        return self.derivative_(z)


@every
@settings(max_examples=15)
@given(z=arrays(np.float64, array_shapes(min_dims=1, max_dims=4, min_side=0), elements=st.floats(-30, 30)))
def test_forward_and_backward_are_function_and_derivative_at_any_shape(activation, z):
    grad = np.cos(z)
    np.testing.assert_array_equal(activation.forward(z), activation.function(z))
    np.testing.assert_allclose(activation.backward(grad), grad * activation.derivative(z), rtol=1e-15)


@every
@settings(max_examples=15)
@given(alpha=st.floats(-3, 3), seed=st.integers(0, 99))
def test_backward_is_linear_in_the_gradient(activation, alpha, seed):
    z, first, second = np.random.default_rng(seed).normal(size=(3, 4, 5))
    activation.forward(z)
    expected = alpha * activation.backward(first) + activation.backward(second)
    np.testing.assert_allclose(activation.backward(alpha * first + second), expected, atol=1e-13)


@every
def test_large_and_strided_arrays_give_what_small_ones_do(activation):
    z = np.random.default_rng(0).normal(size=(3, _BLOCK // 2 + 5))
    grad = np.random.default_rng(1).normal(size=z.shape)
    for layout in (z, np.asfortranarray(z), z.T, z[:, ::2]):
        weights = grad[: layout.shape[0], : layout.shape[1]] if layout.shape[0] == 3 else grad.T
        rows = [activation.function(row) for row in np.ascontiguousarray(layout)]
        slopes = [activation.derivative(row) for row in np.ascontiguousarray(layout)]
        np.testing.assert_allclose(activation.forward(layout), rows, rtol=1e-15)
        np.testing.assert_allclose(activation.backward(weights), weights * slopes, rtol=1e-15, atol=1e-300)


def test_float64_formula_is_evaluated_in_blocks_and_cast_back():
    sizes = []

    def formula(z):
        assert z.dtype == np.float64
        sizes.append(z.size)
        return z + 2.0**-30  # lost in float32 beside 1, kept beside 0

    for z in (np.ones((3, _BLOCK), np.float32).T, np.zeros((2, 2), np.float32), np.array(0.0, np.float32)):
        result = in_float64(formula, z)
        assert (result.dtype, result.shape) == (np.float32, z.shape)
        np.testing.assert_array_equal(result, z + np.float32(2.0**-30))
    assert sizes == [_BLOCK] * 3 + [4, 1]
    assert in_float64(formula, np.ones(2)).tolist() == [1 + 2.0**-30] * 2


@every
def test_dtype_is_kept_by_both_functions(activation):
    for dtype in (np.float32, np.float64):
        z = np.linspace(-3, 3, 7).astype(dtype)
        assert activation.function(z).dtype == dtype
        assert activation.derivative(z).dtype == dtype


@every
def test_tails_are_finite_and_raise_no_warning(activation):
    for dtype in (np.float32, np.float64):
        for z in (np.array([-1e4, 1e4], dtype), np.array([-1e30, 1e30], dtype)):
            assert np.isfinite(activation.function(z)).all()
            assert np.isfinite(activation.derivative(z)).all()


@every
def test_nan_passes_through_forward(activation):
    assert np.isnan(activation.forward(np.array([np.nan]))).all()


@every
def test_kinks_are_where_the_slope_jumps_and_nowhere_else(activation):
    grid = np.arange(-4, 4.25, 0.25)
    jumps = [
        float(z)
        for z in grid
        if abs(np.subtract(*activation.derivative(np.array([z + 1e-9, z - 1e-9])))) > 1e-3
    ]  # fmt: skip
    assert tuple(jumps) == activation.kinks
    for kink in activation.kinks:
        left, at, right = activation.derivative(np.array([kink - 1e-9, kink, kink + 1e-9]))
        assert min(left, right) - 1e-6 <= at <= max(left, right) + 1e-6


@every
def test_gain_is_one_over_the_root_mean_square_of_the_output(activation):
    def density(z):
        return activation.function(np.array(z)) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    moment = sum(quad(density, a, b, epsabs=1e-13)[0] for a, b in ((-14, 0), (0, 14)))
    assert activation.gain == pytest.approx(1 / math.sqrt(moment), rel=1e-6)


def test_gain_of_users_activation_is_computed_unless_set():
    assert Square().gain == pytest.approx(1 / math.sqrt(3))  # E[z⁴] = 3
    assert Told(np.tanh).gain == 1.0


@pytest.mark.parametrize("function", [lambda z: 0 * z, lambda z: np.full_like(z, np.nan), lambda z: np.exp(z**4)])
def test_gain_that_is_not_finite_and_positive_is_refused(function):
    class Odd(lk.Activation):
        def function(self, z):
            return function(z)

        def derivative(self, z):
            return z

    with pytest.raises(PluginError, match=r"gain 1/√E\[f\(z\)²\] of Odd\(\) \(.+\).*Set `gain` on the class"):
        _ = Odd().gain


@pytest.mark.parametrize(
    ("wrong", "returned"),
    [
        (lambda z: z[..., :1], r"returned float32 of shape \(2, 1\)"),
        (lambda z: 1.0, r"returned float64 of shape \(\)"),
        (lambda z: [1.0, 2.0], r"returned float64 of shape \(2,\)"),
        (lambda z: z > 0, r"returned bool of shape \(2, 3\)"),
        (lambda z: np.where(z > 0, 1, 0), r"returned int64 of shape \(2, 3\)"),
        (lambda z: z * 1j, r"returned complex64 of shape \(2, 3\)"),
        (lambda z: None, r"returned object of shape \(\)"),
    ],
)
def test_other_shape_or_no_floats_names_activation_distribution_and_both(wrong, returned):
    says = r"\(z\) of Told\(.*\) \(.+\) must return floats of shape \(2, 3\), as it got, but "
    z = np.ones((2, 3), np.float32)
    with pytest.raises(PluginError, match=r"function" + says + returned):
        Told(wrong).forward(z)
    activation = Told(np.tanh, wrong)
    activation.forward(z)
    with pytest.raises(PluginError, match=r"derivative" + says + returned):
        activation.backward(z)


@pytest.mark.parametrize("size", [3, 2 * _BLOCK])
def test_other_float_dtype_is_cast_to_that_of_the_input(size):
    promotes = Told(lambda z: z * np.float64(2), lambda z: np.where(z > 0, 1.0, 0.1))
    z = np.ones(size, np.float32)
    assert promotes.forward(z).dtype == promotes.backward(z).dtype == np.float32
    np.testing.assert_array_equal(promotes.backward(-z), -z)


def test_numpy_arguments_become_python_floats():
    for activation in (lk.ELU(np.float64(0.5)), lk.LeakyReLU(np.float64(0.5))):
        z = np.linspace(-1, 1, 5, dtype=np.float32)
        assert {type(value) for value in activation.arguments().values()} == {float}
        assert activation.function(z).dtype == activation.derivative(z).dtype == np.float32


def test_activation_needs_both_functions():
    class Half(lk.Activation):
        def function(self, z):
            return z

    with pytest.raises(TypeError, match="derivative"):
        Half()


def test_function_that_sums_is_named_when_its_network_is_composed():
    class Summed(lk.Activation):
        name = "summed"

        def function(self, z):
            return z.sum()

        def derivative(self, z):
            return np.ones_like(z)

    with pytest.raises(PluginError, match=r"function\(z\) of Summed\(\) .* must return floats of shape"):
        lk.Sequential(lk.Dense(2, 2), Summed(), rng=0)

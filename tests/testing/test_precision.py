"""ULP are counted as they should be, and the worst input is the worst."""

import math

import numpy as np
import pytest

import layerkit as lk
from layerkit.testing import ulp_error
from layerkit.testing.precision import float32_sample, worst_ulp

ULP_AT_1 = 2.0**-23


def off_by(ulp, at):
    """Return the identity, but wrong by some ULP at one input if it is float32."""

    def f(z):
        if z.dtype == np.float64:
            return z
        return np.where(z == np.float32(at), z + z.dtype.type(ulp * np.spacing(np.float32(abs(at)))), z)

    return f


def test_an_error_of_three_ulp_is_three():
    worst = worst_ulp(off_by(3, 1.5), np.array([0.5, 1.5, 2.5], np.float32))
    assert worst == (3.0, 1.5, 1.5 + 3 * ULP_AT_1, 1.5)


def test_exact_results_have_no_worst_input():
    worst = worst_ulp(lambda z: z, np.array([1.0, 2.0], np.float32))
    assert worst.ulp == 0
    assert math.isnan(worst.z)
    assert worst_ulp(lambda z: z, np.empty(0, np.float32)).ulp == 0


def test_missing_infinite_and_nan_results_count_as_they_should():
    z = np.array([2.0], np.float32)
    assert worst_ulp(lambda z: z * (z.dtype == np.float64), z).ulp == 2 / (2 * ULP_AT_1)
    assert worst_ulp(lambda z: z if z.dtype == np.float64 else z * np.float32(np.inf), z).ulp == np.inf
    assert worst_ulp(lambda z: z if z.dtype == np.float64 else z * np.float32(np.nan), z).ulp == np.inf


def test_results_that_underflow_or_overflow_do_not_count():
    def f(z):
        return np.exp(z) if z.dtype == np.float64 else 0 * z

    assert worst_ulp(f, np.array([-100.0, 100.0], np.float32)).ulp == 0
    assert worst_ulp(f, np.array([-80.0], np.float32)).ulp > 1e6


def test_beside_a_root_the_terms_are_the_measure():
    def cancelling(z):  # 1 - z² with the square rounded
        return 1 - z**2

    beside = np.array([1 + 2.0**-11 + 2.0**-20], np.float32)
    far = np.array([1 + 2.0**-9 + 2.0**-20], np.float32)
    assert worst_ulp(cancelling, beside).ulp < 1
    assert worst_ulp(cancelling, far).ulp > 4


def test_slack_forgives_a_rounded_product_only():
    z = np.linspace(500, 1000, 1001).astype(np.float32)
    assert worst_ulp(lambda z: np.sin(0.7 * z), z).ulp > 100
    assert worst_ulp(lambda z: np.sin(0.7 * z), z, slack=2).ulp < 4
    assert worst_ulp(lambda z: 1 - np.tanh(z) ** 2, np.array([6.3], np.float32), slack=2).ulp > 100


def test_sample_has_every_binade_both_signs_and_the_special_numbers():
    z = float32_sample(np.random.default_rng(0))
    assert z.dtype == np.float32
    exponents = np.frexp(z[z > 0])[1]
    assert set(range(-125, 129)) <= set(exponents.tolist())
    assert set(np.abs(z)) >= {0, 1, np.finfo(np.float32).max, np.finfo(np.float32).tiny}
    np.testing.assert_array_equal(np.sort(z), np.sort(-z))


def test_sample_leaves_out_what_lies_on_a_kink():
    z = float32_sample(np.random.default_rng(0), kinks=(1.0,))
    assert 1.0 not in z
    assert -1.0 in z


def test_record_names_the_worst_input_of_each():
    class OffAtThree(lk.Activation):
        def function(self, z):
            return off_by(5, 3.0)(z)

        def derivative(self, z):
            return np.ones_like(z)

    error = ulp_error(OffAtThree, rng=0)
    assert (error.function, error.function_input) == (5.0, 3.0)
    assert error.derivative == 0
    assert ulp_error(OffAtThree(), z=[1.0, 2.0]).function == 0


def test_same_rng_gives_the_same_figures():
    assert ulp_error(lk.Sigmoid, rng=3) == ulp_error(lk.Sigmoid, rng=3)
    assert ulp_error(lk.Sigmoid, rng=3) == pytest.approx(ulp_error(lk.Sigmoid, rng=4), abs=300)

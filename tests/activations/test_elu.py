"""ELU and SELU: the plateau on the left."""

import math

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError


def test_hand_computed_values_and_slopes_of_elu():
    z = np.array([-math.log(2), 0.0, 3.0])  # e^z = 1/2, 1
    np.testing.assert_allclose(lk.ELU(3.0).function(z), [-1.5, 0, 3])
    np.testing.assert_allclose(lk.ELU(3.0).derivative(z), [1.5, 3, 1])


def test_small_negative_numbers_lose_no_digit():
    z = np.array([-1e-6], np.float32)
    assert lk.ELU().function(z)[0] == pytest.approx(math.expm1(float(z[0])), rel=2e-7)
    assert lk.SELU().function(z)[0] == pytest.approx(
        1.0507009873554805 * 1.6732632423543772 * math.expm1(z[0]), rel=4e-7
    )


def test_kink_is_there_unless_alpha_is_one():
    assert lk.ELU().kinks == ()
    assert lk.ELU(0.5).kinks == (0.0,)


def test_alpha_that_is_no_number_is_refused():
    with pytest.raises(ConfigError, match="alpha must be a finite number, got inf"):
        lk.ELU(math.inf)


def test_selu_keeps_mean_zero_and_variance_one():
    z = np.random.default_rng(0).normal(size=1_000_000)
    a = lk.SELU().function(z)
    assert a.mean() == pytest.approx(0, abs=5e-3)
    assert a.var() == pytest.approx(1, abs=5e-3)
    assert lk.SELU().gain == pytest.approx(1, abs=1e-6)


def test_selu_slopes_on_both_sides_of_zero():
    slopes = lk.SELU().derivative(np.array([-1e-12, 0.0, 1e-12]))
    np.testing.assert_allclose(slopes, [1.7580993408473766, 1.7580993408473766, 1.0507009873554805], rtol=1e-10)

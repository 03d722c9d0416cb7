"""Sigmoid, SiLU and Softplus: accurate in the tails, where 1 - a or ln(1 + eᶻ) would fail."""

import math

import numpy as np
import pytest

import layerkit as lk

ZS = [-30.0, -5.0, -1e-9, 0.0, 1e-9, 0.5, 5.0, 30.0]


def sigma(z):
    return 1 / (1 + math.exp(-z))


@pytest.mark.parametrize("z", ZS)
def test_sigmoid_is_its_definition(z):
    assert lk.Sigmoid().function(np.array(z)) == pytest.approx(sigma(z), rel=1e-15)
    assert lk.Sigmoid().derivative(np.array(z)) == pytest.approx(sigma(z) * sigma(-z), rel=1e-15)


@pytest.mark.parametrize("z", ZS)
def test_softplus_is_its_definition(z):
    assert lk.Softplus().function(np.array(z)) == pytest.approx(math.log1p(math.exp(z)), rel=1e-15)
    assert lk.Softplus().derivative(np.array(z)) == pytest.approx(sigma(z), rel=1e-15)


@pytest.mark.parametrize("z", ZS)
def test_silu_is_its_definition(z):
    assert lk.SiLU().function(np.array(z)) == pytest.approx(z * sigma(z), rel=1e-15)
    assert lk.SiLU().derivative(np.array(z)) == pytest.approx(sigma(z) + z * sigma(z) * sigma(-z), rel=1e-13)


@pytest.mark.parametrize("z", [17.0, 40.0, -40.0, 80.0])
def test_slope_of_sigmoid_keeps_its_digits_in_float32_tails(z):
    # a (1 - a) is 0 from z = 17 on
    assert lk.Sigmoid().derivative(np.array([z], np.float32))[0] == pytest.approx(sigma(z) * sigma(-z), rel=1e-6)


def test_softplus_of_a_large_number_is_that_number():
    np.testing.assert_array_equal(lk.Softplus().function(np.array([1e4, -1e4], np.float32)), [1e4, 0])


def test_values_at_zero():
    zero = np.zeros(1)
    assert (lk.Sigmoid().function(zero)[0], lk.Sigmoid().derivative(zero)[0]) == (0.5, 0.25)
    assert lk.Softplus().function(zero)[0] == math.log(2)
    assert (lk.SiLU().function(zero)[0], lk.SiLU().derivative(zero)[0]) == (0, 0.5)

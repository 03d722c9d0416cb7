"""Tanh: its slope lives on where 1 - tanh² is 0."""

import math

import numpy as np
import pytest

import layerkit as lk


@pytest.mark.parametrize("z", [-3.0, -1e-9, 0.0, 0.5, 3.0])
def test_values_and_slopes_are_those_of_the_definition(z):
    assert lk.Tanh().function(np.array(z)) == pytest.approx(math.tanh(z), rel=1e-15)
    assert lk.Tanh().derivative(np.array(z)) == pytest.approx(math.cosh(z) ** -2, rel=1e-14)


@pytest.mark.parametrize("z", [9.5, -12.0, 40.0])
def test_slope_keeps_its_digits_in_float32_tails(z):
    assert lk.Tanh().derivative(np.array([z], np.float32))[0] == pytest.approx(math.cosh(z) ** -2, rel=1e-6)


def test_slope_is_even_and_largest_at_zero():
    z = np.linspace(-5, 5, 101)
    slopes = lk.Tanh().derivative(z)
    np.testing.assert_array_equal(slopes, lk.Tanh().derivative(-z))
    assert slopes.argmax() == 50
    assert slopes[50] == 1

"""Mish: z tanh(ln(1 + eᶻ)), in forms that nothing can overflow."""

import math

import numpy as np
import pytest

import layerkit as lk


@pytest.mark.parametrize("z", [-20.0, -3.0, -1e-9, 0.0, 1e-9, 0.5, 3.0, 20.0])
def test_values_and_slopes_are_those_of_the_definition(z):
    s = math.log1p(math.exp(z))
    slope = math.tanh(s) + z / (1 + math.exp(-z)) / math.cosh(s) ** 2
    assert lk.Mish().function(np.array(z)) == pytest.approx(z * math.tanh(s), rel=1e-14, abs=1e-300)
    assert lk.Mish().derivative(np.array(z)) == pytest.approx(slope, rel=1e-13)


def test_far_tails_are_the_identity_and_zero():
    z = np.array([-1e4, 1e4], np.float32)
    np.testing.assert_array_equal(lk.Mish().function(z), [0, 1e4])
    np.testing.assert_array_equal(lk.Mish().derivative(z), [0, 1])

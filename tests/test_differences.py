"""The differences themselves, against derivatives that are known: a checker that accepts everything proves nothing."""

import math

import numpy as np
import pytest
from differences import gradient, slope


@pytest.mark.parametrize(("f", "x", "derivative"), [(math.sin, 0.7, math.cos(0.7)), (math.exp, 2.0, math.exp(2.0))])
def test_slope_reaches_the_last_digits(f, x, derivative):
    assert slope(f, x) == pytest.approx(derivative, rel=1e-11)


def test_slope_sees_a_factor_of_1_0005():
    assert slope(math.sin, 0.7) != pytest.approx(1.0005 * math.cos(0.7), rel=1e-4)


def test_gradient_leaves_the_array_as_it_was():
    x = np.array([[1.0, -2.0], [3.0, 0.5]])
    np.testing.assert_allclose(gradient(lambda: float((x**3).sum()), x), 3 * x**2, rtol=1e-10)
    np.testing.assert_array_equal(x, [[1.0, -2.0], [3.0, 0.5]])

"""ReLU: the rectifier and its convention at 0."""

import numpy as np
import pytest

import layerkit as lk


def test_hand_computed_values_and_slopes():
    z = np.array([-2.0, -0.0, 0.0, 0.5, 3.0])
    np.testing.assert_array_equal(lk.ReLU().function(z), [0, 0, 0, 0.5, 3])
    np.testing.assert_array_equal(lk.ReLU().derivative(z), [0, 0, 0, 1, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_is_masked_exactly_and_keeps_its_type(dtype):
    relu = lk.ReLU()
    z = np.array([[-1.0, 0.0, 1e-30, 5.0]], dtype)
    relu.forward(z)
    grad = np.array([[3.0, 3.0, -3.0, 1e-30]], dtype)
    result = relu.backward(grad)
    np.testing.assert_array_equal(result, np.array([[0, 0, -3, 1e-30]], dtype))
    assert result.dtype == dtype


def test_gain_is_the_root_of_two():
    assert lk.ReLU().gain == 2**0.5

"""Linear: the identity, which is not the affine layer."""

import numpy as np
import pytest

import layerkit as lk


def test_both_passes_return_what_they_get():
    linear, z, grad = lk.Linear(), np.ones((2, 3)), np.array([[1.0, -2.0, 1e-30], [0.0, 3.0, 1e30]])
    assert linear.forward(z) is z
    np.testing.assert_array_equal(linear.backward(grad), grad)


def test_config_has_no_arguments():
    assert lk.Linear().to_config() == {"class": "linear"}
    assert repr(lk.Linear()) == "Linear()"


def test_function_and_derivative_are_identity_and_one():
    z = np.array([-2.0, 3.0], np.float32)
    np.testing.assert_array_equal(lk.Linear().function(z), z)
    np.testing.assert_array_equal(lk.Linear().derivative(z), [1, 1])


def test_sizes_as_of_an_affine_layer_are_refused():
    with pytest.raises(TypeError, match=r"Linear\(\) takes no arguments"):
        lk.Linear(3, 4)

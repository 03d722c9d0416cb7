"""Linear: the identity, which is not the affine layer."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError


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


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: lk.Linear(3, 4), r"got Linear\(3, 4\)\. The affine layer x W \+ b is Dense\(3, 4\)"),
        (lambda: lk.Linear(3, 4, bias=False), r"is Dense\(3, 4, bias=False\)"),
        (lambda: lk.Linear(in_features=3), r"is Dense\(in_features=3\)"),
    ],
)
def test_sizes_are_refused_with_the_layer_that_is_meant(make, says):
    with pytest.raises(ConfigError, match=r"Linear is the identity activation and takes no arguments.*" + says):
        make()

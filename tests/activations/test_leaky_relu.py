"""LeakyReLU: a small slope on the left."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError


def test_hand_computed_values_and_slopes():
    z = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(lk.LeakyReLU(0.1).function(z), [-0.2, 0, 3])
    np.testing.assert_allclose(lk.LeakyReLU(0.1).derivative(z), [0.1, 0.1, 1])


def test_slope_above_one_is_no_maximum():
    np.testing.assert_array_equal(lk.LeakyReLU(2.0).function(np.array([-1.0, 1.0])), [-2, 1])


def test_slope_that_is_no_number_is_refused():
    with pytest.raises(ConfigError, match="negative_slope must be a finite number, got nan"):
        lk.LeakyReLU(float("nan"))

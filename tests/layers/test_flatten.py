"""Flatten: samples of any shape as rows, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ShapeError


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple))
def test_forward_and_backward_are_reshape_and_its_inverse(shape):
    layer, x = lk.Flatten(), np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    y = layer.forward(x)
    assert y.shape == (shape[0], *layer.output_shape(shape[1:]))
    np.testing.assert_array_equal(y.ravel(), x.ravel())
    np.testing.assert_array_equal(layer.backward(2 * y), 2 * x)


def test_both_passes_return_views():
    layer, x = lk.Flatten(), np.ones((2, 3, 4))
    y = layer.forward(x)
    assert np.shares_memory(y, x)
    assert np.shares_memory(layer.backward(y), x)


def test_one_number_is_no_batch():
    with pytest.raises(ShapeError, match=r"Flatten\(\) takes a batch, .*got a single number"):
        lk.Flatten().forward(np.float64(3.0))


def test_shape_is_known_as_far_as_its_sizes_are():
    flatten = lk.Flatten()
    shapes = [(2, 3), (7,), (), (None, 3), (..., 3), (...,), None]
    assert [flatten.output_shape(shape) for shape in shapes] == [(6,), (7,), (1,), (None,), (None,), (None,), (None,)]

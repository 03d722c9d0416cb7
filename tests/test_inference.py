"""Prediction in chunks: memory that all chunks share, and layers that do not write there."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.inference import infer_in_chunks, rows_in_cache


class Own(lk.Layer):
    """A layer that ignores what it is offered."""

    def forward(self, x, training=True, out=None):
        return x + 1

    def backward(self, grad, out=None):
        return grad


ENDS = [lk.ReLU, lk.Linear, lk.Tanh, lk.Flatten, Own, lambda: lk.Dense(3, 2, rng=1)]


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("end", ENDS)
def test_chunks_of_any_size_give_the_rows_in_their_order(end, rows):
    layers = (lk.Dense(2, 3, rng=0), lk.ReLU(), Own(), end())
    x = np.arange(14, dtype=np.float32).reshape(7, 2)
    before = x.copy()
    expected = x
    for layer in layers:
        expected = layer.forward(expected, False)
    np.testing.assert_allclose(infer_in_chunks(layers, x, rows), expected, rtol=1e-6)
    np.testing.assert_array_equal(x, before)


def test_result_of_layers_that_change_nothing_is_not_the_input():
    x = np.ones((5, 2), np.float32)
    result = infer_in_chunks((lk.Linear(),), x, 2)
    assert not np.shares_memory(result, x)
    np.testing.assert_array_equal(result, x)


def test_widest_array_of_a_chunk_stays_within_a_quarter_of_a_mebibyte():
    layers = (lk.Dense(4, 512), lk.Dense(512, 1))
    assert rows_in_cache(layers, np.ones((1000, 4), np.float32)) * 512 * 4 == 2**18
    assert rows_in_cache(layers, np.ones((1000, 4))) * 512 * 8 == 2**18


def test_a_row_wider_than_the_cache_still_goes_through():
    assert rows_in_cache((lk.Dense(1, 1 << 17),), np.ones((64, 1), np.float32)) == 1

"""Dropout: who is left out, by how much the others grow, and where the masks come from."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError

ONES = np.ones((1, 200), np.float32)


@given(st.floats(0, 0.9), st.integers(0, 99))
def test_elements_are_zero_or_scaled_up_and_backward_uses_the_same_mask(rate, seed):
    layer, x = lk.Dropout(rate).draw(seed), np.full((20, 10), 2.0)
    y = layer.forward(x)
    kept = y != 0
    np.testing.assert_allclose(y[kept], 2 / (1 - rate), rtol=1e-12)
    np.testing.assert_array_equal(layer.backward(x), y)


def test_share_of_dropped_elements_is_the_rate_and_the_mean_is_kept():
    y = lk.Dropout(0.3).draw(0).forward(np.ones((1000, 100)))
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_without_training_the_very_array_comes_back():
    x = np.ones((3, 4), np.float32)
    assert lk.Dropout(0.9).forward(x, training=False) is x


def test_prediction_draws_nothing_from_the_generator():
    layer, twin = lk.Dropout(0.5).draw(0), lk.Dropout(0.5).draw(0)
    layer.forward(ONES, training=False)
    np.testing.assert_array_equal(layer.forward(ONES), twin.forward(ONES))


def test_each_pass_draws_a_new_mask():
    layer = lk.Dropout(0.5).draw(0)
    assert (layer.forward(ONES) != layer.forward(ONES)).any()


def test_lone_layer_without_a_seed_draws_from_fresh_entropy():
    assert (lk.Dropout(0.5).forward(ONES) != lk.Dropout(0.5).forward(ONES)).any()


def test_same_seed_draws_the_same_masks_in_either_dtype_its_own():
    for dtype in (np.float32, np.float64):
        first, second, x = lk.Dropout(0.5).draw(3), lk.Dropout(0.5).draw(3), ONES.astype(dtype)
        for _ in range(3):
            np.testing.assert_array_equal(first.forward(x), second.forward(x))


def test_mask_fits_again_when_shape_or_dtype_changes():
    layer = lk.Dropout(0.5).draw(0)
    for x in (np.ones((4, 3)), np.ones((2, 3)), np.ones((2, 3), np.float32), np.ones(5)):
        y = layer.forward(x)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        np.testing.assert_array_equal(layer.backward(x), y)


def test_rate_zero_keeps_everything():
    np.testing.assert_array_equal(lk.Dropout(0.0).draw(0).forward(ONES), ONES)


def test_network_gives_every_dropout_a_stream_of_its_own():
    model = lk.Sequential(lk.Dropout(0.5), lk.Sequential(lk.Dropout(0.5)), rng=0)
    masks = [layer.forward(ONES) for layer in model]
    assert (masks[0] != masks[1]).any()
    for layer, mask in zip(lk.Sequential(lk.Dropout(0.5), lk.Dropout(0.5), rng=0), masks, strict=True):
        np.testing.assert_array_equal(layer.forward(ONES), mask)


def test_masks_of_one_layer_do_not_depend_on_how_often_another_one_drew():
    one, other = (lk.Sequential(lk.Dropout(0.5), lk.Dropout(0.5), rng=0) for _ in range(2))
    other[0].forward(ONES)
    other[0].forward(ONES)
    np.testing.assert_array_equal(one[1].forward(ONES), other[1].forward(ONES))


def test_generator_that_is_seeded_is_kept_in_a_network():
    lone, model = lk.Dropout(0.5).draw(8), lk.Sequential(lk.Dropout(0.5).draw(8), rng=0)
    np.testing.assert_array_equal(model[0].forward(ONES), lone.forward(ONES))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copy_goes_on_with_the_same_masks_from_a_generator_of_its_own(duplicate):
    layer = lk.Dropout(0.5).draw(0)
    layer.forward(ONES)
    twin = duplicate(layer)
    np.testing.assert_array_equal(layer.forward(ONES), twin.forward(ONES))
    np.testing.assert_array_equal(layer.forward(ONES), twin.forward(ONES))


def test_float64_rate_of_numpy_keeps_float32():
    layer = lk.Dropout(np.float64(0.5)).draw(0)
    assert layer.forward(ONES).dtype == layer.backward(ONES).dtype == np.float32


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        (1.0, r"rate must be a finite number at least 0 and below 1, got 1\.0"),
        (-0.1, r"rate must be a finite number at least 0 and below 1, got -0\.1"),
        (float("nan"), "rate must be .*, got nan"),
        ("half", "rate must be .*, got 'half'"),
    ],
)
def test_rate_out_of_range_is_refused(rate, says):
    with pytest.raises(ConfigError, match=says):
        lk.Dropout(rate)

"""Dropout: who is left out, by how much the others grow, and where the masks come from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError


@given(st.floats(0, 0.9), st.integers(0, 99))
def test_elements_are_zero_or_scaled_up_and_backward_uses_the_same_mask(rate, seed):
    layer, x = lk.Dropout(rate, rng=seed), np.full((20, 10), 2.0)
    y = layer.forward(x)
    kept = y != 0
    np.testing.assert_allclose(y[kept], 2 / (1 - rate), rtol=1e-12)
    np.testing.assert_array_equal(layer.backward(x), y)


def test_share_of_dropped_elements_is_the_rate_and_the_mean_is_kept():
    y = lk.Dropout(0.3, rng=0).forward(np.ones((1000, 100)))
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_without_training_the_very_array_comes_back():
    x = np.ones((3, 4), np.float32)
    assert lk.Dropout(0.9).forward(x, training=False) is x


def test_each_pass_draws_a_new_mask():
    layer = lk.Dropout(0.5, rng=0)
    assert (layer.forward(np.ones(100)) != layer.forward(np.ones(100))).any()


def test_lone_layer_without_a_seed_draws_from_fresh_entropy():
    x = np.ones((10, 100))
    assert (lk.Dropout(0.5).forward(x) != lk.Dropout(0.5).forward(x)).any()


def test_same_seed_draws_the_same_masks_in_either_dtype_its_own():
    for dtype in (np.float32, np.float64):
        x = np.ones((50, 4), dtype)
        first, second = lk.Dropout(0.5, rng=3), lk.Dropout(0.5, rng=3)
        for _ in range(3):
            np.testing.assert_array_equal(first.forward(x), second.forward(x))


def test_mask_fits_again_when_shape_or_dtype_changes():
    layer = lk.Dropout(0.5, rng=0)
    for x in (np.ones((4, 3)), np.ones((2, 3)), np.ones((2, 3), np.float32), np.ones(5)):
        y = layer.forward(x)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        np.testing.assert_array_equal(layer.backward(x), y)


def test_rate_zero_keeps_everything():
    np.testing.assert_array_equal(lk.Dropout(0.0, rng=0).forward(np.ones(100)), np.ones(100))


def test_network_gives_every_dropout_a_stream_of_its_own():
    x = np.ones((1, 200))
    model = lk.Sequential(lk.Dropout(0.5), lk.Dropout(0.5), rng=0)
    masks = [layer.forward(x) for layer in model]
    assert (masks[0] != masks[1]).any()
    for layer, mask in zip(lk.Sequential(lk.Dropout(0.5), lk.Dropout(0.5), rng=0), masks, strict=True):
        np.testing.assert_array_equal(layer.forward(x), mask)


def test_generator_of_its_own_is_kept_in_a_network():
    x, lone = np.ones((1, 200)), lk.Dropout(0.5, rng=8)
    model = lk.Sequential(lk.Dropout(0.5, rng=8), rng=0)
    np.testing.assert_array_equal(model[0].forward(x), lone.forward(x))


def test_dropout_does_not_change_which_weights_are_drawn():
    with_dropout = lk.Sequential(lk.Dense(4, 4), lk.Dropout(), lk.Dense(4, 4), rng=0)
    without = lk.Sequential(lk.Dense(4, 4), lk.Dense(4, 4), rng=0)
    np.testing.assert_array_equal(with_dropout.parameter_vector, without.parameter_vector)


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        (1.0, r"rate must be below 1, got 1\.0: it would leave nothing to learn from"),
        (-0.1, r"rate must be a finite number at least 0 and at most 1, got -0\.1"),
        (float("nan"), "rate must be .*, got nan"),
        ("half", "rate must be .*, got 'half'"),
    ],
)
def test_rate_out_of_range_is_refused(rate, says):
    with pytest.raises(ConfigError, match=says):
        lk.Dropout(rate)


def test_wrong_rng_is_refused():
    with pytest.raises(ConfigError, match="rng must be a non-negative integer"):
        lk.Dropout(0.5, rng="seed")

"""Inputs other than one array of floats: integers, masks, tuples, and the gradients that they do not have."""

import numpy as np
import pytest
from contracts.author_layers import Attention, Embedding, Identity

import layerkit as lk
from layerkit.errors import DTypeError, ShapeError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def test_integers_arrive_intact_and_have_no_gradient():
    seen = []

    class Spied(Embedding):
        def forward(self, x, training=True):
            seen.append(x)
            return super().forward(x % self.size, training)

    model = lk.Sequential(Spied(5, 3), lk.Dense(3, 2), rng=0)
    for x in ([[2**24 + 1, 3]], np.array([[2**24 + 1, 3]]), np.array([[2**24 + 1, 3]], np.uint32)):
        y = model.forward(x)
        assert seen[-1].tolist() == [[2**24 + 1, 3]]
        assert (y.shape, y.dtype) == ((1, 2, 2), np.float32)
        assert model.backward(np.ones_like(y)) is None
        assert model.gradient_vector.any()
    for wrong in ([[1.0, 2.0]], np.ones((1, 2), np.float32), np.ones((1, 2), bool)):
        with pytest.raises(DTypeError, match=r"x must hold integers, such as indices, got .*\. Use x\.astype\(int\)"):
            model.forward(wrong)


def test_only_floats_are_converted_where_anything_is_taken():
    seen = []

    class Spied(Identity):
        input_dtype = "any"

        def forward(self, x, training=True):
            seen.append(x.dtype)
            return x

    model = lk.Sequential(Spied())
    for dtype in (np.float64, np.float16, np.float32, np.int64, np.uint8, bool):
        model.forward(np.ones((2, 3), dtype))
    assert [dtype.name for dtype in seen] == ["float32"] * 3 + ["int64", "uint8", "bool"]


def test_mask_goes_along_and_has_no_gradient():
    model = lk.Sequential(Attention(4), lk.Dense(4, 2), rng=0)
    x, mask = np.random.default_rng(0).normal(size=(2, 3, 4)), np.array([[True, True, False], [True, False, False]])
    y = model.forward((x, mask))
    assert (y.shape, y.dtype) == ((2, 3, 2), np.float32)
    dx, dmask = model.backward(np.ones_like(y))
    assert (dx.shape, dx.dtype, dmask) == (x.shape, np.float32, None)
    changed = x.copy()
    changed[~mask] = 100.0
    np.testing.assert_allclose(model.forward((changed, mask))[mask], y[mask], rtol=1e-5)
    for wrong, says in [
        (x, "x must be a tuple of 2 arrays, got one array"),
        ((x,), "x must be a tuple of 2 arrays, got a tuple of 1"),
        ((x, mask[:1]), r"equally many rows, at least one, got shapes \(2, 3, 4\) and \(1, 3\)"),
    ]:
        with pytest.raises(ShapeError, match=says):
            model.forward(wrong)


def test_none_for_one_output_makes_the_gradients_of_its_part_zero():
    body = lk.Sequential(lk.Dense(4, 3), lk.Tanh())
    heads = lk.Parallel(lk.Dense(3, 2), lk.Sequential(lk.Dense(3, 1), lk.Tanh()), join="tuple")
    model = lk.Sequential(body, heads, rng=0)
    model.forward(X)
    model.gradient_vector[:] = np.nan
    dx = model.backward((np.ones((6, 2)), None))
    assert dx.any()
    assert not np.isnan(model.gradient_vector).any()
    assert body.gradient_vector.any()
    assert not heads.branches[1].gradient_vector.any()
    assert model.backward((None, None)) is None
    assert not model.gradient_vector.any()

"""What a layer takes: shapes by pattern, kinds of numbers, tuples."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import DTypeError, ShapeError


class Shift(lk.Layer):
    """A layer of a user's own: y = s x + t."""

    def __init__(self, offset, scale=1.0):
        self.offset, self.scale = offset, scale

    def forward(self, x, training=True):
        self.check_input(x)
        if training:
            self.cache = x.shape
        return x * self.scale + self.offset

    def backward(self, grad, input_grad=True):
        self.check_gradient(grad, self.cache)
        return grad * self.scale if input_grad else None


class Picky(Shift):
    """One that takes tuples: numbers (length, 3), and which of them count."""

    input_shape, input_dtype = ((None, 3), (None,)), ("float", "any")


def test_tuple_is_checked_part_by_part():
    layer, x, mask = Picky(0.0), np.ones((2, 5, 3), np.float32), np.ones((2, 5), bool)
    layer.check_input((x, mask))
    layer.check_input((x, mask.astype(np.int64)))
    shapes = r"takes samples of shape \(\(\*, 3\), \(\*,\)\), got samples of shape "
    for wrong, says in [
        (x, shapes + r"\(5, 3\)"),
        ((x,), shapes + r"\(\(5, 3\),\)"),
        ((x, mask, mask), shapes + r"\(\(5, 3\), \(5,\), \(5,\)\)"),
        ((x[..., :2], mask), shapes + r"\(\(5, 2\), \(5,\)\)"),
        ((x, x), shapes + r"\(\(5, 3\), \(5, 3\)\)"),
    ]:
        with pytest.raises(ShapeError, match=says):
            layer.check_input(wrong)
    with pytest.raises(DTypeError, match="takes arrays of floats, got bool"):
        layer.check_input((mask, mask))
    with pytest.raises(DTypeError, match="takes arrays of numbers, got list"):
        layer.check_input((x, [[True]]))


class Table(Shift):
    input_dtype = "integer"


def test_layer_of_indices_refuses_floats_and_masks_but_no_integers():
    table = Table(0)
    for dtype in (np.int8, np.uint64, np.int64):
        table.check_input(np.ones((2, 3), dtype))
    for wrong in (np.float32, np.float64, bool):
        with pytest.raises(DTypeError, match=r"takes arrays of integers, got .*\. Convert it .*asarray\(x, int\)"):
            table.check_input(np.ones((2, 3), wrong))


def test_layer_of_anything_takes_any_real_number_and_any_tuple():
    class Anything(Shift):
        input_dtype, input_shape = "any", None

    layer, x = Anything(0), np.ones((2, 3))
    for array in (x, x.astype(int), x > 0, (x, x > 0), (x, (x, x))):
        layer.check_input(array)
    assert layer.output_shape(None) is None
    assert layer.output_shape((2, 3)) == (2, 3)


@pytest.mark.parametrize("pattern", [(), (None,), (2, None), (None, 3), (..., None, 3), (2, 3)])
def test_any_pattern_lets_through_what_fits_and_nothing_else(pattern):
    class Patterned(Shift):
        input_shape = pattern

    layer = Patterned(0)
    for shape in [(), (2,), (3,), (2, 3), (3, 3), (4, 2, 3)]:
        fitting = {
            (): shape == (),
            (None,): len(shape) == 1,
            (2, None): len(shape) == 2 and shape[0] == 2,
            (None, 3): len(shape) == 2 and shape[1] == 3,
            (..., None, 3): len(shape) >= 2 and shape[-1] == 3,
            (2, 3): shape == (2, 3),
        }[pattern]
        if fitting:
            layer.check_input(np.ones((5, *shape), np.float32))
            assert layer.check_shape(shape) == shape
        else:
            with pytest.raises(ShapeError, match=r"Patterned|Shift"):
                layer.check_input(np.ones((5, *shape), np.float32))


def test_sample_input_has_the_shape_and_dtype_of_the_layer():
    layer = Shift(0).astype("float64")
    x = layer.sample_input(np.random.default_rng(0), 3, (2, 4))
    assert (x.shape, x.dtype) == ((3, 2, 4), np.float64)
    pair = layer.sample_input(np.random.default_rng(0), 3, ((2, 4), (2,)))
    assert [array.shape for array in pair] == [(3, 2, 4), (3, 2)]

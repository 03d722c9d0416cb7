"""Batches: arrays and tuples of arrays, whose rows are counted, taken and joined in one place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerkit import batch
from layerkit.errors import DTypeError, ShapeError

F4, F8 = np.dtype(np.float32), np.dtype(np.float64)


def array(*shape, dtype=np.float32):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


PAIR = array(6, 2), (array(6), array(6, 3, 2, dtype=np.int64))


def assert_equal(found, expected):
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        for a, b in zip(found, expected, strict=True):
            assert_equal(a, b)
    else:
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_arrays_come_in_order_however_deep():
    assert [a.shape for a in batch.arrays(PAIR)] == [(6, 2), (6,), (6, 3, 2)]
    assert batch.arrays(PAIR[0])[0] is PAIR[0]


def test_each_goes_through_tuples_side_by_side():
    assert_equal(batch.each(np.add, PAIR, PAIR), (2 * PAIR[0], (2 * PAIR[1][0], 2 * PAIR[1][1])))
    with pytest.raises(ValueError, match="shorter"):
        batch.each(np.add, (PAIR[0], PAIR[0]), (PAIR[0],))


def test_rows_are_counted_over_all_arrays():
    assert batch.rows(PAIR[0]) == batch.rows(PAIR) == batch.rows(PAIR, PAIR[0]) == 6
    for wrong, shapes in [
        ((array(3), array(4)), r"\(3,\) and \(4,\)"),
        (((array(3, 1), array(4)),), r"\(3, 1\) and \(4,\)"),
        ((array(0, 3),), r"\(0, 3\)"),
        ((array(0), array(0)), r"\(0,\) and \(0,\)"),
        ((np.float32(3),), r"\(\)"),
    ]:
        with pytest.raises(ShapeError, match=rf"equally many rows, at least one, got shapes {shapes}"):
            batch.rows(*wrong)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_rows_are_taken_from_every_array(index):
    for chosen in (np.array(index), slice(index[0], index[-1] + 1)):
        first, (second, third) = batch.take(PAIR, chosen)
        np.testing.assert_array_equal(first, PAIR[0][chosen])
        np.testing.assert_array_equal(second, PAIR[1][0][chosen])
        np.testing.assert_array_equal(third, PAIR[1][1][chosen])


@given(st.integers(1, 6))
def test_what_was_cut_apart_is_joined_again(size):
    parts = [batch.take(PAIR, slice(i, i + size)) for i in range(0, 6, size)]
    assert_equal(batch.concatenate(parts), PAIR)
    assert_equal(batch.concatenate([part[0] for part in parts]), PAIR[0])


def test_shapes_with_and_without_the_batch_axis():
    assert batch.shape_of(PAIR) == ((6, 2), ((6,), (6, 3, 2)))
    assert batch.sample_shape(PAIR) == ((2,), ((), (3, 2)))
    assert batch.sample_shape(PAIR[0]) == (2,)
    assert batch.shape_of(None) is None
    assert batch.shape_of((PAIR[0], None)) == ((6, 2), None)
    assert batch.shape_of([1.0]) is None


def test_gradient_has_the_shape_of_what_it_belongs_to():
    shape = batch.shape_of(PAIR)
    for right in (PAIR, (None, None), (PAIR[0], None), (None, (None, PAIR[1][1])), None):
        assert batch.same_shape(right, shape)
    for wrong in (PAIR[0], (PAIR[0],), (PAIR[0], PAIR[0]), (*PAIR, PAIR[0]), (PAIR[0], (None,)), [1.0], 3.0, "a"):
        assert not batch.same_shape(wrong, shape)
    assert not batch.same_shape(PAIR, (6, 2))


def test_none_adds_as_zero():
    a, b = array(2), 10 * array(2)
    assert batch.add(None, None) is None
    assert batch.add(a, None) is batch.add(None, a) is a
    assert_equal(batch.add(a, b), 11 * array(2))
    first, (second, third) = batch.add((a, (None, b)), (b, (None, None)))
    np.testing.assert_array_equal(first, 11 * array(2))
    assert second is None
    assert third is b
    assert_equal(batch.add(None, (a, b)), (a, b))
    np.testing.assert_array_equal(a, array(2))


def test_nothing_is_none_or_a_tuple_of_nothing_else():
    assert all(map(batch.is_nothing, (None, (None, None), (None, (None,)))))
    assert not any(map(batch.is_nothing, (array(2), (None, array(2)), (None, (array(2),)))))


def test_owned_copies_views_and_what_belongs_to_another_batch():
    x = array(6, 2)
    for y in (x, x[:], x.reshape(12), (x, x[:3])):
        result = batch.owned(y, x)
        assert_equal(result, y)
        assert not any(np.shares_memory(a, x) for a in batch.arrays(result))
    new = x + 1
    assert batch.owned(new, x) is new
    assert batch.owned((new, x), (x, x))[0] is new
    mask = x > 2
    assert not np.shares_memory(batch.owned((new, mask), (x, mask))[1], mask)
    assert not np.shares_memory(batch.owned(mask, (x, mask)), mask)


@pytest.mark.parametrize("dtype", [F4, F8])
@pytest.mark.parametrize(
    "x", [array(2, 3), array(2, 3, dtype="f8"), array(2, 3, dtype="i8"), array(2, 3) > 2, [[1, 2]]]
)
def test_floats_are_wanted_in_one_dtype(x, dtype):
    result = batch.as_input(x, "float", dtype)
    np.testing.assert_array_equal(result, x)
    assert result.dtype == dtype
    if getattr(x, "dtype", None) is dtype:
        assert result is x


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8, np.uint64])
def test_integers_stay_what_they_are(dtype):
    x = array(2, 3, dtype=dtype)
    assert batch.as_input(x, "integer", F4) is x
    assert batch.as_input(x, "any", F4) is x


def test_large_integers_are_not_rounded():
    for value in (2**24 + 1, 2**53 + 1, -(2**62) - 1):
        for x in ([value], np.array([value])):
            for kind in ("integer", "any"):
                assert batch.as_input(x, kind, F4).tolist() == [value]


@pytest.mark.parametrize("x", [array(2), array(2, dtype="f8"), array(2, dtype="f2"), [1.0], array(2) > 0])
def test_indices_must_be_integers(x):
    with pytest.raises(
        DTypeError, match=r"x\[1\] must hold integers, such as indices, got .*Use x\[1\]\.astype\(int\)"
    ):
        batch.as_input((array(2), x), ("float", "integer"), F4)


def test_anything_is_converted_only_if_it_is_floats():
    assert batch.as_input(array(2, dtype="f8"), "any", F4).dtype == F4
    mask = array(2) > 0
    assert batch.as_input(mask, "any", F4) is mask


def test_tuple_is_converted_part_by_part():
    x, mask, ids = array(2, 3, dtype="f8"), array(2) > 0, array(2, dtype="i8")
    found = batch.as_input((x, (mask, ids)), ("float", ("any", "integer")), F4)
    assert found[0].dtype == F4
    assert found[1][0] is mask
    assert found[1][1] is ids
    assert [a.dtype for a in batch.as_input((x, x), "float", F4)] == [F4, F4]
    assert [a.shape for a in batch.as_input(([[1.0, 2.0]], [3]), ("float", "integer"), F4)] == [(1, 2), (1,)]


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (array(2), "X must be a tuple of 2 arrays, got one array"),
        ([array(2), array(2)], "X must be a tuple of 2 arrays, got one array"),
        ((array(2),), "X must be a tuple of 2 arrays, got a tuple of 1"),
        ((array(2),) * 3, "X must be a tuple of 2 arrays, got a tuple of 3"),
        ((), "X must be a tuple of 2 arrays, got a tuple of 0"),
    ],
)
def test_other_number_of_arrays_is_refused(x, says):
    with pytest.raises(ShapeError, match=says):
        batch.as_input(x, ("float", "any"), F4, "X")


@pytest.mark.parametrize("kind", ["float", "integer", "any"])
@pytest.mark.parametrize("x", [np.array(["a"]), np.array([1j]), np.array([None]), [[1.0], [1.0, 2.0]], "text"])
def test_what_is_no_number_is_refused_by_name(x, kind):
    with pytest.raises(DTypeError, match=r"X must (hold real numbers|be a rectangular array)"):
        batch.as_input(x, kind, F4, "X")


def test_gradients_take_the_dtype_of_the_network_and_none_stays():
    grad = array(2)
    assert batch.as_gradient(grad, F4) is grad
    assert batch.as_gradient(None, F4) is None
    first, second, third = batch.as_gradient((array(2, dtype="f8"), None, [1, 2]), F4)
    assert (first.dtype, second, third.dtype) == (F4, None, F4)

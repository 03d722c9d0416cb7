"""Patterns of shapes: which fit each other, against all small shapes one by one."""

import itertools

import pytest

from layerkit.shapes import fits, is_tuple_of_shapes, show

SIZES, AXES = (2, 3), range(5)
PATTERNS = [p for axes in range(4) for p in itertools.product((None, 2, 3), repeat=axes)]
PATTERNS += [(..., *pattern) for pattern in PATTERNS]


def has(shape, pattern):
    """Return whether a shape without anything unknown has a pattern, axis by axis."""
    if pattern[:1] == (...,):
        pattern, shape = pattern[1:], shape[max(0, len(shape) - len(pattern) + 1) :]
    return len(shape) == len(pattern) and all(b is None or a == b for a, b in zip(shape, pattern, strict=True))


CONCRETE = [shape for axes in AXES for shape in itertools.product(SIZES, repeat=axes)]
OF = {pattern: {shape for shape in CONCRETE if has(shape, pattern)} for pattern in PATTERNS}


def test_every_pair_of_small_patterns_fits_where_some_shape_has_both():
    # with sizes 2 and 3, up to four axes and patterns of up to three, each pair that fits has a witness
    wrong = [(a, b) for a in PATTERNS for b in PATTERNS if fits(a, b) != bool(OF[a] & OF[b])]
    assert wrong == []
    assert len(PATTERNS) ** 2 == 6400


def test_fitting_is_symmetric_and_reflexive():
    for a, b in itertools.product(PATTERNS, repeat=2):
        assert fits(a, b) == fits(b, a)
    assert all(fits(pattern, pattern) for pattern in PATTERNS)


def test_tuples_of_all_pairs_fit_part_by_part():
    few = [(), (2,), (None,), (..., 3), (2, 3), (...,)]
    for a, b, c, d in itertools.product(few, repeat=4):
        if any(isinstance(part, tuple) for part in (a, b)):
            assert fits((a, b), (c, d)) == (fits(a, c) and fits(b, d))


@pytest.mark.parametrize(
    ("shape", "pattern", "fitting"),
    [
        (None, (2, 3), True),
        ((2, 3), None, True),
        (None, None, True),
        (((2,), (3,)), None, True),
        (((2,), (3,)), (2, 3), False),
        ((2, 3), ((2,), (3,)), False),
        (((2,), (3,)), (...,), False),
        (((2,), (3,)), ((2,), (3,), (4,)), False),
        (((2,), None), ((2,), (3,)), True),
        ((None, (3,)), ((2,), (3,)), True),
        (((2,), (3,)), ((..., 2), (None,)), True),
        ((((2,), (3,)), (4,)), (((2,), (3,)), (4,)), True),
        ((((2,), (3,)), (4,)), (((2,), (5,)), (4,)), False),
        ((((2,), (3,)), (4,)), ((2,), (4,)), False),
    ],
)
def test_tuples_and_unknown_shapes(shape, pattern, fitting):
    assert fits(shape, pattern) is fitting


def test_shape_of_a_tuple_is_told_from_that_of_an_array():
    for shape in ((), (2, 3), (None, 2), (..., 2), None):
        assert not is_tuple_of_shapes(shape)
    for shape in (((),), ((2,), (3,)), (None, (3,))):
        assert is_tuple_of_shapes(shape)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((2, 3), "(2, 3)"),
        ((4,), "(4,)"),
        ((), "()"),
        ((..., 4), "(..., 4)"),
        ((None, 4), "(*, 4)"),
        ((...,), "(...,)"),
        (((None, 6), (None,)), "((*, 6), (*,))"),
        (None, "*"),
    ],
)
def test_shape_as_text(shape, text):
    assert show(shape) == text

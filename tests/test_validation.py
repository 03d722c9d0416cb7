"""What a user may pass, and what each refusal says."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerkit import validation
from layerkit.errors import ConfigError, DataError, DTypeError


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("f4"), "<f4"])
def test_float_dtype_is_the_object_that_numpy_uses(dtype):
    assert validation.float_dtype(dtype) is np.dtype(np.float32)


@pytest.mark.parametrize("dtype", [None, "float16", int, "complex64", "no dtype", object()])
def test_other_dtype_is_refused_by_name(dtype):
    with pytest.raises(ConfigError, match=r"dtype must be float32 or float64, got"):
        validation.float_dtype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_array_that_fits_is_not_copied(dtype):
    x = np.ones(3, dtype)
    assert validation.as_array(x) is x
    assert validation.as_array(x, np.dtype(dtype)) is x


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (np.ones(3, np.float64), np.float64),
        (np.float64(1), np.float64),
        (1.5, np.float32),
        ([1.5], np.float32),
        (np.ones(3, int), np.float32),
        (np.ones(3, bool), np.float32),
        (np.ones(3, np.float16), np.float32),
    ],
)
def test_only_float64_arrays_stay_float64(x, dtype):
    array = validation.as_array(x)
    assert array.dtype is np.dtype(dtype)
    np.testing.assert_array_equal(array, x)


def test_asked_dtype_is_obeyed():
    assert validation.as_array(np.ones(3, np.float64), validation.FLOAT32).dtype is validation.FLOAT32
    assert validation.as_array([1, 2], validation.FLOAT64).dtype is validation.FLOAT64


@pytest.mark.parametrize(
    ("x", "named"),
    [
        (np.array([1 + 2j]), "complex128"),
        (np.array(["1.0"]), "<U3"),
        (np.array(["red", "blue"]), "<U4"),
        (np.array([["red", "S"], ["blue", "M"]]), "<U4"),
        (np.array([["red", 1.5], ["blue", 2.5]], object), "object"),
        (np.array([None, 1.0]), "object"),
        (np.array([1, 2.5], object), "object"),
        (np.array(["2026-01-01"], "datetime64[D]"), "datetime64"),
        (np.array([3], "timedelta64[s]"), "timedelta64"),
        (["red", "blue"], "<U4"),
    ],
)
def test_what_is_no_number_is_refused_with_a_remedy_that_works_for_it(x, named):
    with pytest.raises(DTypeError, match=rf"X must hold real numbers, got dtype {named}") as caught:
        validation.as_array(x, name="X")
    message = str(caught.value)
    if "np.unique" in message:
        *_, codes = eval(re.search(r"np\.unique\(.*\)", message)[0], {"np": np, "X": x, "i": 0})
    elif ".astype('int64')" in message:
        codes = x.astype("int64")
    else:
        codes = eval(re.search(r"np\.(asarray|stack)\(.*\)", message)[0], {"np": np, "X": x})
    assert validation.as_array(codes).dtype == np.float32 or codes.dtype == np.float64


def test_sparse_matrix_is_told_to_be_made_dense():
    class Sparse:
        def toarray(self):
            return np.eye(2)

    with pytest.raises(DTypeError, match=r"It is a sparse matrix: pass X\.toarray\(\)"):
        validation.as_array(Sparse(), name="X")


class StandIn:
    """What a recording passes in place of an array: it computes, but has no numbers."""

    __array_ufunc__ = None
    ndim, dtype, shape = 2, np.dtype(np.float32), (3, 2)


def test_stand_ins_for_arrays_pass_as_they_are():
    x = StandIn()
    assert validation.as_numbers(x, "x") is x


@pytest.mark.parametrize("x", [np.ones(2, int), np.ones(2, bool), np.ones(2, np.float16), [1, 2], np.ones(2, np.uint8)])
def test_numbers_keep_their_type(x):
    assert validation.as_numbers(x, "x").dtype == np.asarray(x).dtype


def test_ragged_rows_are_refused():
    with pytest.raises(DTypeError, match="X must be a rectangular array of numbers, with rows of one length"):
        validation.as_array([[1.0], [1.0, 2.0]], name="X")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_first_value_that_is_not_finite_is_named(value):
    x = np.zeros((3, 2))
    x[1, 1], x[2, 0] = value, math.nan
    with pytest.raises(DataError, match=rf"X must be finite, but X\[1, 1\] is {value}"):
        validation.check_finite(x, "X")


def test_finite_and_integer_arrays_pass():
    validation.check_finite(np.ones(3), "X")
    validation.check_finite(np.array([1, 2]), "y")


@pytest.mark.parametrize(
    ("bounds", "value", "says"),
    [
        ({"minimum": 0}, -1, "a finite number at least 0, got -1"),
        ({"minimum": 0}, math.nan, "a finite number at least 0, got nan"),
        ({"minimum": 0}, math.inf, "a finite number at least 0, got inf"),
        ({"minimum": 0, "exclusive": True}, 0, "a finite number above 0, got 0"),
        ({"minimum": 0, "below": 1}, 1.5, "a finite number at least 0 and below 1, got 1.5"),
        ({"below": 1}, 1, "a finite number below 1, got 1"),
        ({}, "0.1", "a finite number, got '0.1'"),
        ({}, True, "a finite number, got True"),
        ({}, None, "a finite number, got None"),
        ({}, 1j, "a finite number, got 1j"),
        ({}, -math.inf, "a finite number, got -inf"),
    ],
)
def test_number_out_of_bounds_is_named_with_the_bounds(bounds, value, says):
    with pytest.raises(ConfigError, match=f"^rate must be {says}"):
        validation.check_number("rate", value, **bounds)


@given(st.floats(0, 1, exclude_max=True))
def test_number_within_closed_bounds_passes_as_a_float(value):
    assert validation.check_number("rate", np.float64(value), minimum=0, below=1) == value


def test_numpy_and_integer_numbers_become_floats():
    assert type(validation.check_number("rate", np.float32(0.5))) is float
    assert type(validation.check_number("rate", 1)) is float


@pytest.mark.parametrize("value", [0, -3, 1.0, True, "2", None])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(ConfigError, match=rf"^batch_size must be an integer of at least 1, got {value!r}"):
        validation.check_integer("batch_size", value, 1)


def test_numpy_integer_is_a_count():
    assert type(validation.check_integer("batch_size", np.int64(3), 1)) is int


def test_choice_lists_what_is_allowed():
    assert validation.check_choice("reduction", "sum", ("mean", "sum")) == "sum"
    with pytest.raises(ConfigError, match="reduction must be one of 'mean', 'sum', got 'max'"):
        validation.check_choice("reduction", "max", ("mean", "sum"))


def test_generator_is_used_as_it_is_and_seeds_are_reproducible():
    rng = np.random.default_rng(0)
    assert validation.generator(rng) is rng
    assert validation.generator(5).random() == validation.generator(np.int64(5)).random()
    assert validation.generator(None).random() != validation.generator(None).random()


@pytest.mark.parametrize("rng", [-1, 1.5, "seed"])
def test_what_is_no_seed_is_refused(rng):
    with pytest.raises(ConfigError, match=r"rng must be a non-negative integer, a numpy.random.Generator or None, got"):
        validation.generator(rng)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_flag_is_a_bool(value):
    assert validation.check_flag("nesterov", value) is bool(value)


@pytest.mark.parametrize("value", ["no", 0, 1, None, 1.0, [], np.array([True])])
def test_what_is_no_flag_is_refused(value):
    with pytest.raises(ConfigError, match="nesterov must be True or False, got"):
        validation.check_flag("nesterov", value)


def test_kind_is_checked_and_a_class_is_told_to_be_called():
    validation.check_kind("model", 3, int)
    with pytest.raises(ConfigError, match=r"model must be an instance of int, got 'a'\.$"):
        validation.check_kind("model", "a", int)
    with pytest.raises(ConfigError, match=r"got <class 'float'>\. Make an object of it: float\(\.\.\.\)\."):
        validation.check_kind("model", float, int)

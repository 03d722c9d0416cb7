"""Parameter: one value, one gradient, and memory that stays where it is."""

import copy
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError


def drawn():
    return lk.Parameter("w", shape=(2, 3), initializer=lk.initializers.Normal(1.0), rng=0)


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ([1.0], None, np.float32),
        (np.ones(1, np.float64), None, np.float64),
        (np.ones(1, np.float32), None, np.float32),
        (np.ones(1, int), None, np.float32),
        ([1.0], "float64", np.float64),
        (np.ones(1, np.float64), np.float32, np.float32),
    ],
)
def test_dtype_is_that_of_the_value_unless_told(value, dtype, expected):
    parameter = lk.Parameter("w", value, dtype=dtype)
    assert parameter.dtype is parameter.value.dtype is parameter.grad.dtype is np.dtype(expected)


def test_value_is_a_copy_of_what_the_user_gave():
    given = np.ones(2, np.float32)
    parameter = lk.Parameter("w", given, given)
    given[:] = 5
    np.testing.assert_array_equal(parameter.value, [1, 1])
    np.testing.assert_array_equal(parameter.grad, [1, 1])


def test_assigning_keeps_the_arrays_in_their_place():
    parameter = lk.Parameter("w", [1.0, 2.0])
    value, grad = parameter.value, parameter.grad
    parameter.value, parameter.grad = [3, 4], [5, 6]
    parameter.value += 1
    assert parameter.value is value
    assert parameter.grad is grad
    np.testing.assert_array_equal(value, [4, 5])
    np.testing.assert_array_equal(grad, [5, 6])


def test_gradient_starts_at_zero():
    np.testing.assert_array_equal(lk.Parameter("w", [1.0, 2.0]).grad, [0, 0])


@pytest.mark.parametrize("name", ["value", "grad"])
def test_other_shape_is_refused_and_changes_nothing(name):
    parameter = lk.Parameter("slope", [1.0, 2.0], [3.0, 4.0])
    with pytest.raises(ShapeError, match=rf"slope.{name} has shape \(2,\), got \(1,\)"):
        setattr(parameter, name, [1.0])
    np.testing.assert_array_equal(parameter.value, [1, 2])
    np.testing.assert_array_equal(parameter.grad, [3, 4])


def test_what_is_no_number_is_refused_by_the_name_of_the_parameter():
    parameter = lk.Parameter("slope", [1.0])
    with pytest.raises(DTypeError, match=r"slope\.value must hold real numbers"):
        parameter.value = ["a"]
    with pytest.raises(DTypeError, match=r"slope must hold real numbers, got dtype complex128"):
        lk.Parameter("slope", [1j])


def test_neither_value_nor_shape_is_refused():
    with pytest.raises(ConfigError, match="parameter 'w' needs a value, or the shape to draw one of; got neither"):
        lk.Parameter("w")


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'values'"):
        _ = drawn().values  # the class has `value`


def test_value_is_drawn_at_first_sight_and_only_once():
    parameter = drawn()
    assert not parameter.is_set
    seen = parameter.value.copy()
    assert parameter.is_set
    parameter.initialize(np.random.default_rng(9))
    np.testing.assert_array_equal(parameter.value, seen)
    np.testing.assert_array_equal(drawn().value, seen)


def test_set_value_is_never_drawn_over():
    parameter = drawn()
    parameter.value = np.ones((2, 3))
    parameter.initialize(np.random.default_rng(9))
    np.testing.assert_array_equal(parameter.value, np.ones((2, 3)))


def test_generator_of_its_own_comes_before_that_of_the_network():
    own, given = drawn(), lk.Parameter("w", shape=(2, 3), initializer=lk.initializers.Normal(1.0))
    own.initialize(np.random.default_rng(9))
    given.initialize(np.random.default_rng(0))
    np.testing.assert_array_equal(own.value, drawn().value)
    np.testing.assert_array_equal(given.value, drawn().value)


def test_initializer_gets_shape_and_gain():
    parameter = lk.Parameter("w", shape=(2, 3), initializer=lambda shape, rng, gain: np.full(shape, gain))
    parameter.initialize(gain=1.5)
    np.testing.assert_array_equal(parameter.value, np.full((2, 3), 1.5))


def test_initializer_of_another_shape_is_refused():
    parameter = lk.Parameter("w", shape=(2,), initializer=lambda shape, rng, gain: np.ones(3))
    with pytest.raises(ShapeError, match=r"w.value has shape \(2,\), got \(3,\)"):
        _ = parameter.value
    assert not parameter.is_set


def test_without_initializer_it_is_zero():
    np.testing.assert_array_equal(lk.Parameter("w", shape=(2,)).value, [0, 0])


def test_binding_takes_value_and_gradient_along():
    parameter = lk.Parameter("w", [1.0, 2.0], [3.0, 4.0])
    values, grads = np.zeros(5), np.zeros(5)
    parameter.bind(values[1:3], grads[1:3])
    parameter.value = parameter.value * 10
    np.testing.assert_array_equal(values, [0, 10, 20, 0, 0])
    np.testing.assert_array_equal(grads, [0, 3, 4, 0, 0])
    assert parameter.is_bound
    assert parameter.dtype == np.float64


def test_binding_does_not_draw():
    parameter = drawn()
    parameter.bind(np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32))
    assert not parameter.is_set
    np.testing.assert_array_equal(parameter.value, drawn().value)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda parameter: pickle.loads(pickle.dumps(parameter))])
@pytest.mark.parametrize("is_set", [True, False])
def test_copy_has_memory_of_its_own_and_belongs_to_no_network(duplicate, is_set):
    layer = lk.Dense(2, 3, rng=0)
    if is_set:
        lk.Sequential(layer)
    twin = duplicate(layer.weight)
    assert twin.is_set is is_set
    assert not twin.is_bound
    np.testing.assert_array_equal(twin.value, layer.weight.value)
    twin.value, twin.grad = np.zeros((2, 3)), np.ones((2, 3))
    assert layer.weight.value.all()
    assert not layer.weight.grad.any()
    assert twin.dtype is twin.value.dtype is np.dtype(np.float32)


def test_numpy_reads_the_value():
    parameter = lk.Parameter("w", [1.0, 2.0])
    np.testing.assert_array_equal(np.asarray(parameter), [1, 2])
    assert np.asarray(parameter, dtype=np.float64).dtype == np.float64


def test_size_and_repr_name_the_parameter():
    assert drawn().size == 6
    assert repr(drawn()) == "Parameter('w', shape=(2, 3), dtype=float32)"

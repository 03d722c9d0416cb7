"""Parameter: one value, one gradient, unset until set, drawn or seen."""

import copy
import pickle
import threading

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError


def normal(shape=(2, 3)):
    return lk.Parameter(shape, lk.initializers.Normal(1.0))


def filled(*values):
    parameter = lk.Parameter((len(values),))
    parameter.value = values
    return parameter


class Told(lk.initializers.Initializer):
    """One that returns what a function of the parameter says."""

    def __init__(self, say):
        self.say = say

    def draw(self, parameter, rng):
        return self.say(parameter)


def test_it_holds_no_memory_until_it_is_set_drawn_or_seen():
    for use in (
        lambda parameter: setattr(parameter, "value", np.ones((2, 3))),
        lambda parameter: parameter.draw(0),
        lambda parameter: parameter.value,
        lambda parameter: parameter.grad,
        lambda parameter: setattr(parameter, "grad", 0.0),
    ):
        parameter = normal()
        assert not parameter.is_set
        use(parameter)
        assert parameter.is_set
    unset = lk.Dense(10**6, 10**6)  # four terabytes
    assert (unset.weight.size, unset.weight.is_set) == (10**12, False)


def test_value_is_a_copy_of_what_the_user_gave():
    given = np.ones(2, np.float32)
    parameter = lk.Parameter((2,))
    parameter.value, parameter.grad = given, given
    given[:] = 5
    np.testing.assert_array_equal(parameter.value, [1, 1])
    np.testing.assert_array_equal(parameter.grad, [1, 1])


def test_assigning_keeps_the_arrays_in_their_place():
    parameter = filled(1.0, 2.0)
    value, grad = parameter.value, parameter.grad
    parameter.value, parameter.grad = [3, 4], [5, 6]
    parameter.value += 1
    parameter.grad *= 2
    assert parameter.value is value
    assert parameter.grad is grad
    np.testing.assert_array_equal(value, [4, 5])
    np.testing.assert_array_equal(grad, [10, 12])


def test_number_fills_the_whole_array():
    parameter = normal()
    parameter.value, parameter.grad = 3, np.float64(0.5)
    np.testing.assert_array_equal(parameter.value, np.full((2, 3), 3))
    np.testing.assert_array_equal(parameter.grad, np.full((2, 3), 0.5))
    assert parameter.value.dtype == parameter.grad.dtype == np.float32


@pytest.mark.parametrize("given", [[1, 0], np.array([1.0, 0.0]), np.array([True, False]), np.array([1, 0], np.uint8)])
def test_any_real_numbers_take_the_dtype_of_the_parameter(given):
    for dtype in ("float32", "float64"):
        parameter = lk.Parameter((2,))
        parameter.astype(dtype)
        parameter.value = parameter.grad = given
        assert parameter.dtype == parameter.value.dtype == parameter.grad.dtype == dtype
        np.testing.assert_array_equal(parameter.value, [1, 0])
        np.testing.assert_array_equal(parameter.grad, [1, 0])


def test_gradient_starts_at_zero():
    np.testing.assert_array_equal(normal().grad, np.zeros((2, 3)))
    np.testing.assert_array_equal(filled(1.0, 2.0).grad, [0, 0])


@pytest.mark.parametrize("name", ["value", "grad"])
@pytest.mark.parametrize("wrong", [[1.0], np.ones((2, 1)), np.ones((1, 2)), [[1.0, 2.0], [3.0, 4.0]]])
def test_other_shape_is_refused_and_changes_nothing(name, wrong):
    parameter = filled(1.0, 2.0)
    parameter.grad = [3.0, 4.0]
    with pytest.raises(ShapeError, match=rf"the {name} of a parameter of shape \(2,\) cannot have shape \("):
        setattr(parameter, name, wrong)
    np.testing.assert_array_equal(parameter.value, [1, 2])
    np.testing.assert_array_equal(parameter.grad, [3, 4])


@pytest.mark.parametrize("name", ["value", "grad"])
@pytest.mark.parametrize("wrong", [["a", "b"], [1j, 2], [None, None], None, [[1.0], [1.0, 2.0]]])
def test_what_is_no_number_is_refused_and_changes_nothing(name, wrong):
    parameter = filled(1.0, 2.0)
    with pytest.raises(DTypeError, match=rf"{name} must (hold real numbers|be a rectangular array)"):
        setattr(parameter, name, wrong)
    np.testing.assert_array_equal(parameter.value, [1, 2])
    unset = normal((2,))
    with pytest.raises(DTypeError):
        unset.value = wrong
    assert not unset.is_set


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((3,), r"shape must be a tuple of integers, such as \(4, 16\), got 3"),
        (("weight",), "shape must be a tuple of integers"),
        ((np.ones(2),), "shape must be a tuple of integers"),
        (((2, 0),), "each size in shape must be an integer of at least 1, got 0"),
        (((2.0,),), r"each size in shape must be an integer of at least 1, got 2\.0"),
        (((2,), "he"), "initializer must be an instance of Initializer, got 'he'"),
        (((2,), lk.initializers.He), r"Make an object of it: He\(\.\.\.\)"),
        (((2,), lk.initializers.He(), 0), "fan_in must be an integer of at least 1, got 0"),
        (((2,), lk.initializers.He(), 1, 1.5), r"fan_out must be an integer of at least 1, got 1\.5"),
    ],
)
def test_wrong_arguments_are_refused(arguments, says):
    with pytest.raises(ConfigError, match=says):
        lk.Parameter(*arguments)


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'values'"):
        _ = normal().values  # the class has `value`


def test_value_is_drawn_at_the_first_look_and_only_once():
    parameter = normal()
    seen = parameter.value.copy()
    parameter.draw(9)
    np.testing.assert_array_equal(parameter.value, seen)
    assert (normal().value != normal().value).any()


def test_seed_and_generator_draw_alike():
    first, second = normal(), normal()
    first.draw(9)
    second.draw(np.random.default_rng(9))
    np.testing.assert_array_equal(first.value, second.value)
    expected = np.random.default_rng(9).normal(0, 1, (2, 3)).astype(np.float32)
    np.testing.assert_array_equal(first.value, expected)


def test_set_value_is_never_drawn_over():
    parameter = normal()
    parameter.value = np.ones((2, 3))
    parameter.draw(9)
    np.testing.assert_array_equal(parameter.value, np.ones((2, 3)))


def test_initializer_sees_shape_fans_and_gain():
    seen = []
    parameter = lk.Parameter((3, 4, 5), Told(lambda p: seen.append((p.shape, p.fan_in, p.fan_out, p.gain)) or 1.0))
    parameter.gain = 1.5
    np.testing.assert_array_equal(parameter.value, np.ones((3, 4, 5)))
    assert seen == [((3, 4, 5), 12, 5, 1.5)]


@pytest.mark.parametrize(
    ("shape", "fans"), [((4, 16), (4, 16)), ((3, 3, 64, 128), (576, 128)), ((7,), (1, 7)), ((), (1, 1))]
)
def test_fans_are_products_of_the_shape_unless_given(shape, fans):
    parameter = lk.Parameter(shape)
    assert (parameter.fan_in, parameter.fan_out) == fans
    given = lk.Parameter(shape, fan_in=2, fan_out=3)
    assert (given.fan_in, given.fan_out) == (2, 3)


def test_initializer_of_another_shape_is_refused_by_name():
    parameter = lk.Parameter((2,), lk.initializers.Constant([1.0, 2.0, 3.0]))
    with pytest.raises(ShapeError, match=r"Constant\(.*\) gives no values of shape \(2,\)"):
        _ = parameter.value
    assert not parameter.is_set


def test_without_initializer_it_is_zero():
    np.testing.assert_array_equal(lk.Parameter((2,)).value, [0, 0])


def test_values_are_drawn_in_the_dtype_of_the_parameter():
    parameter, other = normal((50,)), normal((50,))
    parameter.astype("float64")
    parameter.draw(0)
    other.draw(0)
    assert parameter.value.dtype == np.float64
    assert (parameter.value != parameter.value.astype(np.float32)).any()
    np.testing.assert_array_equal(parameter.value.astype(np.float32), other.value)
    with pytest.raises(ConfigError, match="dtype must be float32 or float64, got 'int32'"):
        parameter.astype("int32")


def test_astype_keeps_values_and_gradients():
    parameter = filled(1.0, 2.0)
    parameter.grad = [3.0, 4.0]
    parameter.astype("float64")
    assert parameter.value.dtype == parameter.grad.dtype == parameter.dtype == np.float64
    np.testing.assert_array_equal(parameter.value, [1, 2])
    np.testing.assert_array_equal(parameter.grad, [3, 4])
    value = parameter.value
    parameter.astype("float64")
    assert parameter.value is value


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda parameter: pickle.loads(pickle.dumps(parameter))])
@pytest.mark.parametrize("is_set", [True, False])
def test_copy_has_memory_of_its_own_and_belongs_to_no_network(duplicate, is_set):
    layer = lk.Dense(2, 3)
    if is_set:
        _ = lk.Sequential(layer, rng=0).parameter_vector
    twin = duplicate(layer.weight)
    assert twin.is_set is is_set
    twin.draw(0)
    layer.draw(0)
    np.testing.assert_array_equal(twin.value, layer.weight.value)
    assert not np.shares_memory(twin.value, layer.weight.value)
    twin.value, twin.grad = np.zeros((2, 3)), np.ones((2, 3))
    assert layer.weight.value.all()
    assert not layer.weight.grad.any()


def test_pickle_of_one_parameter_leaves_the_rest_of_the_network_out():
    model = lk.Sequential(lk.Dense(2, 3), lk.Dense(3, 10_000), rng=0)
    _ = model.parameter_vector
    assert len(pickle.dumps(model[0].weight)) < 2000


def test_size_and_repr():
    assert normal().size == 6
    assert repr(normal()) == "Parameter(shape=(2, 3), dtype=float32)"


def test_threads_that_look_first_see_one_draw():
    for _ in range(20):
        parameter, barrier, seen = normal((100,)), threading.Barrier(8), []

        def look(parameter=parameter, barrier=barrier, seen=seen):
            barrier.wait()
            seen.append(parameter.value.copy())

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for values in seen:
            np.testing.assert_array_equal(values, parameter.value)

"""The vectors of a network: parts within wholes, sharing, moving, copying, and who notices."""

import copy
import pickle

import numpy as np
import pytest
from contracts.author_layers import Block
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError


def network(**options):
    return lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 2), lk.Tanh(), **{"rng": 0, **options})


def within(part, whole):
    return all(
        np.shares_memory(getattr(part, name), getattr(whole, name)) for name in ("parameter_vector", "gradient_vector")
    )


def test_all_parameters_lie_in_one_contiguous_vector_in_order():
    model = network()
    first, second = model[0], model[2]
    expected = [first.weight.value.ravel(), first.bias.value, second.weight.value.ravel(), second.bias.value]
    np.testing.assert_array_equal(model.parameter_vector, np.concatenate(expected))
    for vector in (model.parameter_vector, model.gradient_vector):
        assert vector.flags.c_contiguous
        assert vector.shape == (4 * 5 + 5 + 5 * 2 + 2,)
    assert model.parameter_vector is model.parameter_vector


def test_layers_hold_views_of_the_vectors():
    model = network()
    model.parameter_vector[:] = np.arange(37)
    model.gradient_vector[:] = -np.arange(37)
    np.testing.assert_array_equal(model[0].weight.value, np.arange(20).reshape(4, 5))
    np.testing.assert_array_equal(model[2].bias.grad, [-35, -36])
    model[2].bias.value = [1, 2]
    np.testing.assert_array_equal(model.parameter_vector[-2:], [1, 2])


def test_assigning_to_the_vectors_copies_into_place():
    model = network()
    values, grads = model.parameter_vector, model.gradient_vector
    model.gradient_vector = np.arange(37)
    model.parameter_vector = 1.0
    model.parameter_vector -= 0.5 * model.gradient_vector
    assert model.parameter_vector is values
    assert model.gradient_vector is grads
    np.testing.assert_array_equal(model[2].bias.value, [1 - 35 / 2, 1 - 36 / 2])
    with pytest.raises(ValueError, match="broadcast"):
        model.parameter_vector = np.ones(36)


def test_order_is_that_of_the_names():
    inner = lk.Parallel(lk.Dense(5, 2), lk.Residual(lk.Dense(5, 5)))
    model = lk.Sequential(lk.Dense(4, 5), inner, lk.Dense(7, 1), rng=0)
    assert list(model.named_parameters()) == [
        f"{name}.{kind}" for name in ("0", "1.0", "1.1.0", "2") for kind in ("weight", "bias")
    ]
    values = [parameter.value.ravel() for parameter in model.named_parameters().values()]
    np.testing.assert_array_equal(model.parameter_vector, np.concatenate(values))


def test_every_part_lies_within_the_whole_and_moves_nothing():
    model = lk.Sequential(
        lk.Dense(4, 5), lk.Sequential(lk.Tanh(), lk.Sequential(lk.Dense(5, 5))), lk.Parallel(lk.Dense(5, 2), lk.Tanh()),
        lk.Residual(lk.Dense(7, 7)), rng=0,
    )  # fmt: skip
    vector = model.parameter_vector
    for part in (model[1], model[1][1], model[2], model[3], model[:2], model[1:], model[1:3], model[2:3], model[:]):
        assert within(part, model)
        assert part.parameter_vector.size == sum(parameter.size for parameter in part.parameters())
    assert model.parameter_vector is vector


def test_network_inside_a_layer_of_an_author_lies_within_the_whole():
    model = lk.Sequential(Block(4), rng=0)
    vector = model.parameter_vector
    assert within(model[0].feed, model)
    np.testing.assert_array_equal(model[0].feed.parameter_vector, vector[-model[0].feed.parameter_vector.size :])


def test_slice_shares_parameters_with_the_network():
    model = network()
    head = model[:2]
    head.parameter_vector[:] = 7
    assert (model.parameter_vector[:25] == 7).all()
    assert (model.parameter_vector[25:] != 7).all()
    model.parameter_vector[:] = 1
    assert (head.parameter_vector == 1).all()


@pytest.mark.parametrize("indices", [slice(None, None, 2), slice(None, None, -1), slice(2, None), slice(0, 1)])
def test_slice_of_any_step_shares_parameters(indices):
    model = lk.Sequential(*(lk.Dense(2, 2) for _ in range(4)), rng=0)
    part = model[indices]
    part.parameter_vector[:] = 7
    for layer in part:
        assert (layer.weight.value == 7).all()
    model.parameter_vector[:] = 3
    assert (part.parameter_vector == 3).all()
    assert (part.parameter_vector == 3).all()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("part", [lambda m: m, lambda m: m[0], lambda m: m[1:], lambda m: m[2].weight])
def test_copies_have_vectors_of_their_own(duplicate, part):
    model = network()
    vector, before = model.parameter_vector, model.parameter_vector.copy()
    twin = duplicate(part(model))
    parameters = [twin] if isinstance(twin, lk.Parameter) else twin.parameters()
    for parameter in parameters:
        assert not np.shares_memory(parameter.value, vector)
        parameter.value, parameter.grad = 9, 9
    np.testing.assert_array_equal(model.parameter_vector, before)
    assert not model.gradient_vector.any()
    assert model.parameter_vector is vector
    if isinstance(twin, lk.Sequential):
        assert (twin.parameter_vector == 9).all()
        assert within(twin[-2:], twin)


def test_shallow_copy_shares_the_parameters():
    model = network()
    twin = copy.copy(model)
    twin.parameter_vector[:] = 4
    assert (model.parameter_vector == 4).all()


def test_networks_with_a_common_part_stay_right_when_used_in_turn():
    common = lk.Dense(3, 3)
    first, second = lk.Sequential(lk.Dense(2, 3), common, rng=0), lk.Sequential(common, lk.Dense(3, 1), rng=1)
    for value in (1.0, 2.0, 3.0):
        first.parameter_vector[:] = value
        assert (common.weight.value == value).all()
        assert np.shares_memory(first.parameter_vector, common.weight.value)
        second.parameter_vector[:] = -value
        assert (first.parameter_vector[9:] == -value).all()
        assert (first.parameter_vector[:9] == value).all()
        second.gradient_vector[:] = value
        assert (first.gradient_vector[9:] == value).all()


def test_whoever_asks_last_has_the_vectors_and_an_old_one_is_a_copy():
    common = lk.Dense(3, 3)
    first, second = lk.Sequential(lk.Dense(2, 3), common, rng=0), lk.Sequential(common, lk.Dense(3, 1), rng=1)
    old = first.parameter_vector
    _ = second.parameter_vector
    assert not np.shares_memory(common.weight.value, old)
    assert first.parameter_vector is not old
    np.testing.assert_array_equal(first.parameter_vector, old)


def test_network_goes_into_a_larger_one_as_a_whole_and_follows_it():
    inner = lk.Sequential(lk.Dense(2, 2), lk.ReLU(), lk.Dense(2, 3), rng=0)
    values, part = inner.parameter_vector.copy(), inner[1:]
    outer = lk.Sequential(lk.Dense(4, 2), inner, lk.Dense(3, 1), rng=1)
    np.testing.assert_array_equal(outer.parameter_vector[10 : 10 + values.size], values)
    for smaller in (inner, part):
        assert within(smaller, outer)
    outer.parameter_vector[:] = 7
    assert (part.parameter_vector == 7).all()


def test_two_whole_networks_become_one():
    first, second = (lk.Sequential(lk.Dense(2, 2), lk.Tanh(), rng=seed) for seed in (0, 1))
    x = np.ones((3, 2), np.float32)
    expected = second.predict(first.predict(x))
    both = lk.Sequential(*first, *second)
    np.testing.assert_array_equal(both.predict(x), expected)
    vector = both.parameter_vector
    assert within(second, both)
    assert within(first, both)
    assert both.parameter_vector is vector


def test_values_and_gradients_survive_every_move():
    model = network()
    model.gradient_vector[:] = np.arange(37)
    values = model.parameter_vector.copy()
    for _ in range(3):
        _ = lk.Sequential(lk.Dense(5, 5), *model[2:]).parameter_vector
        np.testing.assert_array_equal(model.parameter_vector, values)
        np.testing.assert_array_equal(model.gradient_vector, np.arange(37))


def test_conversion_of_a_part_alone_is_refused_at_the_next_look():
    model = network()
    model[0].astype("float64")
    with pytest.raises(ConfigError, match=r"have dtypes float32 and float64\. Choose one for all: .*model\.astype"):
        _ = model.parameter_vector
    model.astype("float64")
    assert model.parameter_vector.dtype == np.float64


def test_conversion_keeps_the_values_and_makes_new_vectors():
    model = network()
    old, part = model.parameter_vector, model[:1]
    model.astype("float64")
    assert model.parameter_vector.dtype == model.gradient_vector.dtype == part.parameter_vector.dtype == np.float64
    np.testing.assert_array_equal(model.parameter_vector, old)
    assert within(part, model)


def test_network_without_parameters_has_empty_vectors():
    model = lk.Sequential(lk.ReLU(), lk.Tanh())
    assert model.parameter_vector.shape == model.gradient_vector.shape == (0,)
    for optimizer in (lk.SGD(model, momentum=0.9), lk.Adam(model)):
        optimizer.step()


operations = st.lists(
    st.tuples(st.sampled_from(["first", "second", "slice", "write", "copy", "pickle", "step"]), st.integers(0, 5)),
    min_size=1,
    max_size=12,
)


@given(operations)
def test_any_history_of_sharing_leaves_values_where_they_belong(history):
    # a dictionary of the values that each parameter should have, against networks that move them about
    layers = [lk.Dense(2, 2).draw(seed) for seed in range(4)]
    first, second = lk.Sequential(*layers[:3]), lk.Sequential(*layers[1:])
    optimizers = [lk.SGD(first, learning_rate=1.0), lk.SGD(second, learning_rate=1.0)]
    expected = [layer.weight.value.copy() for layer in layers]
    for what, number in history:
        if what in ("first", "second"):
            network, members = (first, range(3)) if what == "first" else (second, range(1, 4))
            network.parameter_vector[:] += number
            for i in members:
                expected[i] = expected[i] + number
        elif what == "slice":
            start = number % 3
            part = (first, second)[number % 2][start:]
            part.parameter_vector[:] = number
            for i in range(start + number % 2, 3 + number % 2):
                expected[i] = np.full((2, 2), number, np.float32)
        elif what == "write":
            layers[number % 4].weight.value = expected[number % 4] = np.full((2, 2), number, np.float32)
        elif what == "step":
            network, members = ((first, range(3)), (second, range(1, 4)))[number % 2]
            network.gradient_vector[:] = number
            optimizers[number % 2].step()
            for i in members:
                expected[i] = expected[i] - number
        else:
            twin = copy.deepcopy(first) if what == "copy" else pickle.loads(pickle.dumps(second))
            twin.parameter_vector[:] = -100
        for layer, value in zip(layers, expected, strict=True):
            np.testing.assert_allclose(layer.weight.value, value, rtol=1e-5, atol=1e-5)

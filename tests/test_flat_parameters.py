"""FlatParameters and Randomness: what several parameters share, and what no two layers share."""

import copy
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.parameter import FlatParameters, Randomness


def filled(*values):
    parameter = lk.Parameter((len(values),))
    parameter.value = values
    return parameter


def test_vectors_take_values_and_gradients_along():
    a, b = filled(1.0, 2.0), filled(3.0)
    a.grad, b.grad = [4.0, 5.0], [6.0]
    flat, values, grads = FlatParameters.of([a, b])
    np.testing.assert_array_equal(values, [1, 2, 3])
    np.testing.assert_array_equal(grads, [4, 5, 6])
    a.value, b.grad = a.value * 10, -1
    np.testing.assert_array_equal(values, [10, 20, 3])
    np.testing.assert_array_equal(grads, [4, 5, -1])
    assert not flat.moved


def test_part_lies_within_the_whole_and_moves_nothing():
    a, b, c = filled(1.0, 2.0), filled(3.0), filled(4.0)
    flat, values, _ = FlatParameters.of([a, b, c])
    for part, place in (([a], slice(0, 2)), ([b, c], slice(2, 4)), ([a, b, c], slice(0, 4)), ([b], slice(2, 3))):
        same, own, _ = FlatParameters.of(part)
        assert same is flat
        np.testing.assert_array_equal(own, values[place])
        assert np.shares_memory(own, values)
    assert not flat.moved


@pytest.mark.parametrize("order", [[0, 2], [1, 0], [2, 1, 0], [1, 2, 0]])
def test_others_than_neighbors_in_order_get_a_vector_of_their_own_and_the_old_one_knows(order):
    parameters = [filled(1.0, 2.0), filled(3.0), filled(4.0)]
    flat, values, _ = FlatParameters.of(parameters)
    chosen = [parameters[i] for i in order]
    other, own, _ = FlatParameters.of(chosen)
    assert other is not flat
    assert (flat.moved, other.moved) == (True, False)
    assert not np.shares_memory(own, values)
    np.testing.assert_array_equal(own, np.concatenate([parameter.value for parameter in chosen]))
    assert all(np.shares_memory(parameter.value, own) for parameter in chosen)


def test_no_parameters_have_empty_vectors():
    _, values, grads = FlatParameters.of([])
    assert values.shape == grads.shape == (0,)


def test_conversion_leaves_the_vector():
    a, b = filled(1.0), filled(2.0)
    flat, values, _ = FlatParameters.of([a, b])
    a.astype("float64")
    assert flat.moved
    a.value = 5.0
    np.testing.assert_array_equal(values, [1, 2])


def test_randomness_is_seeded_once_or_drawn_from_fresh_entropy():
    first, second = Randomness(), Randomness()
    first.draw(3)
    second.draw(np.random.default_rng(3))
    first.draw(4)  # it is seeded
    assert first.rng.random() == second.rng.random()
    assert Randomness().rng.random() != Randomness().rng.random()


def test_randomness_takes_one_number_from_the_generator_that_seeds_it():
    rng, expected = np.random.default_rng(3), np.random.default_rng(3)
    randomness = Randomness()
    randomness.draw(rng)
    assert randomness.rng is not rng
    assert randomness.rng.random() == np.random.default_rng(int(expected.integers(2**63))).random()
    assert rng.random() == expected.random()


def test_randomness_goes_on_in_copies_and_can_be_replaced():
    randomness = Randomness()
    randomness.draw(0)
    twin, other = copy.deepcopy(randomness), pickle.loads(pickle.dumps(randomness))
    assert randomness.rng.random() == twin.rng.random() == other.rng.random()
    randomness.rng = np.random.default_rng(7)
    assert randomness.rng.random() == np.random.default_rng(7).random()

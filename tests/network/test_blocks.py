"""Residual and Parallel: every join, on the same input and on one each, against numbers and differences."""

import copy
import json
import pickle

import numpy as np
import pytest
from contracts.author_layers import Embedding, Identity
from differences import gradient
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import DTypeError

JOINS = ["concatenate", "add", "multiply", "tuple"]


def constant(in_features, out_features, value):
    layer = lk.Dense(in_features, out_features)
    layer.weight.value = value
    return layer


def weighted_sum(weights, y):
    """Return Σ weights · y over an array or a tuple of them."""
    if isinstance(y, tuple):
        return sum(float(np.vdot(w, part)) for w, part in zip(weights, y, strict=True))
    return float(np.vdot(weights, y))


def assert_differences(model, x, *, skip=()):
    """Compare all gradients of a float64 network with differences; inputs in `skip` must have None."""
    rng = np.random.default_rng(1)
    y = model.forward(x)
    weights = tuple(rng.normal(size=a.shape) for a in y) if isinstance(y, tuple) else rng.normal(size=y.shape)
    inputs = x if isinstance(x, tuple) else (x,)

    def cost():
        return weighted_sum(weights, model.forward(x, training=False))

    expected = [None if i in skip else gradient(cost, a, 1e-3) for i, a in enumerate(inputs)]
    expected_parameters = gradient(cost, model.parameter_vector, 1e-3)
    model.forward(x)
    found = model.backward(weights)
    for dx, numbers in zip(found if isinstance(x, tuple) else (found,), expected, strict=True):
        if numbers is None:
            assert dx is None
        else:
            np.testing.assert_allclose(dx, numbers, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(model.gradient_vector, expected_parameters, rtol=1e-7, atol=1e-9)
    model.gradient_vector[:] = np.nan
    assert model.backward(weights, input_grad=False) is None
    np.testing.assert_allclose(model.gradient_vector, expected_parameters, rtol=1e-7, atol=1e-9)


def smooth(in_features=3, out_features=3):
    return lk.Sequential(lk.Dense(in_features, out_features), lk.Tanh())


def test_hand_computed_residual():
    block = lk.Residual(constant(2, 2, [[1.0, 2.0], [0.0, 3.0]]))
    np.testing.assert_array_equal(block.forward([[1.0, 10.0]]), [[2, 42]])  # (1, 10) + (1, 2 + 30)
    np.testing.assert_array_equal(block.backward([[1.0, 100.0]]), [[202, 400]])  # (1, 100) + (1 + 200, 300)
    np.testing.assert_array_equal(block[0].weight.grad, [[1, 100], [10, 1000]])


def parallel(join, **options):
    first, second = constant(2, 1, [[1.0], [2.0]]), constant(2, 1, [[3.0], [0.0]])
    return lk.Parallel(first, second, join=join, **options)


@pytest.mark.parametrize(
    ("join", "y", "grad", "dx", "gradients"),
    [
        # f₁ = 1 + 20 = 21 and f₂ = 3 at x = (1, 10)
        ("concatenate", [[21, 3]], [[1.0, 10.0]], [[31, 2]], ([[1], [10]], [[10], [100]])),
        ("add", [[24]], [[2.0]], [[8, 4]], ([[2], [20]], [[2], [20]])),
        ("multiply", [[63]], [[1.0]], [[3 + 63, 6]], ([[3], [30]], [[21], [210]])),
    ],
)
def test_hand_computed_joins_on_the_same_input(join, y, grad, dx, gradients):
    block = parallel(join)
    np.testing.assert_array_equal(block.forward([[1.0, 10.0]]), y)
    np.testing.assert_array_equal(block.backward(grad), dx)
    for branch, expected in zip(block.branches, gradients, strict=True):
        np.testing.assert_array_equal(branch.weight.grad, expected)


def test_hand_computed_tuple_on_one_input_each():
    block = parallel("tuple", inputs="each")
    x = np.array([[1.0, 10.0]], np.float32), np.array([[2.0, 5.0]], np.float32)
    for found, expected in zip(block.forward(x), ([[21]], [[6]]), strict=True):
        np.testing.assert_array_equal(found, expected)
    grads = block.backward((np.array([[1.0]]), np.array([[10.0]])))
    for found, expected in zip(grads, ([[1, 2]], [[30, 0]]), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("join", JOINS)
@pytest.mark.parametrize("inputs", ["same", "each"])
@pytest.mark.parametrize("shape", [(4, 3), (2, 5, 3)])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_gradients_of_every_join_are_those_of_differences(join, inputs, shape, number):
    block = lk.Parallel(*(smooth() for _ in range(number)), join=join, inputs=inputs, rng=0, dtype="float64")
    rng = np.random.default_rng(0)
    x = tuple(rng.normal(size=shape) for _ in range(number)) if inputs == "each" else rng.normal(size=shape)
    assert_differences(block, x)
    y = block.forward(x)
    sample = tuple(a.shape[1:] for a in x) if inputs == "each" else x.shape[1:]
    assert block.output_shape(sample) == (tuple(a.shape[1:] for a in y) if join == "tuple" else y.shape[1:])


@pytest.mark.parametrize("shape", [(4, 3), (2, 5, 3)])
def test_gradients_of_a_residual_are_those_of_differences(shape):
    block = lk.Residual(lk.Dense(3, 5), lk.SiLU(), lk.Dense(5, 3), rng=0, dtype="float64")
    assert_differences(block, np.random.default_rng(0).normal(size=shape))
    assert block.output_shape(shape[1:]) == shape[1:]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 3), st.booleans(), st.integers(0, 50))
def test_concatenation_is_that_of_numpy_and_splits_back(sizes, features, each, seed):
    rng = np.random.default_rng(seed)
    block = lk.Parallel(
        *(lk.Dense(features, size) for size in sizes), inputs="each" if each else "same", rng=seed, dtype="float64"
    )
    x = tuple(rng.normal(size=(2, features)) for _ in sizes) if each else rng.normal(size=(2, features))
    parts = [branch.forward(x[i] if each else x) for i, branch in enumerate(block.branches)]
    np.testing.assert_array_equal(block.forward(x), np.concatenate(parts, axis=-1))
    grad = rng.normal(size=(2, sum(sizes)))
    pieces = np.split(grad, np.cumsum(sizes)[:-1], axis=-1)
    expected = [piece @ branch.weight.value.T for branch, piece in zip(block.branches, pieces, strict=True)]
    found = block.backward(grad)
    if each:
        for dx, numbers in zip(found, expected, strict=True):
            np.testing.assert_allclose(dx, numbers, atol=1e-12)
    else:
        np.testing.assert_allclose(found, sum(expected), atol=1e-12)


def test_blocks_nest():
    model = lk.Sequential(
        lk.Residual(lk.Parallel(lk.Dense(3, 1), lk.Residual(smooth(), lk.Dense(3, 3)), lk.Tanh()), lk.Dense(7, 3)),
        lk.Parallel(lk.Parallel(lk.Dense(3, 2), lk.Tanh(), join="tuple"), smooth(), join="tuple"),
        rng=0,
        dtype="float64",
    )
    x = np.random.default_rng(0).normal(size=(2, 3))
    (a, b), c = model.forward(x)
    assert [part.shape for part in (a, b, c)] == [(2, 2), (2, 3), (2, 3)]
    assert model.output_shape((3,)) == (((2,), (3,)), (3,))
    weights = (np.ones((2, 2)), np.zeros((2, 3))), np.ones((2, 3))

    def cost():
        (first, second), third = model.forward(x, training=False)
        return weighted_sum((*weights[0], weights[1]), (first, second, third))

    expected = gradient(cost, x, 1e-3)
    np.testing.assert_allclose(model.backward(weights), expected, rtol=1e-7, atol=1e-9)


def test_branch_of_integers_has_no_gradient_and_the_others_have():
    block = lk.Parallel(
        lk.Sequential(Embedding(7, 3), lk.Flatten()), smooth(2, 4), inputs="each", rng=0, dtype="float64"
    )
    assert block.input_dtype == ("integer", "float")
    rng = np.random.default_rng(0)
    assert_differences(block, (rng.integers(0, 7, (4, 2)), rng.normal(size=(4, 2))), skip=(0,))


def test_same_integers_go_to_an_embedding_and_as_floats_to_a_dense():
    block = lk.Parallel(lk.Sequential(Embedding(7, 3), lk.Flatten()), lk.Dense(5, 2), rng=0)
    assert block.input_dtype == "any"
    x = np.arange(10).reshape(2, 5) % 7
    y = block.forward(x)
    assert (y.shape, y.dtype) == ((2, 17), np.float32)
    np.testing.assert_array_equal(y[:, 15:], block.branches[1].forward(x.astype(np.float32)))
    assert block.backward(np.ones_like(y)).shape == (2, 5)
    with pytest.raises(
        DTypeError, match=r"branch 0 of the Parallel: x must hold integers, such as indices, got float32"
    ):
        block.forward(np.ones((2, 5)))


@pytest.mark.parametrize("join", ["concatenate", "add", "multiply"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_integers_that_are_joined_with_floats_become_floats_of_the_network(join, dtype):
    block = lk.Parallel(Identity(), lk.Dense(3, 3), join=join, rng=0, dtype=dtype)
    for x in (np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3) > 2):
        y = block.forward(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, block.forward(x.astype(dtype)))
        assert lk.Sequential(copy.deepcopy(block)).forward(x).dtype == dtype
    masks = lk.Parallel(Identity(), Identity(), join="multiply")
    assert masks.forward(x).dtype == bool


def test_mask_goes_around_in_a_tuple():
    class Anything(Identity):
        input_dtype, input_shape = "any", None

    block = lk.Parallel(lk.Dense(3, 2), Anything(), join="tuple", inputs="each", rng=0)
    x, mask = np.ones((2, 5, 3)), np.ones((2, 5), bool)
    y, same = block.forward((x, mask))
    assert (y.shape, same is mask) == ((2, 5, 2), True)
    assert block.output_shape(((5, 3), (5,))) == ((5, 2), (5,))
    dx, nothing = block.backward((np.ones((2, 5, 2)), None))
    assert (dx.shape, nothing) == (x.shape, None)


@pytest.mark.parametrize(
    "block",
    [
        lk.Residual(lk.Dense(3, 3), lk.Tanh()),
        lk.Parallel(lk.Dense(3, 2), lk.Sequential(lk.Dense(3, 4), lk.ReLU())),
        lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 2), join="multiply"),
    ],
    ids=lambda block: " ".join(repr(block).split()),
)
def test_configuration_and_copies(block):
    block = type(block).from_config(json.loads(json.dumps(block.to_config())), rng=0)
    twin = lk.Layer.from_config(json.loads(json.dumps(block.to_config())), rng=0)
    assert repr(twin) == repr(block)
    x = np.ones((2, 3), np.float32)
    for other in (twin, copy.deepcopy(block), pickle.loads(pickle.dumps(block))):
        np.testing.assert_array_equal(other.forward(x), block.forward(x))
        assert not np.shares_memory(other.parameter_vector, block.parameter_vector)


def test_reprs_are_the_calls():
    assert repr(lk.Parallel(lk.ReLU(), lk.Dense(2, 1), join="tuple")) == "Parallel(ReLU(), Dense(2, 1), join='tuple')"
    assert repr(lk.Parallel(lk.ReLU(), dtype="float64", inputs="each")) == "Parallel(ReLU(), inputs='each')"
    assert repr(lk.Residual(lk.ReLU())) == "Residual(\n    ReLU(),\n)"


def test_residual_is_a_sequence_and_its_slice_goes_through_its_layers_alone():
    block = lk.Residual(lk.Dense(3, 3), lk.Tanh(), rng=0)
    assert (len(block), type(block[:])) == (2, lk.Sequential)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(block.forward(x), x + block[:].forward(x))


def test_training_and_prediction_reach_the_branches():
    block = lk.Parallel(lk.Dropout(0.5), lk.Residual(lk.Dropout(0.5)), rng=0)
    x = np.ones((4, 50), np.float32)
    np.testing.assert_array_equal(block.forward(x, training=False), np.hstack([x, 2 * x]))
    assert (block.forward(x) != block.forward(x, training=False)).any()

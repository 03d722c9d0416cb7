"""The first values of a network: from one rng, scaled by gains, in the dtype that was asked for."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import layerkit as lk

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def network(**options):
    return lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 2), lk.Tanh(), **{"rng": 0, **options})


def test_same_seed_gives_the_same_weights_and_another_gives_others():
    np.testing.assert_array_equal(network().parameter_vector, network().parameter_vector)
    assert (network().parameter_vector != network(rng=1).parameter_vector).any()
    assert (network(rng=None).parameter_vector != network(rng=None).parameter_vector).any()


def test_generator_is_drawn_from_in_order():
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(network(rng=rng).parameter_vector, network(rng=0).parameter_vector)
    assert (network(rng=rng).parameter_vector != network(rng=0).parameter_vector).any()


def test_global_numpy_state_is_never_touched():
    before = np.random.get_state()  # noqa: NPY002  # it is this state that must not change
    lk.Sequential(lk.Dense(4, 4), lk.Dropout(), rng=0).forward(X)
    lk.Sequential(lk.Dense(4, 4), lk.Dropout()).forward(X)
    after = np.random.get_state()  # noqa: NPY002  # as above
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_two_processes_draw_and_train_the_same_bits():
    code = (
        "import hashlib, numpy as np, layerkit as lk\n"
        "model = lk.Sequential(lk.Dense(4, 8), lk.ReLU(), lk.Dropout(0.3), lk.Dense(8, 2), rng=7)\n"
        "x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(6, 4)\n"
        "loss, optimizer = lk.MSELoss(), lk.Adam(model)\n"
        "for _ in range(5):\n"
        "    y = model.forward(x)\n"
        "    loss.forward(y, np.ones_like(y))\n"
        "    model.backward(loss.backward())\n"
        "    optimizer.step()\n"
        "print(hashlib.sha256(model.parameter_vector.tobytes()).hexdigest())\n"
    )
    digests = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1


def test_weight_that_the_user_set_is_not_drawn_over():
    dense = lk.Dense(4, 4)
    dense.weight.value = np.full((4, 4), 3.0)
    model = lk.Sequential(dense, lk.ReLU(), lk.Dense(4, 4), rng=0)
    assert (dense.weight.value == 3).all()
    assert (model.parameter_vector[:16] == 3).all()
    assert model[2].weight.value.std() > 0


def test_weight_that_the_user_saw_is_not_drawn_over():
    dense = lk.Dense(4, 4)
    seen = dense.weight.value.copy()
    lk.Sequential(dense, lk.ReLU(), rng=0)
    np.testing.assert_array_equal(dense.weight.value, seen)


def test_layer_that_is_drawn_keeps_its_weights_in_a_network():
    lone = lk.Dense(4, 5).draw(9)
    model = lk.Sequential(lk.Dense(4, 5).draw(9), rng=0)
    np.testing.assert_array_equal(model[0].weight.value, lone.weight.value)


def test_one_seed_at_the_top_makes_all_of_a_nested_network_reproducible():
    def nested(rng):
        block = lk.Residual(lk.Dense(5, 5), lk.Dropout(0.5), lk.Sequential(lk.Dense(5, 5)))
        return lk.Sequential(
            lk.Dense(4, 5), block, lk.Parallel(lk.Dense(5, 2), lk.Sequential(lk.Dropout(0.5), lk.Dense(5, 2))), rng=rng
        )

    one, two, other = nested(0), nested(0), nested(1)
    np.testing.assert_array_equal(one.parameter_vector, two.parameter_vector)
    assert (one.parameter_vector != other.parameter_vector).any()
    for _ in range(3):
        np.testing.assert_array_equal(one.forward(X), two.forward(X))
    first, second = one[1][1].randomness, one[2].branches[1][0].randomness
    assert first.rng is not second.rng
    assert first.rng.random() != second.rng.random()


def test_inner_seed_comes_before_the_outer_one():
    inner = lk.Sequential(lk.Dense(4, 4), lk.Dropout(0.5), rng=9)
    expected = copy.deepcopy(inner)
    model = lk.Sequential(inner, lk.Dense(4, 4), rng=0)
    np.testing.assert_array_equal(model[0].parameter_vector, expected.parameter_vector)
    np.testing.assert_array_equal(model[0].forward(X), expected.forward(X))


def test_order_of_drawing_is_that_of_the_parameters():
    rng = np.random.default_rng(3)
    model = lk.Sequential(lk.Dense(4, 5), lk.Dropout(0.5), lk.Parallel(lk.Dense(5, 2), lk.Dense(5, 3)), rng=3)
    weights = [parameter.value for name, parameter in model.named_parameters().items() if name.endswith("weight")]
    np.testing.assert_array_equal(weights[0], rng.normal(0, 4**-0.5, (4, 5)).astype(np.float32))
    rng.integers(2**63)  # the seed of the generator of Dropout
    np.testing.assert_array_equal(weights[1], rng.normal(0, 5**-0.5, (5, 2)).astype(np.float32))
    np.testing.assert_array_equal(weights[2], rng.normal(0, 5**-0.5, (5, 3)).astype(np.float32))


class Gain(lk.initializers.Initializer):
    """Fills a parameter with its gain."""

    def draw(self, parameter, rng):
        return np.full(parameter.shape, parameter.gain)


@pytest.mark.parametrize(
    ("following", "gain"),
    [
        ([lk.ReLU()], 2**0.5),
        ([lk.Dropout(0.1), lk.Flatten(), lk.ReLU()], 2**0.5),
        ([lk.Linear()], 1.0),
        ([lk.Softmax()], 1.0),
        ([lk.Tanh(), lk.ReLU()], lk.Tanh().gain),
        ([lk.Sequential(lk.Sequential(lk.ReLU()))], 2**0.5),
        ([], 1.0),
        ([lk.Dropout(0.1)], 1.0),
        ([lk.Dense(6, 6), lk.ReLU()], 1.0),
        ([lk.Parallel(lk.ReLU(), lk.ReLU(), join="add"), lk.Tanh()], lk.Tanh().gain),
        ([lk.Residual(lk.Dense(6, 6)), lk.ReLU()], 1.0),
    ],
    ids=lambda value: " ".join(repr(value).split()),
)
def test_weight_is_scaled_by_the_gain_of_the_activation_that_follows(following, gain):
    dense = lk.Dense(6, 6, weight_initializer=Gain())
    lk.Sequential(dense, *following, rng=0)
    np.testing.assert_allclose(dense.weight.value, gain, rtol=1e-6)


def test_lone_layer_draws_with_gain_1():
    np.testing.assert_array_equal(
        lk.Dense(9, 9).draw(0).weight.value, lk.Sequential(lk.Dense(9, 9), rng=0)[0].weight.value
    )


@pytest.mark.parametrize("join", ["concatenate", "add", "multiply"])
def test_branches_side_by_side_are_no_layers_in_a_row(join):
    # two equal branches before a ReLU get the same gain, that of the ReLU
    branches = [lk.Dense(6, 6, weight_initializer=Gain()) for _ in range(2)]
    lk.Sequential(lk.Parallel(*branches, join=join), lk.ReLU(), rng=0)
    for branch in branches:
        np.testing.assert_allclose(branch.weight.value, 2**0.5, rtol=1e-6)


def test_layers_of_a_residual_and_what_is_before_it():
    before, first, last = (lk.Dense(6, 6, weight_initializer=Gain()) for _ in range(3))
    lk.Sequential(before, lk.Residual(first, lk.Tanh(), last), lk.ReLU(), rng=0)
    found = [layer.weight.value[0, 0] for layer in (before, first, last)]
    np.testing.assert_allclose(found, [1, lk.Tanh().gain, 2**0.5], rtol=1e-6)


def test_slice_leaves_gains_as_the_whole_has_them():
    model = lk.Sequential(lk.Dense(6, 6, weight_initializer=Gain()), lk.ReLU(), lk.Dense(6, 6))
    assert (model[:1].draw(0)[0].weight.value == np.float32(2**0.5)).all()


def test_spread_survives_many_layers():
    layers = [layer for _ in range(20) for layer in (lk.Dense(256, 256), lk.ReLU())]
    y = lk.Sequential(*layers, rng=0).predict(np.random.default_rng(1).normal(size=(200, 256)))
    assert 0.3 < np.sqrt((y**2).mean()) < 3


def test_float64_goes_all_the_way_through():
    model = network(dtype=np.float64)
    y = model.forward(X)
    assert {model.dtype, y.dtype, model.parameter_vector.dtype, model.gradient_vector.dtype} == {np.dtype(np.float64)}
    assert model.backward(y.astype(np.float32)).dtype == np.float64
    assert model.predict(X).dtype == np.float64
    assert len(np.unique(model.parameter_vector.astype(np.float32) - model.parameter_vector)) > 10  # drawn in float64


def test_float32_stays_float32_for_any_real_input():
    model = network()
    for x in (X.astype(np.float64), X.astype(int), X > 0, X.tolist(), X.astype(np.float16)):
        assert model.forward(x).dtype == np.float32
        assert model.predict(x).dtype == np.float32
        assert model.backward(np.ones((6, 2))).dtype == np.float32


@pytest.mark.parametrize("inner", [lambda: lk.Sequential(lk.Dense(4, 4), rng=0), lambda: lk.Sequential(lk.Tanh())])
def test_dtype_reaches_nested_networks(inner):
    model = lk.Sequential(lk.Dense(4, 4), lk.Sequential(inner()), dtype=np.float64, rng=0)
    assert model[1].dtype == model[1][0].dtype == np.float64
    assert model.backward(model.forward(X)).dtype == np.float64
    assert pickle.loads(pickle.dumps(model))[1][0].dtype == np.float64


def test_dtype_is_kept_by_slices_and_copies_without_parameters():
    part = network(dtype=np.float64)[1:2]
    assert part.dtype == np.float64
    assert copy.deepcopy(part).dtype == np.float64
    assert part.forward(X.astype(np.float64)).dtype == np.float64

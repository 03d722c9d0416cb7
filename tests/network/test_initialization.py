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


def test_rng_of_a_layer_comes_before_that_of_the_network():
    lone = lk.Dense(4, 5, rng=9)
    model = lk.Sequential(lk.Dense(4, 5, rng=9), rng=0)
    np.testing.assert_array_equal(model[0].weight.value, lone.weight.value)


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
        ([lk.Dense(6, 6, rng=1), lk.ReLU()], 1.0),
    ],
    ids=lambda value: " ".join(repr(value).split()),
)
def test_weight_is_scaled_by_the_gain_of_the_activation_that_follows(following, gain):
    def constant(shape, rng, gain):
        return np.full(shape, gain)

    dense = lk.Dense(6, 6, weight_initializer=constant)
    lk.Sequential(dense, *following, rng=0)
    np.testing.assert_allclose(dense.weight.value, gain, rtol=1e-6)


def test_lone_layer_draws_with_gain_1():
    np.testing.assert_array_equal(
        lk.Dense(9, 9, rng=0).weight.value, lk.Sequential(lk.Dense(9, 9), rng=0)[0].weight.value
    )


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

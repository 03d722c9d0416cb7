"""Many threads, one model: the numbers of a single thread, and no trace left behind."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import layerkit as lk

THREADS = 16
ACTIVATIONS = [
    lk.Linear, lk.ReLU, lk.LeakyReLU, lk.ELU, lk.SELU, lk.Sigmoid, lk.Tanh, lk.Softplus, lk.SiLU, lk.Mish
]  # fmt: skip


def in_threads(work):
    """Return what `work(i)` gives in each of 16 threads that start together."""
    barrier = threading.Barrier(THREADS)

    def started(i):
        barrier.wait()
        return work(i)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(started, range(THREADS)))


def every_kind_of_layer():
    hidden = [layer for activation in ACTIVATIONS for layer in (lk.Dense(24, 24), activation())]
    nested = lk.Sequential(lk.Dense(24, 12), lk.Tanh(), lk.Dropout(0.3), rng=1)
    blocks = lk.Residual(lk.Dense(24, 24)), lk.Parallel(lk.Dense(24, 24), lk.Dense(24, 24), join="multiply")
    return lk.Sequential(lk.Flatten(), *hidden, lk.Dropout(0.2), *blocks, nested, lk.Dense(12, 5), lk.Softmax(), rng=0)


def batch(i):
    return np.random.default_rng(i).normal(size=(500 + i, 4, 6)).astype(np.float32)


def snapshot(thing):
    """Return all that can be reached from an object, values and identities, in a form that compares by ==."""
    if isinstance(thing, np.ndarray):
        return id(thing), thing.dtype.str, thing.shape, thing.tobytes()
    if isinstance(thing, np.random.Generator):
        return id(thing), repr(thing.bit_generator.state)
    if isinstance(thing, dict):
        return {key: snapshot(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [snapshot(item) for item in thing]
    if type(thing).__module__.startswith("layerkit"):
        return id(thing), snapshot(vars(thing))
    return repr(thing)


def test_predictions_of_16_threads_are_those_of_one():
    model = every_kind_of_layer()
    expected = [model.predict(batch(i)) for i in range(THREADS)]
    for found, alone in zip(in_threads(lambda i: model.predict(batch(i))), expected, strict=True):
        np.testing.assert_array_equal(found, alone)


def test_forward_without_training_in_16_threads_is_that_of_one():
    model = every_kind_of_layer()
    expected = [model.forward(batch(i), training=False) for i in range(THREADS)]
    for found, alone in zip(in_threads(lambda i: model.forward(batch(i), False)), expected, strict=True):
        np.testing.assert_array_equal(found, alone)


def test_threads_that_look_at_a_weight_first_see_the_same_draw():
    for _ in range(20):
        dense, x = lk.Dense(8, 64), np.eye(8, dtype=np.float32)
        outputs = in_threads(lambda i, dense=dense, x=x: dense.forward(x, training=False))
        for output in outputs:
            np.testing.assert_array_equal(output, dense.weight.value)


def test_threads_that_are_the_first_to_predict_see_the_same_network():
    for _ in range(10):
        model = lk.Sequential(lk.Dense(8, 16), lk.Residual(lk.Dense(16, 16)), lk.Dropout(0.5), lk.Dense(16, 4))
        x = np.eye(8, dtype=np.float32)
        outputs = in_threads(lambda i, model=model, x=x: model.predict(x))
        for output in outputs:
            np.testing.assert_array_equal(output, model.predict(x))


def test_threads_with_models_of_their_own_train_as_one_does():
    def train(i):
        model = lk.Sequential(lk.Dense(24, 16), lk.ReLU(), lk.Dropout(0.1), lk.Dense(16, 24), rng=i)
        loss, optimizer, x = lk.MSELoss(), lk.Adam(model), batch(i).reshape(-1, 24)
        for _ in range(5):
            loss.forward(model.forward(x), x)
            model.backward(loss.backward(), input_grad=False)
            optimizer.step()
        return model.parameter_vector

    expected = [train(i) for i in range(THREADS)]
    for found, alone in zip(in_threads(train), expected, strict=True):
        np.testing.assert_array_equal(found, alone)


LONE = [
    *(activation() for activation in ACTIVATIONS),
    lk.Dense(6, 3),
    lk.Dropout(0.5),
    lk.Flatten(),
    lk.Softmax(),
]


@pytest.mark.parametrize("layer", LONE, ids=repr)
def test_layer_without_training_writes_nothing_on_itself(layer):
    x = batch(0)[:, 0]
    layer.draw(0)
    before = snapshot(layer)
    layer.forward(x, training=False)
    assert snapshot(layer) == before
    layer.forward(x)
    layer.backward(np.ones(layer.forward(x).shape, np.float32))
    before = snapshot(layer)
    layer.forward(x + 1, training=False)
    assert snapshot(layer) == before


def test_network_without_training_writes_nothing_on_itself():
    model, x = every_kind_of_layer(), batch(0)
    before, pickled = snapshot(model), [pickle.dumps(vars(layer)) for _, layer in model.walk()]
    model.predict(x)
    model.forward(x, training=False)
    assert snapshot(model) == before
    assert [pickle.dumps(vars(layer)) for _, layer in model.walk()] == pickled
    model.backward(np.ones_like(model.forward(x)))
    before = snapshot(model)
    model.predict(x + 1)
    assert snapshot(model) == before


def test_snapshot_sees_a_changed_cache():
    relu = lk.ReLU()
    before = snapshot(relu)
    relu.forward(np.ones(3))
    assert snapshot(relu) != before

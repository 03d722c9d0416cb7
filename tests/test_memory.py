"""What training and predicting take: little more than parameters, gradients, activations and state themselves."""

import gc
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

import layerkit as lk
from layerkit.optimizers.base import _SPAN

SIZES = {"medium": ((784, 256, 128, 10), 128), "large": ((1024, 2048, 2048, 1024), 512)}


def network(sizes, activation=lk.ReLU):
    small = lk.initializers.Constant(0.01)  # drawing takes longer than training
    layers = [layer for pair in pairwise(sizes) for layer in (lk.Dense(*pair, weight_initializer=small), activation())]
    return lk.Sequential(*layers[:-1], rng=0)


def data(sizes, batch):
    rng = np.random.default_rng(0)
    return [rng.random((batch, size), np.float32) for size in (sizes[0], sizes[-1])]


def training_step(model, optimizer, x, y):
    loss = lk.MSELoss()

    def step():
        loss.forward(model.forward(x), y)
        model.backward(loss.backward(), input_grad=False)
        optimizer.step()

    return step


def peak_of(make, runs=2):
    """Return the most bytes that what is made, and some runs of the function that it is made into, use at once."""
    gc.collect()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        run = make()
        tracemalloc.reset_peak()
        for _ in range(runs):
            run()
        return tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()


def leftover(run, runs=3):
    """Return the bytes that further runs of a function leave in use."""
    run()
    gc.collect()
    tracemalloc.start()
    try:
        run()
        start = tracemalloc.get_traced_memory()[0]
        for _ in range(runs):
            run()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()


def needed(sizes, batch, vectors):
    """Return bytes of parameters, gradients and state (`vectors`), and of outputs and their gradients."""
    parameters = sum((a + 1) * b for a, b in pairwise(sizes))
    outputs = batch * (2 * sum(sizes[1:-1]) + sizes[-1])
    return 4 * (vectors * parameters + 2 * outputs)


@pytest.mark.parametrize(("sizes", "batch"), SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("activation", [lk.ReLU, lk.Tanh, lk.Mish])
@pytest.mark.parametrize(("optimizer", "vectors"), [(lk.SGD, 3), (lk.Adam, 4)])
def test_training_takes_little_more_than_what_it_computes(sizes, batch, activation, optimizer, vectors):
    x, y = data(sizes, batch)

    def make():
        model = network(sizes, activation)
        return training_step(model, optimizer(model, 1e-4), x, y)

    assert peak_of(make) / needed(sizes, batch, vectors) < 1.2


def test_measurement_sees_a_layer_that_keeps_more_than_it_needs():
    class Keeps(lk.ReLU):
        def forward(self, x, training=True):
            self.more = [x.copy() for _ in range(3)]
            return super().forward(x, training)

    sizes, batch = SIZES["medium"]
    x, y = data(sizes, batch)

    def make():
        model = network(sizes, Keeps)
        return training_step(model, lk.SGD(model, 1e-4), x, y)

    assert peak_of(make) > 1.2 * needed(sizes, batch, 3)


@pytest.mark.parametrize("batches", [(128,), (128, 64, 100), tuple(range(1, 40))], ids=["same", "a few", "ever others"])
def test_steps_leave_nothing_behind_whatever_their_batch_sizes(batches):
    sizes = (64, 128, 8)
    model = network(sizes)
    optimizer, last = lk.Adam(model), training_step(model, lk.SGD(model, 1e-4), *data(sizes, 1))
    steps = [training_step(model, optimizer, *data(sizes, batch)) for batch in batches]

    def epoch():
        for step in steps:
            step()
        last()  # of one size, so that what the layers keep for backward is the same each time

    assert leftover(epoch) < 16 * 1024


@pytest.mark.parametrize("make", [lk.SGD, lambda m: lk.SGD(m, 0.1, 0.9, True, 0.1), lk.Adam, lk.AdamW])
def test_optimizer_needs_a_few_spans_for_itself_however_many_parameters_there_are(make):
    model = lk.Sequential(lk.Dense(1000, 1000), rng=0)
    optimizer = make(model)
    model.gradient_vector[:] = 1.0
    optimizer.step()
    assert peak_of(lambda: optimizer.step) < 5 * 4 * _SPAN < model.parameter_vector.nbytes


def test_prediction_needs_memory_for_its_result_and_one_chunk():
    model = network((8, 512, 2))
    x = np.random.default_rng(0).random((50_000, 8), np.float32)
    model.predict(x[:10])
    result, chunk = len(x) * 2 * 4, 1024 * 512 * 4
    assert peak_of(lambda: lambda: model.predict(x), runs=1) < 2 * result + 2.2 * chunk


def test_prediction_keeps_nothing():
    model = network((8, 512, 2))
    x = np.random.default_rng(0).random((5000, 8), np.float32)
    assert leftover(lambda: model.predict(x)) < 4096


def test_network_that_is_not_drawn_holds_no_memory():
    assert peak_of(lambda: lambda: lk.Sequential(lk.Dense(10**5, 10**5), lk.ReLU(), lk.Dense(10**5, 10**5))) < 1_000_000

"""What a training step allocates: after the first, nothing but the arrays that go to the caller."""

import copy
import gc
import tracemalloc

import numpy as np
import pytest

import layerkit as lk

BATCH, FEATURES, HIDDEN, OUTPUTS = 64, 8, 16384, 2
INTERMEDIATE = BATCH * HIDDEN * 4  # bytes of one hidden array: 4 MiB
# In a step, the arrays of the caller: prediction, difference of the loss, its gradient, the gradient of the input.
CALLERS = BATCH * (3 * OUTPUTS + FEATURES) * 4
# Views, tuples and floats, and the buffers of NumPy's iterator: up to two of 8,192 elements, whatever the array.
SLACK = 4 * 1024 + 2 * 8192 * 4
# The temporaries of a base-class activation: no more than six arrays of one block of 12,288 elements.
BLOCK_TEMPORARIES = 6 * (12 << 10) * 4
# SiLU and Mish compute in float64, Mish with up to twelve arrays at a time.
FLOAT64_TEMPORARIES = 12 * (12 << 10) * 8


def network(activation, *, dropout=0.0):
    more = (lk.Dropout(dropout),) if dropout else ()
    return lk.Sequential(lk.Dense(FEATURES, HIDDEN), activation, *more, lk.Dense(HIDDEN, OUTPUTS), rng=0)


def nested():
    inner = lk.Sequential(lk.Dense(FEATURES, HIDDEN), lk.ReLU(), rng=0)
    return lk.Sequential(inner, lk.ReLU(), lk.Dense(HIDDEN, OUTPUTS), rng=0)


def sgd(**options):
    return lambda model: lk.SGD(model, learning_rate=1e-4, **options)


CASES = {
    "relu_sgd": (lambda: network(lk.ReLU()), sgd(), SLACK),
    "relu_adam": (lambda: network(lk.ReLU()), lk.Adam, SLACK),
    "relu_adamw": (lambda: network(lk.ReLU()), lk.AdamW, SLACK),
    "momentum": (lambda: network(lk.ReLU()), sgd(momentum=0.9, weight_decay=0.1), SLACK),
    "nesterov": (lambda: network(lk.ReLU()), sgd(momentum=0.9, nesterov=True), SLACK),
    "dropout": (lambda: network(lk.ReLU(), dropout=0.5), sgd(), SLACK),
    "nested": (nested, sgd(), SLACK),
    "copied": (lambda: copy.deepcopy(network(lk.ReLU())), sgd(), SLACK),
    "linear": (lambda: network(lk.Linear()), sgd(), SLACK),
    "tanh": (lambda: network(lk.Tanh()), sgd(), SLACK + BLOCK_TEMPORARIES),
    "mish": (lambda: network(lk.Mish()), sgd(), SLACK + FLOAT64_TEMPORARIES),
    "silu": (lambda: network(lk.SiLU()), sgd(), SLACK + FLOAT64_TEMPORARIES),
}


def measure(step, repetitions=3):
    """Return what `step` leaves allocated and its peak, in bytes, for each repetition after two first ones."""
    step()
    step()
    gc.collect()
    figures = []
    tracemalloc.start()
    try:
        step()  # what tracemalloc itself allocates on first sight
        for _ in range(repetitions):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            step()
            after, peak = tracemalloc.get_traced_memory()
            figures.append((after - before, peak - before))
    finally:
        tracemalloc.stop()
    return figures


def training_step(model, optimizer, input_grad, batch=BATCH):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, FEATURES)).astype(np.float32)
    y = rng.normal(size=(batch, OUTPUTS)).astype(np.float32)
    loss = lk.MSELoss()

    def step():
        loss.forward(model.forward(x), y)
        model.backward(loss.backward(), input_grad=input_grad)
        optimizer.step()

    return step


@pytest.mark.parametrize("input_grad", [True, False])
@pytest.mark.parametrize(("model", "optimizer", "slack"), CASES.values(), ids=CASES)
def test_step_after_the_first_makes_no_intermediate_array(model, optimizer, slack, input_grad):
    model = model()
    for left, peak in measure(training_step(model, optimizer(model), input_grad)):
        assert left < 4096  # the loss keeps a new difference, and lets the old one go
        assert peak < CALLERS + slack < INTERMEDIATE


def test_last_smaller_batch_makes_no_new_workspace_in_later_epochs():
    model = network(lk.ReLU())
    full, last = (training_step(model, lk.SGD(model, 1e-4), False, batch) for batch in (BATCH, BATCH // 2))

    def epoch():
        full()
        last()

    for left, peak in measure(epoch):
        assert left < 4096
        assert peak < CALLERS + SLACK


def test_measurement_sees_one_intermediate_array():
    """What the limits above are worth: a layer that allocates its result is far over them."""

    class Allocating(lk.Linear):
        def forward(self, x, training=True, out=None):
            return super().forward(x, training).copy()

    model = network(Allocating())
    assert all(peak > INTERMEDIATE for _, peak in measure(training_step(model, lk.SGD(model, 1e-4), False)))

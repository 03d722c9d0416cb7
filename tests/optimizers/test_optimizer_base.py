"""What all optimizers share: flat vectors, in blocks, following the network, refusing nonsense."""

import copy
import math
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError
from layerkit.optimizers.base import _BLOCK

OPTIMIZERS = {
    "sgd": lk.SGD,
    "momentum": lambda model, **options: lk.SGD(model, momentum=0.9, **options),
    "nesterov": lambda model, **options: lk.SGD(model, momentum=0.9, nesterov=True, weight_decay=0.1, **options),
    "adam": lk.Adam,
    "adamw": lk.AdamW,
}
every = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


def vector_model(size, dtype=np.float64):
    """Return a network whose parameter vector is one weight of a given size."""
    model = lk.Sequential(lk.Dense(1, size, bias=False), dtype=dtype, rng=0)
    model.parameter_vector[:] = np.linspace(-1, 1, size)
    return model


@every
@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf, "fast", None, True])
def test_learning_rate_that_is_no_number_of_at_least_0_is_refused(make, rate):
    says = r"learning_rate must be a finite number at least 0, got"
    with pytest.raises(ConfigError, match=says):
        make(vector_model(3), learning_rate=rate)
    optimizer = make(vector_model(3), learning_rate=0.5)
    with pytest.raises(ConfigError, match=says):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == 0.5


@every
def test_layer_that_is_no_network_is_refused_with_advice(make):
    with pytest.raises(
        ConfigError, match=r"takes a Sequential.*got Dense\(1, 3\)\. Wrap a layer as Sequential\(layer\)"
    ):
        make(lk.Dense(1, 3))


@every
def test_blocks_give_what_one_vector_would(make):
    # one elementwise rule: a parameter moves the same, wherever the blocks are cut
    small, large = vector_model(3), vector_model(2 * _BLOCK + 7)
    places = [0, _BLOCK, 2 * _BLOCK + 6]  # in the first, the second and the last block
    large.parameter_vector[places] = small.parameter_vector
    optimizers = make(small, learning_rate=0.1), make(large, learning_rate=0.1)
    for step in range(4):
        small.gradient_vector[:] = np.cos(np.arange(3) + step)
        large.gradient_vector[:] = 0.3
        large.gradient_vector[places] = small.gradient_vector
        for optimizer in optimizers:
            optimizer.step()
    np.testing.assert_array_equal(large.parameter_vector[places], small.parameter_vector)


@every
def test_gradient_is_only_read(make):
    model = vector_model(5)
    model.gradient_vector[:] = 2.0
    optimizer = make(model, learning_rate=0.1)
    optimizer.step()
    optimizer.step()
    assert (model.gradient_vector == 2).all()


@every
def test_learning_rate_zero_moves_nothing(make):
    model = vector_model(5)
    before = model.parameter_vector.copy()
    model.gradient_vector[:] = 2.0
    make(model, learning_rate=0.0).step()
    np.testing.assert_array_equal(model.parameter_vector, before)


@every
def test_float32_stays_float32(make):
    model = vector_model(5, np.float32)
    optimizer = make(model)
    optimizer.step()
    assert {model.parameter_vector.dtype, *(state.dtype for state in optimizer.state.values())} == {
        np.dtype(np.float32)
    }


@every
def test_learning_rate_can_be_reassigned(make):
    fast, slow = vector_model(5), vector_model(5)
    changed, constant = make(fast, learning_rate=0.5), make(slow, learning_rate=0.1)
    changed.learning_rate = 0.1
    for model, optimizer in ((fast, changed), (slow, constant)):
        model.gradient_vector[:] = 1.0
        optimizer.step()
    np.testing.assert_array_equal(fast.parameter_vector, slow.parameter_vector)


@every
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_copy_of_model_and_optimizer_goes_on_as_the_original(make, duplicate):
    model = vector_model(5)
    optimizer = make(model, learning_rate=0.1)
    model.gradient_vector[:] = 1.0
    optimizer.step()
    twin_model, twin = duplicate((model, optimizer))
    assert twin.model is twin_model
    assert twin.steps == 1
    for one, stepper in ((model, optimizer), (twin_model, twin)):
        one.gradient_vector[:] = -2.0
        stepper.step()
    np.testing.assert_array_equal(twin_model.parameter_vector, model.parameter_vector)


@every
def test_quadratic_is_minimized(make):
    model = vector_model(4)
    optimizer = make(model, learning_rate=0.05)
    for _ in range(400):
        model.gradient_vector[:] = model.parameter_vector - 0.5
        optimizer.step()
    expected = 0.5 / 1.1 if getattr(optimizer, "weight_decay", 0) == 0.1 else 0.5
    np.testing.assert_allclose(model.parameter_vector, expected, atol=0.02)


@every
def test_steps_count_and_repr_names_the_learning_rate(make):
    optimizer = make(vector_model(3), learning_rate=0.25)
    optimizer.step()
    optimizer.step()
    assert optimizer.steps == 2
    assert repr(optimizer) == f"{type(optimizer).__name__}(learning_rate=0.25)"


def test_number_of_numpy_calls_does_not_depend_on_the_number_of_layers():
    class Counting(lk.Optimizer):
        calls = 0

        def update(self, value, grad, scratch):
            self.calls += 1

    deep = lk.Sequential(*(lk.Dense(4, 4) for _ in range(50)))
    optimizer = Counting(deep, 0.1)
    optimizer.step()
    assert optimizer.calls == 1


def test_optimizer_of_a_users_own_needs_the_rule():
    class NoRule(lk.Optimizer):
        pass

    with pytest.raises(TypeError, match="update"):
        NoRule(vector_model(3), 0.1)


def test_optimizer_follows_its_network_into_another_dtype():
    model = lk.Sequential(lk.Dense(2, 1), rng=0)
    optimizer = lk.SGD(model, 0.1, momentum=0.9)
    lk.Sequential(model, dtype="float64")
    model.gradient_vector[:] = 1.0
    before = model.parameter_vector.copy()
    optimizer.step()
    assert optimizer.state["velocity"].dtype == np.float64
    assert before - model.parameter_vector == pytest.approx(0.1, abs=1e-15)

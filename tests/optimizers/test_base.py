"""What all optimizers share: flat vectors, in spans, following the network, refusing nonsense."""

import copy
import json
import math
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError
from layerkit.optimizers.base import _SPAN

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
        ConfigError,
        match=r"model must be an instance of Composite, got Dense\(1, 3\)\. Wrap a layer as Sequential\(layer\)",
    ):
        make(lk.Dense(1, 3))


@every
def test_spans_give_what_one_vector_would(make):
    # one elementwise rule: a parameter moves the same, wherever the vector is cut
    small, large = vector_model(3), vector_model(2 * _SPAN + 7)
    places = [0, _SPAN, 2 * _SPAN + 6]  # in the first, the second and the last span
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
    vectors = [value for value in optimizer.state().values() if isinstance(value, np.ndarray)]
    assert {model.parameter_vector.dtype, *(vector.dtype for vector in vectors)} == {np.dtype(np.float32)}


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
    assert not np.shares_memory(twin_model.parameter_vector, model.parameter_vector)
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
def test_repr_names_what_differs_from_the_defaults(make):
    optimizer = make(vector_model(3), learning_rate=0.25)
    assert repr(optimizer).startswith(f"{type(optimizer).__name__}(learning_rate=0.25")
    assert "model" not in repr(optimizer)


def test_repr_is_the_call_without_the_model():
    model = vector_model(3)
    assert repr(lk.Adam(model)) == "Adam()"
    assert repr(lk.SGD(model, momentum=0.9, nesterov=True)) == "SGD(momentum=0.9, nesterov=True)"
    assert repr(lk.AdamW(model, 0.1, (0.5, 0.9))) == "AdamW(learning_rate=0.1, betas=(0.5, 0.9))"


@every
def test_state_goes_back_to_an_earlier_step(make):
    model = vector_model(5)
    optimizer = make(model, learning_rate=0.1)
    model.gradient_vector[:] = 1.0
    optimizer.step()
    state, values = copy.deepcopy(optimizer.state()), model.parameter_vector.copy()
    optimizer.step()
    optimizer.learning_rate = 0.5
    expected = model.parameter_vector.copy()
    optimizer.restore(state)
    model.parameter_vector[:] = values
    assert optimizer.learning_rate == 0.1
    optimizer.step()
    np.testing.assert_array_equal(model.parameter_vector, expected)


@every
def test_state_holds_the_vectors_and_what_is_named_as_runtime(make):
    optimizer = make(vector_model(5))
    state = optimizer.state()
    assert set(optimizer.runtime) <= set(state)
    for name, value in state.items():
        assert value is getattr(optimizer, name) or value == getattr(optimizer, name)


def test_number_of_numpy_calls_does_not_depend_on_the_number_of_layers():
    deep = lk.Sequential(*(lk.Dense(4, 4) for _ in range(50)))
    velocity = np.zeros_like(deep.parameter_vector)
    ((theta, g, state),) = lk.SGD(deep).spans(velocity)
    assert theta is deep.parameter_vector
    assert g is deep.gradient_vector
    assert state is velocity


def test_spans_cover_everything_once_as_views():
    model = vector_model(2 * _SPAN + 7)
    extra = np.zeros_like(model.parameter_vector)
    spans = lk.SGD(model).spans(extra)
    assert [theta.size for theta, _, _ in spans] == [_SPAN, _SPAN, 7]
    for theta, g, state in spans:
        theta += 1.0
        g[:] = theta
        state += 1.0
    assert (extra == 1).all()
    np.testing.assert_array_equal(model.gradient_vector, model.parameter_vector)


def test_optimizer_of_a_users_own_needs_the_rule():
    class NoRule(lk.Optimizer):
        pass

    with pytest.raises(TypeError, match="step"):
        NoRule(vector_model(3), 0.1)


@every
def test_optimizer_follows_its_network_into_another_dtype(make):
    model = lk.Sequential(lk.Dense(2, 1), rng=0)
    optimizer = make(model, learning_rate=0.1)
    model.astype("float64")
    before = model.parameter_vector.copy()
    model.gradient_vector[:] = 1.0
    optimizer.step()
    assert model.parameter_vector.dtype == np.float64
    assert (model.parameter_vector < before).all()


@every
def test_optimizer_trains_the_parameters_wherever_their_vector_is(make):
    shared = lk.Dense(3, 3).draw(0)
    model = lk.Sequential(shared, lk.ReLU(), lk.Dense(3, 1), rng=0)
    twin = copy.deepcopy(model)
    optimizers = make(model, learning_rate=0.1), make(twin, learning_rate=0.1)
    for step in range(4):
        if step % 2:  # a network with a common part takes it into a vector of its own
            other = lk.Sequential(shared, lk.Dense(3, 2), rng=step)
            assert np.shares_memory(other.parameter_vector, shared.weight.value)
        for network, optimizer in zip((model, twin), optimizers, strict=True):
            for parameter in network.parameters():
                parameter.grad = np.cos(parameter.value + step)
            optimizer.step()
    np.testing.assert_array_equal(model.parameter_vector, twin.parameter_vector)
    np.testing.assert_array_equal(shared.weight.value, twin[0].weight.value)


@every
def test_configuration_rebuilds_it_for_a_model(make):
    model = vector_model(3)
    optimizer = make(model, learning_rate=0.25)
    twin = lk.Optimizer.from_config(json.loads(json.dumps(optimizer.to_config())), model=model)
    assert (repr(twin), twin.model) == (repr(optimizer), model)
    assert twin.arguments() == optimizer.arguments()

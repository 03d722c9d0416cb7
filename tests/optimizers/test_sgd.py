"""SGD against the formulas of its sources, step by step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError


def model(values):
    network = lk.Sequential(lk.Dense(1, len(values), bias=False), dtype=np.float64)
    network.parameter_vector[:] = values
    return network


def run(values, grads, **options):
    network = model(values)
    optimizer = lk.SGD(network, **options)
    for grad in grads:
        network.gradient_vector[:] = grad
        optimizer.step()
    return network.parameter_vector


def reference(values, grads, learning_rate, momentum=0.0, nesterov=False, weight_decay=0.0):
    """Return the parameters after the steps, one number at a time."""
    result = []
    for index, theta in enumerate(values):
        velocity = 0.0
        for grad in grads:
            g = grad[index] + weight_decay * theta
            velocity = momentum * velocity + g
            theta -= learning_rate * (g + momentum * velocity if nesterov else velocity)
        result.append(theta)
    return result


def test_hand_computed_steps_with_momentum():
    # v = 1, θ = 1 - 0.1; v = 0.5 + 1, θ = 0.9 - 0.15
    np.testing.assert_allclose(run([1.0], [[1.0], [1.0]], learning_rate=0.1, momentum=0.5), [0.75])


def test_hand_computed_steps_of_nesterov():
    # v = 1, θ = 1 - 0.1·1.5; v = 1.5, θ = 0.85 - 0.1·(1 + 0.75)
    np.testing.assert_allclose(
        run([1.0], [[1.0], [1.0]], learning_rate=0.1, momentum=0.5, nesterov=True), [0.675]
    )  # fmt: skip


def test_hand_computed_weight_decay():
    # g = 1 + 0.5·2 = 2, θ = 2 - 0.1·2
    np.testing.assert_allclose(run([2.0], [[1.0]], learning_rate=0.1, weight_decay=0.5), [1.8])


@given(
    st.sampled_from([0.0, 0.5, 0.9]),
    st.booleans(),
    st.sampled_from([0.0, 0.1]),
    st.floats(0.001, 0.5),
    st.integers(1, 6),
    st.integers(0, 99),
)
def test_several_steps_are_those_of_the_formulas(momentum, nesterov, weight_decay, learning_rate, steps, seed):
    rng = np.random.default_rng(seed)
    values, grads = rng.normal(size=5), rng.normal(size=(steps, 5))
    options = {
        "learning_rate": learning_rate,
        "momentum": momentum,
        "nesterov": nesterov and momentum > 0,
        "weight_decay": weight_decay,
    }
    np.testing.assert_allclose(
        run(values, grads, **options), reference(values, grads, **options), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"momentum": 1.0}, r"momentum must be a finite number at least 0 and below 1, got 1\.0"),
        ({"momentum": -0.1}, r"momentum must be a finite number at least 0 and below 1, got -0\.1"),
        ({"momentum": float("nan")}, "momentum must be .*, got nan"),
        ({"weight_decay": -1}, "weight_decay must be a finite number at least 0, got -1"),
        ({"nesterov": "no", "momentum": 0.9}, "nesterov must be True or False, got 'no'"),
        ({"nesterov": 1, "momentum": 0.9}, "nesterov must be True or False, got 1"),
        ({"nesterov": True}, r"nesterov=True needs a momentum above 0, got momentum=0\.0"),
    ],
)
def test_number_out_of_range_is_refused(options, says):
    with pytest.raises(ConfigError, match=says):
        lk.SGD(model([1.0]), **options)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fifty_steps_are_those_of_the_formulas(options, dtype):
    rng = np.random.default_rng(0)
    values, grads = rng.normal(size=20), rng.normal(size=(50, 20)).astype(dtype)
    network = lk.Sequential(lk.Dense(1, 20, bias=False), dtype=dtype)
    network.parameter_vector[:] = values
    optimizer = lk.SGD(network, 0.01, **options)
    for grad in grads:
        network.gradient_vector[:] = grad
        optimizer.step()
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    expected = reference(values, grads, 0.01, **options)
    np.testing.assert_allclose(network.parameter_vector, expected, rtol=tolerance, atol=tolerance)


def test_state_and_defaults():
    optimizer = lk.SGD(model([1.0]))
    arguments = optimizer.arguments()
    assert arguments == {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    assert set(lk.SGD(model([1.0]), momentum=0.5).state()) == {"velocity", "learning_rate"}
    assert lk.SGD.runtime == ("learning_rate",)


def test_numpy_arguments_become_python_floats():
    network = lk.Sequential(lk.Dense(2, 2), rng=0)
    optimizer = lk.SGD(network, np.float64(0.1), np.float64(0.9), True, np.float64(0.1))
    assert {type(value) for value in (optimizer.learning_rate, optimizer.momentum, optimizer.weight_decay)} == {float}
    optimizer.step()
    assert optimizer.velocity.dtype == network.parameter_vector.dtype == np.float32

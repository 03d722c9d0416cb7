"""Adam and AdamW against the algorithms of their papers, step by step."""

import math

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


def run(kind, values, grads, **options):
    network = model(values)
    optimizer = kind(network, **options)
    for grad in grads:
        network.gradient_vector[:] = grad
        optimizer.step()
    return network.parameter_vector


def reference(values, grads, learning_rate=0.001, betas=(0.9, 0.999), epsilon=1e-8, weight_decay=0.0):
    """Return the parameters by algorithm 1 of Kingma and Ba and 2 of Loshchilov and Hutter, one number at a time."""
    result = []
    for index, theta in enumerate(values):
        m = v = 0.0
        for t, grad in enumerate(grads, 1):
            theta -= learning_rate * weight_decay * theta
            g = grad[index]
            m = betas[0] * m + (1 - betas[0]) * g
            v = betas[1] * v + (1 - betas[1]) * g * g
            theta -= learning_rate * (m / (1 - betas[0] ** t)) / (math.sqrt(v / (1 - betas[1] ** t)) + epsilon)
        result.append(theta)
    return result


def test_hand_computed_second_step():
    # β = (0.5, 0.75), g = 1 and -1: m = 0.25·... m₁ = 0.5, m₂ = -0.25, m̂₂ = -0.25/0.75; v₁ = 0.25, v₂ = 0.4375,
    # v̂₂ = 0.4375/0.4375 = 1. So θ = 0 - 0.1·1 + 0.1/3.
    found = run(lk.Adam, [0.0], [[1.0], [-1.0]], learning_rate=0.1, betas=(0.5, 0.75), epsilon=1e-12)
    np.testing.assert_allclose(found, [-0.1 + 0.1 / 3], rtol=1e-10)


def test_first_step_is_the_learning_rate_whatever_the_gradient():
    np.testing.assert_allclose(run(lk.Adam, [0.0, 0.0], [[1e-3, -50.0]], learning_rate=0.1), [-0.1, 0.1], rtol=1e-4)


def test_epsilon_is_added_after_the_bias_correction():
    # v̂ = g² = 1, so the step is 0.1 / (1 + 1)
    np.testing.assert_allclose(run(lk.Adam, [0.0], [[1.0]], learning_rate=0.1, epsilon=1.0), [-0.05])


def test_weight_decay_of_adamw_stays_out_of_the_moments():
    # a zero gradient leaves the decay alone: 2 · (1 - 0.1 · 0.5)²
    np.testing.assert_allclose(run(lk.AdamW, [2.0], [[0.0], [0.0]], learning_rate=0.1, weight_decay=0.5), [2 * 0.95**2])


@given(
    st.floats(0.001, 0.5),
    st.sampled_from([(0.9, 0.999), (0.5, 0.75), (0.0, 0.9), (0.9, 0.0)]),
    st.sampled_from([1e-8, 0.1]),
    st.sampled_from([0.0, 0.01, 0.3]),
    st.integers(1, 6),
    st.integers(0, 99),
)
def test_several_steps_are_those_of_the_papers(learning_rate, betas, epsilon, weight_decay, steps, seed):
    rng = np.random.default_rng(seed)
    values, grads = rng.normal(size=5), rng.normal(size=(steps, 5))
    options = {"learning_rate": learning_rate, "betas": betas, "epsilon": epsilon}
    expected = reference(values, grads, weight_decay=weight_decay, **options)
    np.testing.assert_allclose(
        run(lk.AdamW, values, grads, weight_decay=weight_decay, **options), expected, rtol=1e-11, atol=1e-13
    )
    if weight_decay == 0:
        np.testing.assert_allclose(run(lk.Adam, values, grads, **options), expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", [lk.Adam, lk.AdamW])
def test_defaults_are_those_of_the_paper(kind):
    optimizer = kind(model([1.0]))
    assert (optimizer.learning_rate, optimizer.betas, optimizer.epsilon) == (0.001, (0.9, 0.999), 1e-8)
    assert list(optimizer.state()) == ["first_moment", "second_moment", "learning_rate", "steps"]
    assert kind.runtime == ("learning_rate", "steps")
    assert getattr(lk.AdamW(model([1.0])), "weight_decay", None) == 0.01


@pytest.mark.parametrize("kind", [lk.Adam, lk.AdamW])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"betas": (1.0, 0.9)}, r"betas\[0\] must be .* below 1, got 1\.0"),
        ({"betas": (0.9, 1)}, r"betas\[1\] must be .* below 1, got 1\."),
        ({"betas": (-0.1, 0.9)}, r"betas\[0\] must be a finite number at least 0 and below 1, got -0\.1"),
        ({"betas": (0.9, float("nan"))}, r"betas\[1\] must be .*, got nan"),
        ({"betas": 0.9}, r"betas must be two numbers, got 0\.9"),
        ({"betas": (0.9,)}, r"betas must be two numbers, got \(0\.9,\)"),
        ({"epsilon": 0}, "epsilon must be a finite number above 0, got 0"),
    ],
)
def test_number_out_of_range_is_refused(kind, options, says):
    with pytest.raises(ConfigError, match=says):
        kind(model([1.0]), **options)


def test_negative_weight_decay_is_refused():
    with pytest.raises(ConfigError, match="weight_decay must be a finite number at least 0, got -1"):
        lk.AdamW(model([1.0]), weight_decay=-1)


@pytest.mark.parametrize("kind", [lk.Adam, lk.AdamW])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fifty_steps_are_those_of_the_papers(kind, dtype):
    rng = np.random.default_rng(0)
    values, grads = rng.normal(size=20), rng.normal(size=(50, 20)).astype(dtype)
    network = lk.Sequential(lk.Dense(1, 20, bias=False), dtype=dtype)
    network.parameter_vector[:] = values
    optimizer = kind(network, learning_rate=0.01)
    for grad in grads:
        network.gradient_vector[:] = grad
        optimizer.step()
    expected = reference(values, grads, learning_rate=0.01, weight_decay=getattr(optimizer, "weight_decay", 0.0))
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(network.parameter_vector, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", [1e18, 1e20])
def test_float32_moves_however_large_the_gradient_is(size):
    network = lk.Sequential(lk.Dense(1, 2, bias=False))
    network.parameter_vector[:] = 0.0
    optimizer = lk.Adam(network, learning_rate=0.1)
    for _ in range(10):
        network.gradient_vector[:] = [size, -size]
        optimizer.step()
    np.testing.assert_allclose(network.parameter_vector, [-1, 1], rtol=1e-3)


def test_numpy_arguments_become_python_floats():
    optimizer = lk.AdamW(
        lk.Sequential(lk.Dense(2, 2), rng=0), np.float64(0.1), np.array([0.9, 0.999]).tolist(), np.float64(1e-8),
        np.float64(0.1),
    )  # fmt: skip
    values = optimizer.learning_rate, *optimizer.betas, optimizer.epsilon, optimizer.weight_decay
    assert {type(value) for value in values} == {float}
    optimizer.step()
    assert optimizer.first_moment.dtype == optimizer.model.parameter_vector.dtype == np.float32

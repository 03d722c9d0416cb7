"""Initializers: the spread that each promises, from the fans and the gain."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit import initializers
from layerkit.errors import ConfigError

SHAPE = (300, 200)  # 60,000 draws: the standard deviation is known to 0.3 %
EXPECTED = [
    (initializers.ActivationScaled, 2 * 2 / 300),
    (initializers.He, 2 / 300),
    (initializers.Glorot, 2 / 500),
    (initializers.LeCun, 1 / 300),
]


def drawn(initializer, shape=SHAPE, gain=1.0, rng=0, **fans):
    """Return what an initializer draws for a parameter, as it draws it: in float64."""
    parameter = lk.Parameter(shape, initializer, **fans)
    parameter.gain = gain
    return initializer.draw(parameter, np.random.default_rng(rng))


@pytest.mark.parametrize(("kind", "variance"), EXPECTED)
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_variance_follows_from_fans_and_gain(kind, variance, distribution):
    weight = drawn(kind(distribution), gain=2.0)
    assert weight.shape == SHAPE
    assert weight.var() == pytest.approx(variance, rel=0.02)
    assert weight.mean() == pytest.approx(0, abs=4 * math.sqrt(variance / weight.size))
    if distribution == "uniform":
        assert np.abs(weight).max() <= math.sqrt(3 * variance)


@pytest.mark.parametrize(
    ("kind", "fan"), [(initializers.He, 576), (initializers.LeCun, 576), (initializers.Glorot, 704)]
)
def test_kernel_of_a_convolution_counts_all_inputs_of_an_output(kind, fan):
    kernel = drawn(kind(), (3, 3, 64, 128))  # fan_in = 3 · 3 · 64, fan_out = 128
    assert kernel.var() == pytest.approx({initializers.LeCun: 1}.get(kind, 2) / fan, rel=0.03)


def test_fans_that_are_given_come_before_the_shape():
    assert drawn(initializers.LeCun(), fan_in=100).var() == pytest.approx(1 / 100, rel=0.02)
    assert drawn(initializers.Glorot(), fan_in=100, fan_out=300).var() == pytest.approx(2 / 400, rel=0.02)


@pytest.mark.parametrize(("kind", "variance"), EXPECTED)
def test_distribution_that_is_not_known_is_refused(kind, variance):
    with pytest.raises(ConfigError, match="distribution must be one of 'normal', 'uniform', got 'cauchy'"):
        kind("cauchy")


def test_normal_and_uniform_ignore_shape_and_gain():
    assert drawn(initializers.Normal(0.3), gain=5.0).std() == pytest.approx(0.3, rel=0.02)
    uniform = drawn(initializers.Uniform(0.3), gain=5.0)
    assert 0.299 < np.abs(uniform).max() <= 0.3
    assert uniform.std() == pytest.approx(0.3 / math.sqrt(3), rel=0.02)


def test_constant_is_one_number_or_given_values():
    assert not drawn(initializers.Constant(), (3, 2)).any()
    np.testing.assert_array_equal(drawn(initializers.Constant(0.5), (3, 2)), np.full((3, 2), 0.5))
    np.testing.assert_array_equal(drawn(initializers.Constant([1, 2]), (3, 2)), [[1, 2]] * 3)


@given(st.tuples(st.integers(1, 8), st.integers(1, 8)), st.floats(0.1, 5))
def test_orthogonal_has_orthonormal_rows_or_columns_times_the_gain(shape, gain):
    q = drawn(initializers.Orthogonal(), shape, gain)
    assert q.shape == shape
    product = q @ q.T if shape[0] <= shape[1] else q.T @ q
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-12 * gain**2)


def test_orthogonal_takes_all_axes_but_the_last_as_rows():
    q = drawn(initializers.Orthogonal(), (2, 3, 4)).reshape(6, 4)
    np.testing.assert_allclose(q.T @ q, np.eye(4), atol=1e-12)


def test_orthogonal_is_uniform_over_both_signs():
    # QR alone gives columns whose leading entry always has one sign
    signs = {float(np.sign(drawn(initializers.Orthogonal(), (1, 1), rng=i)[0, 0])) for i in range(20)}
    assert signs == {-1.0, 1.0}


def test_orthogonal_scale_comes_before_the_gain():
    q = drawn(initializers.Orthogonal(scale=3.0), (4, 4), 100.0)
    np.testing.assert_allclose(q.T @ q, 9 * np.eye(4), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: initializers.Normal(-1), "std must be a finite number at least 0, got -1"),
        (lambda: initializers.Uniform(math.nan), "limit must be a finite number at least 0, got nan"),
        (lambda: initializers.Orthogonal("big"), "scale must be a finite number, got 'big'"),
        (lambda: initializers.Constant("zero"), "value must be a finite number or an array of them, got 'zero'"),
        (lambda: initializers.Constant([1.0, math.inf]), r"value must be a finite number or an array of them, got \[1"),
        (lambda: initializers.Constant([[1.0], [1.0, 2.0]]), "value must be a finite number or an array of them"),
        (lambda: initializers.Constant(None), "value must be a finite number or an array of them, got None"),
    ],
)
def test_number_out_of_range_is_refused(make, says):
    with pytest.raises(ConfigError, match=says):
        make()


@pytest.mark.parametrize(
    "initializer",
    [
        *(kind(distribution) for kind, _ in EXPECTED for distribution in ("normal", "uniform")),
        initializers.Normal(0.2),
        initializers.Uniform(0.3),
        initializers.Orthogonal(),
        initializers.Orthogonal(2.0),
        initializers.Constant(),
        initializers.Constant([1.0, 2.0]),
    ],
    ids=repr,
)
def test_configuration_rebuilds_it(initializer):
    rebuilt = initializers.Initializer.from_config(json.loads(json.dumps(initializer.to_config())))
    assert type(rebuilt) is type(initializer)
    assert repr(rebuilt) == repr(initializer)
    np.testing.assert_array_equal(drawn(rebuilt, (2, 2)), drawn(initializer, (2, 2)))


def test_repr_is_the_call_that_makes_it():
    assert repr(initializers.Constant(0.5)) == "Constant(value=0.5)"
    assert repr(initializers.He("uniform")) == "He(distribution='uniform')"
    assert repr(initializers.Glorot()) == "Glorot()"


def test_numpy_numbers_become_python_numbers():
    made = (
        initializers.Normal(np.float64(0.1)),
        initializers.Uniform(np.float32(0.5)),
        initializers.Constant(np.float64(1)),
    )
    assert [type(value) for one in made for value in one.arguments().values()] == [float] * 3


def test_initializer_of_a_users_own_is_used_and_described():
    class Ramp(initializers.Initializer):
        def __init__(self, step=1.0):
            self.step = step

        def draw(self, parameter, rng):
            return self.step * np.arange(parameter.size).reshape(parameter.shape)

    layer = lk.Dense(2, 2, weight_initializer=Ramp(0.5))
    np.testing.assert_array_equal(layer.weight.value, [[0, 0.5], [1, 1.5]])
    twin = lk.Dense.from_config(json.loads(json.dumps(layer.to_config())), classes=[Ramp])
    np.testing.assert_array_equal(twin.weight.value, [[0, 0.5], [1, 1.5]])


def test_initializer_needs_draw():
    class Half(initializers.Initializer):
        pass

    with pytest.raises(TypeError, match="draw"):
        Half()

"""Initializers: the spread that each promises, from the fans and the gain."""

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
    (initializers.Automatic, 2 * 2 / 300),
    (initializers.He, 2 / 300),
    (initializers.Glorot, 2 / 500),
    (initializers.LeCun, 1 / 300),
]


@pytest.mark.parametrize(("kind", "variance"), EXPECTED)
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_variance_follows_from_fans_and_gain(kind, variance, distribution):
    weight = kind(distribution)(SHAPE, np.random.default_rng(0), 2.0)
    assert weight.shape == SHAPE
    assert weight.var() == pytest.approx(variance, rel=0.02)
    assert weight.mean() == pytest.approx(0, abs=4 * math.sqrt(variance / weight.size))
    if distribution == "uniform":
        assert np.abs(weight).max() <= math.sqrt(3 * variance)


@pytest.mark.parametrize(("kind", "variance"), EXPECTED)
def test_distribution_that_is_not_known_is_refused(kind, variance):
    with pytest.raises(ConfigError, match="distribution must be one of 'normal', 'uniform', got 'cauchy'"):
        kind("cauchy")


def test_normal_and_uniform_ignore_the_shape():
    rng = np.random.default_rng(0)
    assert initializers.Normal(0.3)(SHAPE, rng, 5.0).std() == pytest.approx(0.3, rel=0.02)
    uniform = initializers.Uniform(0.3)(SHAPE, rng, 5.0)
    assert 0.299 < np.abs(uniform).max() <= 0.3
    assert uniform.std() == pytest.approx(0.3 / math.sqrt(3), rel=0.02)


def test_zeros_are_zeros():
    assert not initializers.Zeros()((3, 2), np.random.default_rng(0)).any()


@given(st.tuples(st.integers(1, 8), st.integers(1, 8)), st.floats(0.1, 5))
def test_orthogonal_has_orthonormal_rows_or_columns_times_the_gain(shape, gain):
    q = initializers.Orthogonal()(shape, np.random.default_rng(0), gain)
    assert q.shape == shape
    product = q @ q.T if shape[0] <= shape[1] else q.T @ q
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-12 * gain**2)


def test_orthogonal_is_uniform_over_both_signs():
    # QR alone gives columns whose leading entry always has one sign
    signs = {float(np.sign(initializers.Orthogonal()((1, 1), np.random.default_rng(i))[0, 0])) for i in range(20)}
    assert signs == {-1.0, 1.0}


def test_orthogonal_scale_comes_before_the_gain():
    q = initializers.Orthogonal(scale=3.0)((4, 4), np.random.default_rng(0), 100.0)
    np.testing.assert_allclose(q.T @ q, 9 * np.eye(4), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: initializers.Normal(-1), "std must be a finite number at least 0, got -1"),
        (lambda: initializers.Uniform(math.nan), "limit must be a finite number at least 0, got nan"),
        (lambda: initializers.Orthogonal("big"), "scale must be a finite number, got 'big'"),
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
        initializers.Zeros(),
    ],
    ids=repr,
)
def test_config_rebuilds_a_bundled_initializer(initializer):
    config = initializers.to_config(initializer)
    rebuilt = initializers.from_config(config)
    assert (type(rebuilt), vars(rebuilt)) == (type(initializer), vars(initializer))
    assert config["name"] == type(initializer).__name__  # from_config left its argument as it was


def test_users_own_callable_is_used_but_has_no_config():
    def mine(shape, rng, gain):
        return np.full(shape, 0.5)

    assert initializers.from_config(mine) is mine
    assert initializers.to_config(mine) is None
    assert (lk.Dense(2, 3, weight_initializer=mine).weight.value == 0.5).all()


def test_subclass_of_a_bundled_one_has_no_config():
    class He(initializers.He):
        pass

    assert initializers.to_config(He()) is None


@pytest.mark.parametrize("wrong", ["he", initializers.He, 3, {"name": "Unknown"}, {"no": "name"}])
def test_what_is_no_initializer_is_refused_with_advice(wrong):
    with pytest.raises(ConfigError, match=r"must be a callable \(shape, rng, gain\).*layerkit.initializers.Automatic"):
        lk.Dense(2, 3, weight_initializer=wrong)

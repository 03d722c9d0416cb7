"""Dense: z = a W + b, and what goes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerkit as lk
from layerkit.errors import ConfigError, ShapeError

sizes = st.integers(1, 7)


def arrays(seed, *shapes, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def dense(weight, bias=None, dtype=np.float64):
    layer = lk.Dense(*weight.shape, bias=bias is not None, dtype=dtype)
    layer.weight.value = weight
    if bias is not None:
        layer.bias.value = bias
    return layer


@given(sizes, sizes, sizes, st.booleans(), st.integers(0, 99))
def test_all_numbers_are_those_of_einsum(batch, in_features, out_features, bias, seed):
    x, w, b, grad = arrays(seed, (batch, in_features), (in_features, out_features), out_features, (batch, out_features))
    layer = dense(w, b if bias else None)
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(layer.forward(x), np.einsum("ni,io->no", x, w) + (b if bias else 0), **close)
    np.testing.assert_allclose(layer.backward(grad), np.einsum("no,io->ni", grad, w), **close)
    np.testing.assert_allclose(layer.weight.grad, np.einsum("ni,no->io", x, grad), **close)
    if bias:
        np.testing.assert_allclose(layer.bias.grad, np.einsum("no->o", grad), **close)


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(0, 99))
def test_backward_is_linear_in_the_gradient(alpha, beta, seed):
    x, w, b, first, second = arrays(seed, (4, 3), (3, 2), 2, (4, 2), (4, 2))
    layer = dense(w, b)
    layer.forward(x)
    grads = first, second, alpha * first + beta * second
    results = [[layer.backward(grad), layer.weight.grad.copy(), layer.bias.grad.copy()] for grad in grads]
    for one, two, both in zip(*results, strict=True):
        np.testing.assert_allclose(both, alpha * one + beta * two, rtol=1e-10, atol=1e-11)


def test_batches_of_changing_size_sum_the_bias_over_their_own_rows():
    layer = lk.Dense(2, 1)
    for rows in (3, 1, 4):
        layer.forward(np.ones((rows, 2)))
        layer.backward(np.ones((rows, 1)))
        assert layer.bias.grad[0] == rows


def test_rows_are_independent_of_each_other():
    x, w, b = arrays(0, (5, 3), (3, 2), 2)
    layer = dense(w, b)
    np.testing.assert_allclose(layer.forward(x), [layer.forward(row[None])[0] for row in x], rtol=1e-12)


def test_strided_input_and_gradient_give_the_same_numbers():
    x, w, b, grad = arrays(0, (8, 6), (3, 2), 2, (2, 4))
    layer = dense(w, b)
    strided_x, strided_grad = x[::2, ::2], grad.T
    y = layer.forward(strided_x)
    np.testing.assert_allclose(y, dense(w, b).forward(strided_x.copy()), rtol=1e-12)
    dx, dw = layer.backward(strided_grad), layer.weight.grad.copy()
    np.testing.assert_allclose(layer.backward(strided_grad.copy()), dx, rtol=1e-12)
    np.testing.assert_allclose(layer.weight.grad, dw, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, 3), "in_features must be an integer of at least 1, got 0"),
        ((3, -1), "out_features must be an integer of at least 1, got -1"),
        ((3.0, 1), r"in_features must be an integer of at least 1, got 3\.0"),
        ((True, 1), "in_features must be an integer of at least 1, got True"),
    ],
)
def test_size_that_is_no_positive_integer_is_refused(arguments, says):
    with pytest.raises(ConfigError, match=says):
        lk.Dense(*arguments)


def test_wrong_dtype_and_rng_are_refused():
    with pytest.raises(ConfigError, match="dtype must be float32 or float64, got 'int32'"):
        lk.Dense(2, 3, dtype="int32")
    with pytest.raises(ConfigError, match="rng must be a non-negative integer"):
        lk.Dense(2, 3, rng=-1)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((5, 3), r"Dense\(4, 2\) takes 4 features, got 3 features\. Give it 4, or make it Dense\(3, 2\)"),
        ((5, 2, 2), r"takes 4 features, got samples of shape \(2, 2\)\. Put a Flatten\(\) before it"),
        ((4,), r"takes 4 features, got samples of shape \(\)\. .*for a single sample, use x\[None, :\]"),
        ((), r"takes 4 features, got samples of shape \(\)"),
    ],
)
@pytest.mark.parametrize("out", [None, np.empty((5, 2), np.float32)])
def test_wrong_feature_count_is_refused_with_the_fix(shape, says, out):
    with pytest.raises(ShapeError, match=says):
        lk.Dense(4, 2).forward(np.ones(shape, np.float32), out=out)


def test_config_keeps_initializers_seed_and_dtype_but_no_generator():
    layer = lk.Dense(2, 3, False, weight_initializer=lk.initializers.He("uniform"), rng=4, dtype=np.float64)
    config = layer.config()
    assert config == {
        "in_features": 2,
        "out_features": 3,
        "bias": False,
        "dtype": "float64",
        "weight_initializer": {"name": "He", "distribution": "uniform"},
        "bias_initializer": {"name": "Zeros"},
        "rng": 4,
    }
    np.testing.assert_array_equal(lk.Dense(**config).weight.value, layer.weight.value)
    own = lk.Dense(2, 3, weight_initializer=lambda shape, rng, gain: np.ones(shape), rng=np.random.default_rng(0))
    assert {"weight_initializer", "rng"} & own.config().keys() == set()


def test_bias_starts_at_zero_or_where_its_initializer_says():
    assert not lk.Dense(2, 3, rng=0).bias.value.any()
    layer = lk.Dense(2, 300, bias_initializer=lk.initializers.Uniform(0.5), rng=0)
    assert 0.45 < np.abs(layer.bias.value).max() <= 0.5
    assert lk.Dense(2, 3, bias=False).bias is None
    assert len(lk.Dense(2, 3, bias=False).parameters()) == 1

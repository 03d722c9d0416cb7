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
    layer = lk.Dense(*weight.shape, bias=bias is not None).astype(dtype)
    layer.weight.value = weight
    if bias is not None:
        layer.bias.value = bias
    return layer


@given(st.lists(sizes, min_size=1, max_size=3).map(tuple), sizes, sizes, st.booleans(), st.integers(0, 99))
def test_all_numbers_are_those_of_einsum(batch, in_features, out_features, bias, seed):
    shapes = (*batch, in_features), (in_features, out_features), out_features, (*batch, out_features)
    x, w, b, grad = arrays(seed, *shapes)
    layer = dense(w, b if bias else None)
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(layer.forward(x), np.einsum("...i,io->...o", x, w) + (b if bias else 0), **close)
    np.testing.assert_allclose(layer.backward(grad), np.einsum("...o,io->...i", grad, w), **close)
    x, grad = x.reshape(-1, in_features), grad.reshape(-1, out_features)
    np.testing.assert_allclose(layer.weight.grad, np.einsum("ni,no->io", x, grad), **close)
    if bias:
        np.testing.assert_allclose(layer.bias.grad, np.einsum("no->o", grad), **close)


def test_hand_computed_numbers_of_a_batch_of_sequences():
    layer = dense(np.array([[1.0, 2.0]]), np.array([10.0, 20.0]))
    x = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])  # (batch, length, 1)
    np.testing.assert_array_equal(layer.forward(x), [[[11, 22], [12, 24]], [[13, 26], [14, 28]]])
    grad = np.zeros((2, 2, 2))
    grad[0, 1], grad[1, 0] = [1.0, 0.0], [1.0, 5.0]
    np.testing.assert_array_equal(layer.backward(grad), [[[0], [1]], [[11], [0]]])
    np.testing.assert_array_equal(layer.weight.grad, [[5, 15]])  # 2·1 + 3·1 and 3·5
    np.testing.assert_array_equal(layer.bias.grad, [2, 5])


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
        layer.forward(np.ones((rows, 2), np.float32))
        layer.backward(np.ones((rows, 1), np.float32))
        assert layer.bias.grad[0] == rows


def test_rows_are_independent_of_each_other():
    x, w, b = arrays(0, (5, 3), (3, 2), 2)
    layer = dense(w, b)
    np.testing.assert_allclose(layer.forward(x), [layer.forward(row[None])[0] for row in x], rtol=1e-12)


@pytest.mark.parametrize("extra", [(), (3,)])
def test_strided_input_and_gradient_give_the_same_numbers(extra):
    x, w, b, grad = arrays(0, (8, *extra, 6), (3, 2), 2, (2, *extra, 4))
    layer = dense(w, b)
    strided_x, strided_grad = x[::2, ..., ::2], np.swapaxes(grad, 0, -1)
    y = layer.forward(strided_x)
    np.testing.assert_allclose(y, dense(w, b).forward(strided_x.copy()), rtol=1e-12)
    dx, dw = layer.backward(strided_grad), layer.weight.grad.copy()
    np.testing.assert_allclose(layer.backward(strided_grad.copy()), dx, rtol=1e-12)
    np.testing.assert_allclose(layer.weight.grad, dw, rtol=1e-12)


@pytest.mark.parametrize(("given", "back"), [(np.float64, np.float32), (np.float32, np.float64), (np.float64,) * 2])
def test_lone_layer_takes_another_dtype_than_its_own(given, back):
    layer, exact = lk.Dense(3, 2).draw(0), lk.Dense(3, 2).draw(0).astype(np.float64)
    x, grad = arrays(0, (4, 3), (4, 2))
    exact.forward(x)
    layer.forward(x.astype(given))
    np.testing.assert_allclose(layer.backward(grad.astype(back)), exact.backward(grad), rtol=1e-5, atol=1e-6)
    assert layer.weight.grad.dtype == layer.bias.grad.dtype == np.float32
    np.testing.assert_allclose(layer.weight.grad, exact.weight.grad, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.bias.grad, exact.bias.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, 3), "in_features must be an integer of at least 1, got 0"),
        ((3, -1), "out_features must be an integer of at least 1, got -1"),
        ((3.0, 1), r"in_features must be an integer of at least 1, got 3\.0"),
        ((True, 1), "in_features must be an integer of at least 1, got True"),
        ((4, 8, "relu"), "bias must be True or False, got 'relu'"),
        ((4, 8, 0), "bias must be True or False, got 0"),
    ],
)
def test_argument_of_the_wrong_kind_is_refused(arguments, says):
    with pytest.raises(ConfigError, match=says):
        lk.Dense(*arguments)


@pytest.mark.parametrize("wrong", ["he", 3, np.ones((2, 3)), lambda parameter, rng: np.ones(parameter.shape)])
def test_what_is_no_initializer_is_refused(wrong):
    for name in ("weight_initializer", "bias_initializer"):
        with pytest.raises(ConfigError, match="initializer must be an instance of Initializer, got"):
            lk.Dense(2, 3, **{name: wrong})
    with pytest.raises(ConfigError, match=r"got <class .*He'>\. Make an object of it: He\(\.\.\.\)"):
        lk.Dense(2, 3, weight_initializer=lk.initializers.He)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((5, 3), r"Dense\(4, 2\) takes 4 features, got 3\. Give it 4, or make it Dense\(3, 2\)"),
        ((5, 4, 3), r"takes 4 features, got 3\. Give it 4"),
        ((5, 2, 2), r"takes 4 features, got samples of shape \(2, 2\)\. Put a Flatten\(\) before it"),
        ((4,), r"takes 4 features, got samples of shape \(\)\. .*for one sample, pass x\[None\]"),
    ],
)
def test_wrong_feature_count_is_refused_with_the_fix(shape, says):
    with pytest.raises(ShapeError, match=says):
        lk.Dense(4, 2).forward(np.ones(shape, np.float32))


def test_config_keeps_sizes_and_initializers():
    layer = lk.Dense(2, 3, False, weight_initializer=lk.initializers.He("uniform"))
    assert layer.to_config() == {
        "class": "Dense",
        "in_features": 2,
        "out_features": 3,
        "bias": False,
        "weight_initializer": {"class": "He", "distribution": "uniform"},
        "bias_initializer": {"class": "Constant", "value": 0.0},
    }


def test_bias_starts_at_zero_or_where_its_initializer_says():
    assert not lk.Dense(2, 3).draw(0).bias.value.any()
    layer = lk.Dense(2, 300, bias_initializer=lk.initializers.Uniform(0.5)).draw(0)
    assert 0.45 < np.abs(layer.bias.value).max() <= 0.5
    assert lk.Dense(2, 3, bias=False).bias is None
    assert list(lk.Dense(2, 3, bias=False).named_parameters()) == ["weight"]
    assert list(lk.Dense(2, 3).named_parameters()) == ["weight", "bias"]


def test_weight_is_drawn_from_the_generator_that_is_given():
    first, second = lk.Dense(20, 30).draw(5), lk.Dense(20, 30).draw(np.random.default_rng(5))
    np.testing.assert_array_equal(first.weight.value, second.weight.value)
    assert first.weight.value.std() == pytest.approx(20**-0.5, rel=0.1)
    with pytest.raises(ConfigError, match="rng must be a non-negative integer"):
        lk.Dense(2, 3).draw(-1)

"""What is named when something goes wrong in the middle of a network: the layer that broke its contract."""

import copy

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import PluginError, ShapeError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


class Told(lk.Layer):
    """A layer whose two passes return what they are told."""

    def __init__(self, forward=lambda x: x, backward=lambda grad: grad):
        self.told, self.told_back = forward, backward

    def forward(self, x, training=True):
        return self.told(x)

    def backward(self, grad, input_grad=True):
        return self.told_back(grad) if input_grad else None

    def arguments(self):
        return {}


@pytest.mark.parametrize("call", ["forward", "predict"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("after", [(), (lk.Dense(5, 2),), (Told(lambda x: x * 2),)])
@pytest.mark.parametrize("returned", [None, [[1.0] * 5] * 6, 1.0, "text"])
def test_layer_that_returns_no_array_is_named(call, dtype, after, returned):
    model = lk.Sequential(lk.Dense(4, 5), Told(lambda x: returned), *map(copy.deepcopy, after), dtype=dtype, rng=0)
    got = type(returned).__name__
    says = rf"layer 1, Told\(\) \(.*\), must return arrays of {np.dtype(dtype)}, or of integers, but returned {got}\."
    with pytest.raises(PluginError, match=says):
        getattr(model, call)(X)


@pytest.mark.parametrize("call", ["forward", "predict"])
def test_layer_that_returns_another_shape_is_named_beside_the_one_that_refuses_it(call):
    model = lk.Sequential(lk.Dense(4, 5), Told(lambda x: x[:, :3]), lk.Dense(5, 2), rng=0)
    says = r"layer 2 of the Sequential: Dense\(5, 2\) takes 5 features, got 3\. .* It comes after layer 1, Told\(\) \("
    with pytest.raises(ShapeError, match=says):
        getattr(model, call)(X)


def test_error_of_a_layer_is_left_as_it_is():
    error = KeyError("of its own")

    def fail(x):
        raise error

    with pytest.raises(KeyError) as caught:
        lk.Sequential(lk.Dense(4, 5), Told(fail), rng=0).forward(X)
    assert caught.value is error


@pytest.mark.parametrize("call", ["forward", "predict"])
def test_first_layer_that_promotes_is_named(call):
    double = np.float64(2)
    model = lk.Sequential(Told(), lk.Dense(4, 5), Told(lambda x: x * np.ones(5)), lk.Dense(5, 2), Told(), rng=0)
    says = r"layer 2, Told\(\) \(.*\), must return arrays of float32, .* but returned float64\. Use Python numbers"
    with pytest.raises(PluginError, match=says):
        getattr(model, call)(X)
    narrow = lk.Sequential(lk.Dense(4, 5), Told(lambda x: x.astype(np.float32)), dtype=np.float64, rng=0)
    with pytest.raises(PluginError, match=r"layer 1, Told\(\) .* arrays of float64, .* but returned float32"):
        getattr(narrow, call)(X * double)


@pytest.mark.parametrize(
    ("returned", "got"), [(None, "None"), (np.ones((6, 4), np.float32), r"shape \(6, 4\)"), (1.0, "shape None")]
)
@pytest.mark.parametrize("input_grad", [True, False])
def test_wrong_gradient_names_the_layer_that_returned_it(returned, got, input_grad):
    model = lk.Sequential(lk.Dense(4, 5), Told(backward=lambda grad: returned), lk.Dense(5, 2), rng=0)
    model.forward(X)
    says = rf"backward of Told\(\) \(.*\) must return ∂C/∂x, an array of shape \(6, 5\), but returned {got}"
    with pytest.raises(PluginError, match=says):
        model.backward(np.ones((6, 2)), input_grad=input_grad)


def test_none_of_the_first_layer_is_refused_where_its_input_has_a_gradient():
    model = lk.Sequential(Told(backward=lambda grad: None), lk.Dense(4, 2), rng=0)
    model.forward(X)
    with pytest.raises(PluginError, match=r"backward of Told\(\)"):
        model.backward(np.ones((6, 2)))
    model.backward(np.ones((6, 2)), input_grad=False)


def test_search_for_the_layer_that_promotes_writes_nothing():
    model = lk.Sequential(lk.Dropout(0.5), Told(lambda x: x * np.ones(4)), rng=0)
    twin = copy.deepcopy(model[0])
    with pytest.raises(PluginError, match="layer 1, Told"):
        model.forward(X)
    twin.forward(X)
    np.testing.assert_array_equal(model[0].cache, twin.cache)
    np.testing.assert_array_equal(model[0].forward(X), twin.forward(X))

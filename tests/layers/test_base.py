"""The contract that every layer keeps, bundled or written by a user."""

import copy
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import DTypeError, ShapeError, StateError


class Shift(lk.Layer):
    """A layer of a user's own: y = s x + t."""

    def __init__(self, offset, scale=1.0):
        self.offset, self.scale = offset, scale

    def forward(self, x, training=True):
        self.check_input(x)
        if training:
            self.cache = x.shape
        return x * self.scale + self.offset

    def backward(self, grad, input_grad=True):
        self.check_gradient(grad, self.cache)
        return grad * self.scale if input_grad else None


LAYERS = [
    lk.Dense(4, 3),
    lk.Dense(4, 3, bias=False),
    lk.Dropout(0.25),
    lk.Flatten(),
    lk.Softmax(),
    lk.Linear(),
    lk.ReLU(),
    lk.LeakyReLU(0.2),
    lk.ELU(0.5),
    lk.SELU(),
    lk.Sigmoid(),
    lk.Tanh(),
    lk.Softplus(),
    lk.SiLU(),
    lk.Mish(),
    lk.Sequential(lk.Dense(4, 3), lk.Tanh()),
    lk.Residual(lk.Dense(4, 4), lk.Tanh()),
    lk.Parallel(lk.Dense(4, 3), lk.Tanh()),
    lk.Parallel(lk.Dense(4, 3), lk.Dense(4, 3), join="add"),
    lk.Parallel(lk.Dense(4, 3), lk.Dense(4, 3), join="multiply"),
    Shift(1.0, 2.0),
]


def batch(dtype=np.float32):
    return np.random.default_rng(1).normal(size=(5, 4)).astype(dtype)


def name(layer):
    return " ".join(repr(layer).split())


@pytest.fixture(params=LAYERS, ids=name)
def layer(request):
    return copy.deepcopy(request.param).draw(0)


@pytest.fixture(params=[layer for layer in LAYERS if not isinstance(layer, lk.Sequential | lk.Parallel)], ids=name)
def lone(request):
    """Return a layer that is no network, and so converts nothing."""
    return copy.deepcopy(request.param).draw(0)


def test_backward_before_forward_names_the_layer_and_what_to_call(layer):
    with pytest.raises(StateError, match=rf"{type(layer).__name__}\(.*no forward pass.*call forward\(x\) first"):
        layer.backward(np.ones((5, 3), np.float32))


def test_forward_without_training_is_no_pass_to_go_back_through(layer):
    layer.forward(batch(), training=False)
    with pytest.raises(StateError, match="no forward pass"):
        layer.backward(np.ones((5, 3), np.float32))


def test_input_and_gradient_are_never_changed(layer):
    x = batch()
    x.flags.writeable = False
    grad = np.ones(layer.forward(x, training=False).shape, np.float32)
    grad.flags.writeable = False
    layer.forward(x)
    layer.backward(grad)
    layer.backward(grad, input_grad=False)


def test_without_input_grad_nothing_is_returned_and_parameters_get_the_same_gradients(layer):
    y = layer.forward(batch())
    grad = np.random.default_rng(2).normal(size=y.shape).astype(np.float32)
    layer.backward(grad)
    expected = [parameter.grad.copy() for parameter in layer.parameters()]
    for parameter in layer.parameters():
        parameter.grad = np.nan
    assert layer.backward(grad, input_grad=False) is None
    for parameter, numbers in zip(layer.parameters(), expected, strict=True):
        np.testing.assert_array_equal(parameter.grad, numbers)


def test_float64_stays_float64_and_float32_stays_float32(layer):
    for dtype in (np.float32, np.float64):
        layer.astype(dtype)
        y = layer.forward(batch(dtype))
        assert y.dtype == layer.dtype == dtype
        assert layer.backward(np.ones_like(y)).dtype == dtype
        assert {parameter.grad.dtype for parameter in layer.parameters()} <= {np.dtype(dtype)}


def test_gradient_of_another_shape_is_refused_and_changes_nothing(layer):
    y = layer.forward(batch())
    kept = [parameter.grad.copy() for parameter in layer.parameters()]
    for wrong in (np.ones((5, 9), np.float32), np.ones((4, *y.shape[1:]), np.float32), np.ones(5, np.float32)):
        with pytest.raises(ShapeError, match=rf"takes a gradient of the shape of its last output, \({y.shape[0]}, "):
            layer.backward(wrong)
    for parameter, grad in zip(layer.parameters(), kept, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


@pytest.mark.parametrize("x", [np.array([["a"] * 4]), np.ones((1, 4), complex), np.full((1, 4), None)])
def test_input_that_is_no_real_number_is_refused(layer, x):
    with pytest.raises(DTypeError, match=rf"(must hold real numbers|takes arrays of floats), got (dtype )?{x.dtype}"):
        layer.forward(x)


@pytest.mark.parametrize("x", [[[1.0, 2.0, 3.0, 4.0]], None, 3.0])
def test_lone_layer_takes_arrays_only_and_says_how_to_make_one(lone, x):
    with pytest.raises(
        DTypeError,
        match=rf"takes arrays of floats, got {type(x).__name__}\. Convert it first: np\.as",
    ):
        lone.forward(x)


def test_lone_layer_refuses_integers_with_the_conversion(lone):
    with pytest.raises(
        DTypeError, match=r"takes arrays of floats, got int64\. Convert it first: np\.asarray\(x, np\.fl"
    ):
        lone.forward(batch().astype(np.int64))


def test_last_of_two_forward_passes_counts(layer):
    first, second = batch(), batch()[:2] + 1
    expected = copy.deepcopy(layer)
    if isinstance(layer, lk.Dropout):
        expected.forward(first)  # draws the first mask
    expected.forward(second)
    grad = np.ones(layer.forward(second, training=False).shape, np.float32)
    layer.forward(first)
    layer.forward(second)
    np.testing.assert_array_equal(layer.backward(grad), expected.backward(grad))


def test_prediction_between_forward_and_backward_changes_no_gradient(layer):
    y = layer.forward(batch())
    expected = layer.backward(np.ones_like(y))
    layer.forward(batch()[:2] + 1, training=False)
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), expected)


def test_empty_batch_passes_through(layer):
    y = layer.forward(batch()[:0])
    assert y.shape[0] == 0
    assert layer.backward(np.ones_like(y)).shape == (0, 4)


def test_single_number_is_no_batch(layer):
    with pytest.raises(ShapeError, match=r"takes (a batch, with the samples along axis 0, got a single number|4 feat)"):
        layer.forward(np.float32(3.0))


def test_output_shape_is_what_forward_gives(layer):
    assert layer.forward(batch()).shape[1:] == layer.output_shape((4,))


@pytest.mark.parametrize("layer", [a for a in LAYERS if not isinstance(a, lk.Flatten | lk.Dropout)], ids=name)
def test_more_axes_give_the_numbers_of_their_rows(layer):
    layer = copy.deepcopy(layer).draw(0)
    x = np.random.default_rng(3).normal(size=(2, 3, 4)).astype(np.float32)
    y = layer.forward(x)
    grad = np.cos(y)
    dx, grads = layer.backward(grad), [parameter.grad.copy() for parameter in layer.parameters()]
    rows = layer.forward(x.reshape(6, 4))
    np.testing.assert_allclose(y.reshape(rows.shape), rows, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx.reshape(6, 4), layer.backward(grad.reshape(rows.shape)), rtol=1e-5, atol=1e-6)
    for found, parameter in zip(grads, layer.parameters(), strict=True):
        np.testing.assert_allclose(found, parameter.grad, rtol=1e-5, atol=1e-6)
    assert y.shape[1:] == layer.output_shape((3, 4))


def test_copies_start_without_a_pass(layer):
    layer.forward(batch())
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        with pytest.raises(StateError, match="no forward pass"):
            twin.backward(np.ones((5, 3), np.float32))
        np.testing.assert_array_equal(twin.forward(batch(), False), layer.forward(batch(), False))


def test_cache_is_not_pickled(layer):
    empty = len(pickle.dumps(layer.draw(0)))
    layer.forward(np.ones((5000, 4), np.float32))
    assert len(pickle.dumps(layer)) < empty + 5000


def test_repr_is_the_call_that_makes_the_layer():
    reprs = ["Dense(4, 3)", "Dense(4, 3, bias=False)", "Dropout(rate=0.25)", "Flatten()", "Softmax()", "Linear()"]
    assert [repr(layer) for layer in LAYERS[:6]] == reprs
    assert repr(lk.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2)"
    assert repr(lk.ELU()) == "ELU()"
    assert repr(lk.Dropout()) == "Dropout()"
    assert repr(LAYERS[15]) == "Sequential(\n    Dense(4, 3),\n    Tanh(),\n)"


def test_contract_cannot_be_half_written():
    class Half(lk.Layer):
        def forward(self, x, training=True):
            return x

    with pytest.raises(TypeError, match="backward"):
        Half()


def test_defaults_of_a_layer_without_parameters():
    layer = Shift(1)
    assert layer.parameters() == []
    assert layer.named_parameters() == layer.children() == layer.buffers() == {}
    assert layer.gain is None
    assert (layer.name, layer.input_shape, layer.input_dtype) == ("", (...,), "float")
    assert layer.dtype == np.float32
    assert layer.output_shape((2, 3)) == (2, 3)
    assert layer.output_shape(None) == (...,)
    assert layer.draw(0) is layer.astype("float64") is layer
    assert layer.dtype == np.float64


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'cach'"):
        _ = lk.ReLU().cach


def test_late_attributes_can_be_looked_at_on_the_class():
    # as documentation tools do, with no object that could have a pass or a value
    assert lk.Layer.cache is vars(lk.Layer)["cache"]
    assert lk.Parameter.value is vars(lk.Parameter)["value"]

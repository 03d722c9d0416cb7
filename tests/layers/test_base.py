"""The contract that every layer keeps, bundled or written by a user."""

import copy
import json
import pickle

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError, StateError
from layerkit.layers.base import distribution, publishers

LAYERS = [
    lk.Dense(4, 3, rng=0),
    lk.Dense(4, 3, bias=False, rng=0),
    lk.Dropout(0.25, rng=0),
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
    lk.Sequential(lk.Dense(4, 3), lk.Tanh(), rng=0),
]


class Shift(lk.Layer):
    """A layer of a user's own, with arguments of every kind."""

    def __init__(self, offsets, scale=1.0, *extra, rng=None, **options):
        self.offsets, self.scale, self.rng = offsets, scale, rng

    def forward(self, x, training=True, out=None):
        return x * self.scale + self.offsets

    def backward(self, grad, out=None):
        return grad * self.scale


class Forgetful(Shift):
    def __init__(self, size):
        self.length = size


def fresh(layer):
    return copy.deepcopy(layer)


def batch(dtype=np.float32):
    return np.random.default_rng(1).normal(size=(5, 4)).astype(dtype)


@pytest.fixture(params=LAYERS, ids=lambda layer: " ".join(repr(layer).split()))
def layer(request):
    return fresh(request.param)


def test_backward_before_forward_names_the_layer_and_what_to_call(layer):
    with pytest.raises(
        StateError, match=rf"{type(layer).__name__}\(.*no forward pass.*call forward\(x, training=True\)"
    ):
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
    layer.backward_parameters(grad)


def test_float64_stays_float64_and_float32_stays_float32(layer):
    for dtype in (np.float32, np.float64):
        if layer.parameters() and layer.parameters()[0].dtype != dtype:
            layer = lk.Sequential(layer, dtype=dtype)
        y = layer.forward(batch(dtype))
        assert y.dtype == dtype
        assert layer.backward(np.ones_like(y)).dtype == dtype


def test_gradient_of_another_shape_is_refused_and_changes_nothing(layer):
    y = layer.forward(batch())
    kept = [parameter.grad.copy() for parameter in layer.parameters()]
    for wrong in (np.ones((5, 7), np.float32), np.ones((4, *y.shape[1:]), np.float32), np.ones(5, np.float32), 1.0):
        with pytest.raises(ShapeError, match=rf"takes a gradient of the shape of its last output, \({y.shape[0]}, "):
            layer.backward(wrong)
    for parameter, grad in zip(layer.parameters(), kept, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


@pytest.mark.parametrize("x", [np.array([["a"] * 4]), np.ones((1, 4), complex), np.full((1, 4), None)])
def test_input_that_is_no_real_number_is_refused(layer, x):
    with pytest.raises(DTypeError, match="must hold real numbers, got dtype"):
        layer.forward(x)


def test_gradient_that_is_no_real_number_is_refused(layer):
    y = layer.forward(batch())
    for wrong in (np.full(y.shape, 1j), np.full(y.shape, None), np.full(y.shape, "a")):
        with pytest.raises(DTypeError, match="grad must hold real numbers, got dtype"):
            layer.backward(wrong)


def test_lists_are_taken_as_float32(layer):
    np.testing.assert_array_equal(fresh(layer).forward(batch().tolist()), fresh(layer).forward(batch()))
    y = layer.forward(batch())
    expected = layer.backward(np.ones_like(y))
    np.testing.assert_array_equal(layer.backward(np.ones_like(y).tolist()), expected)


def test_offer_that_fits_gives_the_same_numbers(layer):
    x = batch()
    expected = fresh(layer).forward(x)
    y = layer.forward(x, out=np.empty_like(expected))
    np.testing.assert_array_equal(y, expected)
    grad = np.random.default_rng(2).normal(size=y.shape).astype(np.float32)
    dx = layer.backward(grad)
    np.testing.assert_array_equal(layer.backward(grad, out=np.empty_like(x)), dx)


def test_offer_that_does_not_fit_is_declined(layer):
    x = batch()
    expected = fresh(layer).forward(x)
    for out in (
        np.empty((2, 2), np.float32),
        np.empty(expected.shape),
        np.empty(expected.shape[::-1], np.float32).T,
        x,
    ):
        np.testing.assert_array_equal(fresh(layer).forward(x, out=out), expected)
    y = layer.forward(x)
    grad = np.random.default_rng(2).normal(size=y.shape).astype(np.float32)
    dx = layer.backward(grad)
    for out in (np.empty((2, 2), np.float32), np.empty(x.shape), np.empty(x.shape[::-1], np.float32).T, grad):
        np.testing.assert_array_equal(layer.backward(grad, out=out), dx)
    np.testing.assert_array_equal(x, batch())


def test_last_of_two_forward_passes_counts(layer):
    first, second = batch(), batch()[:2] + 1
    expected = fresh(layer)
    if isinstance(layer, lk.Dropout):
        expected.forward(first)  # draws the first mask
    expected.forward(second)
    grad = np.ones(layer.forward(second, training=False).shape, np.float32)
    layer.forward(first)
    layer.forward(second)
    np.testing.assert_array_equal(layer.backward(grad), expected.backward(grad))


def test_empty_batch_passes_through(layer):
    y = layer.forward(batch()[:0])
    assert y.shape[0] == 0
    assert layer.backward(np.ones_like(y)).shape == (0, 4)


def test_output_shape_is_what_forward_gives(layer):
    assert layer.forward(batch()).shape[1:] == layer.output_shape((4,))


def test_copies_start_without_a_pass(layer):
    layer.forward(batch())
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        with pytest.raises(StateError, match="no forward pass"):
            twin.backward(np.ones((5, 3), np.float32))
        np.testing.assert_array_equal(twin.forward(batch(), False), layer.forward(batch(), False))


@pytest.mark.parametrize("layer", LAYERS[:-1], ids=repr)
def test_config_survives_json_and_rebuilds_the_layer(layer):
    config = json.loads(json.dumps(layer.config()))
    twin = type(layer)(**config)
    assert twin.config() == layer.config()
    assert repr(twin) == repr(layer)


def test_repr_is_the_call_that_makes_the_layer():
    reprs = [
        "Dense(4, 3)",
        "Dense(4, 3, bias=False)",
        "Dropout(rate=0.25, rng=0)",
        "Flatten()",
        "Softmax()",
        "Linear()",
    ]
    assert [repr(layer) for layer in LAYERS[:6]] == reprs
    assert repr(lk.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2)"
    assert repr(lk.ELU()) == "ELU()"
    assert repr(LAYERS[-1]) == "Sequential(\n    Dense(4, 3),\n    Tanh(),\n)"


def test_repr_of_users_layer_shows_what_differs_from_the_defaults():
    assert repr(Shift(2)) == "Shift(2)"
    assert repr(Shift(2, scale=3)) == "Shift(2, scale=3)"
    assert repr(Shift(np.ones(2), scale=np.ones(2))) == "Shift(array([1., 1.]), scale=array([1., 1.]))"
    assert repr(Forgetful(3)) == "Forgetful(...)"


def test_config_leaves_a_generator_out():
    assert Shift(2, rng=np.random.default_rng(0)).config() == {"offsets": 2, "scale": 1.0}
    assert Shift(2, rng=5).config()["rng"] == 5


def test_config_of_a_layer_that_hides_an_argument_says_what_to_write():
    with pytest.raises(ConfigError, match=r"takes the argument 'size' but.*Write self\.size = size in __init__"):
        Forgetful(3).config()


def test_contract_cannot_be_half_written():
    class Half(lk.Layer):
        def forward(self, x, training=True, out=None):
            return x

    with pytest.raises(TypeError, match="backward"):
        Half()


def test_defaults_of_a_layer_without_parameters():
    layer = Shift(1)
    assert layer.parameters() == ()
    assert layer.layers == ()
    assert layer.gain is None
    assert layer.input_shape is None
    assert layer.output_shape([2, 3]) == (2, 3)
    layer.initialize(np.random.default_rng(0))


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'cach'"):
        _ = lk.ReLU().cach


def test_distribution_is_the_installed_one_or_the_module():
    assert distribution(np.ndarray) == "numpy"
    assert distribution(Shift) == Shift.__module__


def test_distribution_that_the_registry_wrote_down_comes_first():
    class Published(Shift):
        pass

    publishers[Published] = "layerkit-shift"
    assert distribution(Published) == "layerkit-shift"


def test_late_attributes_can_be_looked_at_on_the_class():
    # as documentation tools do, with no object that could have a pass or a value
    assert lk.Layer.cache is vars(lk.Layer)["cache"]
    assert lk.Parameter.value is vars(lk.Parameter)["value"]

"""Every layer and loss, and their combinations, against differences in float64: one table, one check."""

import numpy as np
import pytest
from differences import gradient

import layerkit as lk

BATCH = 3
STEP = 0.002  # small enough that no input and no difference of these tables comes over a kink


class Scale(lk.Layer):
    """A layer that a user might write: one learnt factor."""

    def __init__(self):
        self.factor = lk.Parameter("factor", [1.5], dtype=np.float64)

    def parameters(self):
        return (self.factor,)

    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return x * self.factor.value

    def backward(self, grad, out=None):
        self.factor.grad = [np.sum(grad * self.cache)]
        return grad * self.factor.value


class Residual(lk.Layer):
    """A layer made of another one: x + f(x)."""

    def __init__(self, inner):
        self.layers = (inner,)

    def forward(self, x, training=True, out=None):
        return x + self.layers[0].forward(x, training)

    def backward(self, grad, out=None):
        return grad + self.layers[0].backward(grad)


class Same(lk.Dropout):
    """Dropout whose masks come from a fresh generator in each pass, so that two passes can be compared."""

    def forward(self, x, training=True, out=None):
        self._generator = np.random.default_rng(5)
        return super().forward(x, training, out)


ACTIVATIONS = {
    "linear": lk.Linear(),
    "relu": lk.ReLU(),
    "leaky_relu": lk.LeakyReLU(0.1),
    "elu": lk.ELU(),
    "elu_alpha": lk.ELU(0.5),
    "selu": lk.SELU(),
    "sigmoid": lk.Sigmoid(),
    "tanh": lk.Tanh(),
    "softplus": lk.Softplus(),
    "silu": lk.SiLU(),
    "mish": lk.Mish(),
}


def affine(in_features=4, out_features=4, bias=True):
    layer = lk.Dense(in_features, out_features, bias, dtype=np.float64, rng=1)
    if bias:
        layer.bias.value = np.linspace(-0.3, 0.3, out_features)
    return layer


def sequential(*layers):
    return lk.Sequential(*layers, rng=3, dtype=np.float64)


LAYERS = {
    **{name: (layer, (4,)) for name, layer in ACTIVATIONS.items()},
    "dense": (affine(), (4,)),
    "dense_without_bias": (affine(bias=False), (4,)),
    "dense_wider": (affine(4, 7), (4,)),
    "dense_to_one": (affine(4, 1), (4,)),
    "dropout": (Same(0.4), (4,)),
    "flatten": (lk.Flatten(), (2, 3)),
    "softmax": (lk.Softmax(), (4,)),
    "softmax_of_matrices": (lk.Softmax(), (2, 3)),
    "user_layer": (Scale(), (4,)),
    "user_layer_of_layers": (sequential(affine(), Residual(sequential(affine(), lk.Tanh()))), (4,)),
    "two_layers": (sequential(affine(4, 5), lk.Tanh(), affine(5, 2)), (4,)),
    "nested": (sequential(affine(4, 5), sequential(lk.SiLU(), affine(5, 3), lk.Tanh()), affine(3, 2)), (4,)),
    "flatten_first": (sequential(lk.Flatten(), affine(6, 3), lk.Mish()), (2, 3)),
    "dropout_inside": (sequential(affine(), lk.ReLU(), Same(0.4), affine(4, 2)), (4,)),
    "slice": (sequential(affine(), lk.Tanh(), affine(4, 2), lk.Sigmoid())[1:3], (4,)),
}

OUTPUTS = {"none": (), "softmax": (lk.Softmax(),), **{name: (layer,) for name, layer in ACTIVATIONS.items()}}
NUMBERS = np.array([[0.3, -1.2, 0.8], [1.4, 0.1, -0.6], [-0.4, 0.7, 2.1]])
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8]])
LABELS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.3], [0.0, 0.0, 1.0]])
CLASSES = np.array([2, 0, 1])
REGRESSION = [
    *(lk.MSELoss(reduction=reduction) for reduction in ("mean", "half", "sum")),
    *(lk.MAELoss(reduction=reduction) for reduction in ("mean", "sum")),
    *(lk.HuberLoss(0.7, reduction=reduction) for reduction in ("mean", "sum")),
]
# Losses on logits stand behind an affine layer; those on numbers behind any activation; those that compare
# probabilities behind Sigmoid and Softmax as well.
COMBINATIONS = [
    *((loss, NUMBERS, output) for loss in REGRESSION for output in (OUTPUTS)),
    *((lk.CrossEntropyLoss(reduction), CLASSES, "none") for reduction in ("mean", "sum")),
    *((lk.CrossEntropyLoss(reduction), PROBABILITIES, "none") for reduction in ("mean", "sum")),
    (lk.CrossEntropyLoss(), 2 * PROBABILITIES, "none"),
    *((lk.BCEWithLogitsLoss(reduction), LABELS, "none") for reduction in ("mean", "sum")),
]


def inputs(shape):
    """Return a batch whose elements keep a distance from 0, where kinks are."""
    x = np.random.default_rng(2).normal(size=(BATCH, *shape))
    return np.where(np.abs(x) < 0.1, 0.2, x)


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS)
def test_layer_gradients_are_those_of_its_forward(layer, shape):
    x = inputs(shape)
    weights = np.random.default_rng(3).normal(size=layer.forward(x).shape)

    def cost():
        return float(np.vdot(weights, layer.forward(x)))

    expected = gradient(cost, x, STEP)
    expected_parameters = [gradient(cost, parameter.value, STEP) for parameter in layer.parameters()]
    layer.forward(x)
    assert_close(layer.backward(weights), expected)
    for parameter, numbers in zip(layer.parameters(), expected_parameters, strict=True):
        assert_close(parameter.grad, numbers)
        parameter.grad = np.full(parameter.shape, np.nan)
    layer.backward_parameters(weights)
    for parameter, numbers in zip(layer.parameters(), expected_parameters, strict=True):
        assert_close(parameter.grad, numbers)


@pytest.mark.parametrize(
    ("loss", "target", "output"),
    COMBINATIONS,
    ids=[f"{loss!r}-{'x'.join(map(str, target.shape))}-{output}" for loss, target, output in COMBINATIONS],
)
def test_loss_behind_output_activation_gives_the_gradients_of_its_cost(loss, target, output):
    model = sequential(affine(4, 5), lk.Tanh(), affine(5, 3), *OUTPUTS[output])
    x = inputs((4,))

    def cost():
        return loss.forward(model.forward(x), target)

    expected, expected_parameters = gradient(cost, x, STEP), gradient(cost, model.parameter_vector, STEP)
    cost()
    assert_close(model.backward(loss.backward()), expected)
    assert_close(model.gradient_vector, expected_parameters)

"""Every layer and loss, and their combinations, against differences in float64: one table, one check."""

import numpy as np
import pytest
from contracts.author_layers import Conv1D, Recurrent
from differences import gradient

import layerkit as lk

BATCH = 3
STEP = 0.002  # small enough that no input and no difference of these tables comes over a kink


class Scale(lk.Layer):
    """A layer that a user might write: one learned factor."""

    def __init__(self):
        self.factor = lk.Parameter((1,), lk.initializers.Constant(1.5))

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return x * self.factor.value

    def backward(self, grad, input_grad=True):
        self.factor.grad = [np.sum(grad * self.cache)]
        return grad * self.factor.value if input_grad else None


class Gate(lk.LearnedActivation):
    """z tanh(s z), with a factor for each feature."""

    def __init__(self, features=None):
        super().__init__(features)
        self.s = self.learned(0.7)

    def function(self, z, s):
        return z * np.tanh(s * z)

    def derivative(self, z, s):
        return np.tanh(s * z) + s * z / np.cosh(s * z) ** 2

    def parameter_derivatives(self, z, s):
        return {"s": z * z / np.cosh(s * z) ** 2}


class Same(lk.Dropout):
    """Dropout whose masks come from a fresh generator in each pass, so that two passes can be compared."""

    def forward(self, x, training=True):
        self.randomness.rng = np.random.default_rng(5)
        return super().forward(x, training)


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


def affine(in_features=4, out_features=4, bias=True, seed=1):
    layer = lk.Dense(in_features, out_features, bias).astype(np.float64).draw(seed)
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
    "dense_on_sequences": (affine(4, 3), (5, 4)),
    "learned": (Gate(), (4,)),
    "learned_by_feature": (Gate(4), (2, 4)),
    "residual": (sequential(affine(), lk.Residual(affine(), lk.Tanh())), (4,)),
    "concatenate": (sequential(lk.Parallel(affine(4, 2), sequential(affine(4, 3), lk.Tanh())), affine(5, 2)), (4,)),
    "add": (sequential(lk.Parallel(affine(4, 3), affine(4, 3), join="add"), lk.SiLU()), (4,)),
    "multiply": (sequential(lk.Parallel(affine(4, 3), sequential(affine(4, 3), lk.Sigmoid()), join="multiply")), (4,)),
    "sequences": (sequential(Conv1D(2, 4, 3), lk.Tanh(), Recurrent(3, 2)), (5, 4)),
    "two_layers": (sequential(affine(4, 5), lk.Tanh(), affine(5, 2)), (4,)),
    "nested": (sequential(affine(4, 5), sequential(lk.SiLU(), affine(5, 3), lk.Tanh()), affine(3, 2)), (4,)),
    "flatten_first": (sequential(lk.Flatten(), affine(6, 3), lk.Mish()), (2, 3)),
    "dropout_inside": (sequential(affine(seed=2), lk.ReLU(), Same(0.4), affine(4, 2)), (4,)),
    "slice": (sequential(affine(), lk.Tanh(), affine(4, 2), lk.Sigmoid())[1:3], (4,)),
}

OUTPUTS = {"none": (), "softmax": (lk.Softmax(),), **{name: (layer,) for name, layer in ACTIVATIONS.items()}}
NUMBERS = np.array([[0.3, -1.2, 0.8], [1.4, 0.1, -0.6], [-0.4, 0.7, 2.1]])
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8]])
LABELS = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.3], [0.0, 0.0, 1.0]])
CLASSES = np.array([2, 0, 1])
WEIGHTS = np.array([0.5, 2.0, 0.0])
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
    layer.astype(np.float64).draw(0)
    weights = np.random.default_rng(3).normal(size=layer.forward(x).shape)

    def cost():
        return float(np.vdot(weights, layer.forward(x)))

    expected = gradient(cost, x, STEP)
    expected_parameters = [gradient(cost, parameter.value, STEP) for parameter in layer.parameters()]
    layer.forward(x)
    assert_close(layer.backward(weights), expected)
    for parameter, numbers in zip(layer.parameters(), expected_parameters, strict=True):
        assert_close(parameter.grad, numbers)
        parameter.grad = np.nan
    assert layer.backward(weights, input_grad=False) is None
    for parameter, numbers in zip(layer.parameters(), expected_parameters, strict=True):
        assert_close(parameter.grad, numbers)


@pytest.mark.parametrize(
    ("loss", "target", "output"),
    COMBINATIONS,
    ids=[f"{loss!r}-{'x'.join(map(str, target.shape))}-{output}" for loss, target, output in COMBINATIONS],
)
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["", "weighted"])
def test_loss_behind_output_activation_gives_the_gradients_of_its_cost(loss, target, output, sample_weight):
    model = sequential(affine(4, 5), lk.Tanh(), affine(5, 3), *OUTPUTS[output])
    x = inputs((4,))

    def cost():
        return float(loss.forward(model.forward(x), target, sample_weight))

    expected, expected_parameters = gradient(cost, x, STEP), gradient(cost, model.parameter_vector, STEP)
    cost()
    assert_close(model.backward(loss.backward()), expected)
    assert_close(model.gradient_vector, expected_parameters)

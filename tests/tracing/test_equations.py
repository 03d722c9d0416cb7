import numpy as np
import pytest
from paper import X, Y, network

import layerkit as lk
from layerkit.errors import PluginError
from layerkit.tracing.equations import layer_equations, loss_equations


class Slope(lk.Layer):
    """Something that nobody here has seen."""

    def __init__(self):
        self.slope = lk.Parameter("slope", [2.0])

    def parameters(self):
        return (self.slope,)

    def forward(self, x, training=True, out=None):
        if training:
            self.cache = x
        return x * self.slope.value

    def backward(self, grad, out=None):
        self.slope.grad = [np.sum(grad * self.cache)]
        return grad * self.slope.value


class SaidSlope(Slope):
    equations = {"forward": "y = s x", "slope": "ds = Σ x ∂C/∂y"}  # noqa: RUF012  # what an author writes


class Snake(lk.Activation):
    name = "snake"

    def function(self, z):
        return z + np.sin(z) ** 2

    def derivative(self, z):
        return 1 + np.sin(2 * z)


class Shifted(lk.Dense):
    """A subclass that computes something else than its base."""

    def forward(self, x, training=True, out=None):
        return super().forward(x, training) + 1


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lk.Dense(2, 2), ["z = a W + b", "dW = aᵀ δ", "db = Σ δ", "∂C/∂a = δ Wᵀ"]),
        (lk.Dense(2, 2, bias=False), ["z = a W", "dW = aᵀ δ", "∂C/∂a = δ Wᵀ"]),
        (lk.Linear(), ["a = z", "δ = ∂C/∂a"]),
        (lk.ReLU(), ["a = max(z, 0)", "δ = ∂C/∂a ∘ [z > 0]"]),
        (lk.Sigmoid(), ["a = σ(z)", "δ = ∂C/∂a ∘ σ(z) σ(-z)"]),
        (lk.Tanh(), ["a = tanh(z)", "δ = ∂C/∂a ∘ (1 - tanh²(z))"]),
        (lk.SELU(), ["a = selu(z)", "δ = ∂C/∂a ∘ selu′(z)"]),
        (Snake(), ["a = snake(z)", "δ = ∂C/∂a ∘ snake′(z)"]),
        (lk.Dropout(0.3), ["y = x ∘ m,  m = [u ≥ 0.3] / 0.7", "∂C/∂x = ∂C/∂y ∘ m"]),
        (lk.Flatten(), ["y = reshape(x)", "∂C/∂x = reshape⁻¹(∂C/∂y)"]),
        (lk.Softmax(), ["p = eᶻ / Σ eᶻ", "δ = p ∘ (∂C/∂p - Σ p ∘ ∂C/∂p)"]),
        (Slope(), ["y = Slope(x; slope)", "∂C/∂slope = ∂C/∂y ∂y/∂slope", "∂C/∂x = ∂C/∂y ∂y/∂x"]),
        (SaidSlope(), ["y = s x", "ds = Σ x ∂C/∂y", "∂C/∂x = ∂C/∂y ∂y/∂x"]),
        (
            Shifted(2, 2, bias=False),
            ["y = Shifted(x; weight)", "∂C/∂weight = ∂C/∂y ∂y/∂weight", "∂C/∂x = ∂C/∂y ∂y/∂x"],
        ),
    ],
    ids=lambda value: "" if isinstance(value, list) else repr(value),
)
def test_layer_says_what_it_computes(layer, expected):
    equations = layer_equations(layer)
    names = [parameter.name for parameter in layer.parameters()]
    assert [equations[key] for key in ("forward", *names, "backward")] == expected


CLASSES = np.array([0, 1])


@pytest.mark.parametrize(
    ("loss", "target", "forward", "backward"),
    [
        (lk.MSELoss(), Y, "C = Σ (a - y)² / n", "∂C/∂a = 2 (a - y) / n"),
        (lk.MSELoss("half"), Y, "C = Σ (a - y)² / 2B", "∂C/∂a = (a - y) / B"),
        (lk.MSELoss("sum"), Y, "C = Σ (a - y)²", "∂C/∂a = 2 (a - y)"),
        (lk.MAELoss(), Y, "C = Σ |a - y| / n", "∂C/∂a = sign(a - y) / n"),
        (lk.HuberLoss(0.5, "sum"), Y, "C = Σ huber(a - y)", "∂C/∂a = clip(a - y, -0.5, 0.5)"),
        (lk.CrossEntropyLoss(), CLASSES, "C = -Σ y ln softmax(z) / B", "∂C/∂z = (softmax(z) - y) / B"),
        (lk.CrossEntropyLoss(), np.eye(2), "C = -Σ y ln softmax(z) / B", "∂C/∂z = (softmax(z) - y) / B"),
        (lk.CrossEntropyLoss("sum"), np.ones((2, 2)), "C = -Σ y ln softmax(z)", "∂C/∂z = (softmax(z) Σ y - y)"),
        (
            lk.BCEWithLogitsLoss(),
            np.eye(2),
            "C = -Σ (y ln σ(z) + (1 - y) ln σ(-z)) / n",
            "∂C/∂z = (σ(z) - y) / n",
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, lk.Loss) else "",
)
def test_loss_says_what_it_computes(loss, target, forward, backward):
    assert loss_equations(loss, target) == {"forward": forward, "backward": backward}


def test_loss_that_nobody_has_seen_is_described_by_its_name():
    class LogCosh(lk.Loss):
        def forward(self, prediction, target):
            self.cache = prediction - target
            return float(np.mean(np.log(np.cosh(self.cache))))

        def backward(self):
            return np.tanh(self.cache) / self.cache.size

    trace = lk.trace(network(), X, np.array([[5.0], [5.0]]), LogCosh())  # the prediction
    assert (trace.cost, trace.loss_forward, trace.loss_backward.equation) == (
        0.0,
        "C = LogCosh(a, y)",
        "∂C/∂a = LogCosh′(a, y)",
    )
    LogCosh.equations = {"forward": "C = Σ ln cosh(a - y) / n"}
    assert trace.loss_forward == "C = Σ ln cosh(a - y) / n"


def test_numbers_of_a_layer_that_nobody_has_seen():
    trace = lk.trace(lk.Sequential(SaidSlope()), X, 2 * X - 1, lk.MSELoss("sum"))
    # y = 2x, which is 1 too much everywhere: ∂C/∂y = 2, ds = Σ 2x = 10, ∂C/∂x = 4
    assert trace.cost == 4
    assert [(q.symbol, q.array.tolist()) for q in trace[0].backward] == [
        ("ds", [10.0]),
        ("∂C/∂x", [[4.0, 4.0], [4.0, 4.0]]),
    ]


def test_equations_that_are_no_mapping_are_refused():
    class Odd(Slope):
        equations = "y = s x"

    with pytest.raises(
        PluginError, match=r"equations of Odd\(\) \(distribution .*\) must be a mapping .* got 'y = s x'"
    ):
        layer_equations(Odd())

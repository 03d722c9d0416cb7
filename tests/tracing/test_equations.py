import numpy as np
import pytest
from paper import X, Y, network

import layerkit as lk
from layerkit.errors import PluginError
from layerkit.tracing.equations import layer_equations, loss_equations


class Slope(lk.Layer):
    """A layer that the table of equations does not know."""

    def __init__(self):
        self.slope = lk.Parameter((1,), lk.initializers.Constant(2.0))

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return x * self.slope.value

    def backward(self, grad, input_grad=True):
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
    """A subclass with a forward of its own."""

    def forward(self, x, training=True):
        return super().forward(x, training) + 1


class Scaled(lk.Tanh):
    """A subclass with a formula of its own."""

    name = "scaled_tanh"

    def function(self, z):
        return 1.7 * np.tanh(z)


class Swish(lk.LearnedActivation):
    name = "swish"

    def __init__(self):
        super().__init__()
        self.beta = self.learned(1.0)

    def function(self, z, beta):
        return z / (1 + np.exp(-beta * z))

    def derivative(self, z, beta):
        s = 1 / (1 + np.exp(-beta * z))
        return s + beta * z * s * (1 - s)

    def parameter_derivatives(self, z, beta):
        s = 1 / (1 + np.exp(-beta * z))
        return {"beta": z**2 * s * (1 - s)}


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lk.Dense(2, 2), ["z = a W + b", "dW = aᵀ δ", "db = Σ δ", "∂C/∂a = δ Wᵀ"]),
        (lk.Dense(2, 2, bias=False), ["z = a W", "dW = aᵀ δ", "∂C/∂a = δ Wᵀ"]),
        (lk.Linear(), ["a = z", "δ = ∂C/∂a"]),
        (lk.ReLU(), ["a = max(z, 0)", "δ = ∂C/∂a ∘ [z > 0]"]),
        (lk.Sigmoid(), ["a = σ(z)", "δ = ∂C/∂a ∘ σ(z) σ(-z)"]),
        (lk.Tanh(), ["a = tanh(z)", "δ = ∂C/∂a ∘ sech²(z)"]),
        (lk.SELU(), ["a = selu(z)", "δ = ∂C/∂a ∘ selu′(z)"]),
        (Scaled(), ["a = scaled_tanh(z)", "δ = ∂C/∂a ∘ scaled_tanh′(z)"]),
        (Swish(), ["a = swish(z, beta)", "dbeta = Σ ∂C/∂a ∘ ∂swish/∂beta", "δ = ∂C/∂a ∘ ∂swish/∂z"]),
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
    names = list(layer.named_parameters())
    equations = layer_equations(layer, names)
    assert [equations[key] for key in ("forward", *names, "backward")] == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (lk.Residual(lk.ReLU()), ["y = x + f(x)", "∂C/∂x = ∂C/∂y + ∂C/∂y ∂f/∂x"]),
        (lk.Parallel(lk.ReLU(), lk.Tanh()), ["y = [f0(x), f1(x)]", "∂C/∂x = Σ ∂C/∂fₖ ∂fₖ/∂x"]),
        (lk.Parallel(lk.ReLU(), lk.Tanh(), join="multiply"), ["y = f0(x) ∘ f1(x)", "∂C/∂x = Σ ∂C/∂fₖ ∂fₖ/∂x"]),
        (
            lk.Parallel(lk.ReLU(), lk.Tanh(), join="tuple", inputs="each"),
            ["y = (f0(x[0]), f1(x[1]))", "∂C/∂x = ∂C/∂fₖ ∂fₖ/∂xₖ"],
        ),
        (
            lk.Parallel(*(lk.Linear() for _ in range(5)), join="add"),
            ["y = f0(x) + … + f4(x)", "∂C/∂x = Σ ∂C/∂fₖ ∂fₖ/∂x"],
        ),
    ],
    ids=["residual", "concatenate", "multiply", "each", "five"],
)
def test_block_says_how_it_joins_its_branches(block, expected):
    assert [layer_equations(block, [])[key] for key in ("forward", "backward")] == expected


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
        (lk.CrossEntropyLoss(), np.zeros((2, 7), int), "C = -Σ y ln softmax(z) / B", "∂C/∂z = (softmax(z) - y) / B"),
        (
            lk.JointLoss(lk.MSELoss(), lk.MAELoss()),
            (Y, Y),
            "C = Σ λₖ Cₖ(aₖ, yₖ)",
            "∂C/∂a = λₖ ∂Cₖ/∂aₖ",
        ),
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


class LogCosh(lk.Loss):
    def cost(self, prediction, target):
        error = prediction - target
        return np.log(np.cosh(error)), np.tanh(error)


def test_loss_that_the_table_does_not_know_is_described_by_its_name():
    assert loss_equations(LogCosh(), Y) == {"forward": "C = LogCosh(a, y)", "backward": "∂C/∂a = LogCosh′(a, y)"}


def test_loss_gives_equations_of_its_own():
    class Described(LogCosh):
        equations = {"forward": "C = Σ ln cosh(a - y) / n"}  # noqa: RUF012  # what an author writes

    trace = lk.trace(network(), X, np.array([[5.0], [5.0]]), Described())  # the prediction
    assert trace.value == 0.0
    assert "C = Σ ln cosh(a - y) / n  =  0" in str(trace)
    assert [quantity.equation for quantity in trace.loss_backward] == ["∂C/∂a = Described′(a, y)"]


def test_loss_with_a_cost_of_its_own_is_not_described_by_its_base():
    class Cubed(lk.MAELoss):
        def cost(self, prediction, target):
            error = np.abs(prediction - target)
            return error**3, 3 * error**2 * np.sign(prediction - target)

    assert loss_equations(Cubed(), Y)["forward"] == "C = Cubed(a, y)"


def test_numbers_of_a_layer_that_nobody_has_seen():
    trace = lk.trace(lk.Sequential(SaidSlope()), X, 2 * X - 1, lk.MSELoss("sum"))
    # y = 2x, which is 1 too much everywhere: ∂C/∂y = 2, ds = Σ 2x = 10, ∂C/∂x = 4
    assert trace.value == 4
    assert [(q.symbol, q.array.tolist()) for q in trace[0].backward] == [
        ("ds", [10.0]),
        ("∂C/∂x", [[4.0, 4.0], [4.0, 4.0]]),
    ]


def test_equations_that_are_no_mapping_are_refused():
    class Odd(Slope):
        equations = "y = s x"

    with pytest.raises(PluginError, match=r"equations of Odd\(\) \(.*\) must be a mapping .* got 'y = s x'"):
        layer_equations(Odd(), ["slope"])

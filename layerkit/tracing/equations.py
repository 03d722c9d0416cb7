"""The equation of each layer and loss, as a line of text; a class of a plugin gives its own as `equations`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from layerkit.activations import Activation, LearnedActivation, Linear, ReLU, Sigmoid, Tanh
from layerkit.errors import PluginError
from layerkit.layers import Dense, Dropout, Flatten, Layer, Softmax
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, JointLoss, Loss, MAELoss, MSELoss
from layerkit.network import Parallel, Residual
from layerkit.provenance import origin_of
from layerkit.text import one_line

# By the pass: "forward", "backward", and the name of each parameter for its gradient.
Equations: TypeAlias = dict[str, str]


def layer_equations(layer: Layer, names: Sequence[str]) -> Equations:
    """Return the equations of a layer with parameters of these names.

    They are those of `layer.equations`, then of the table below, then ones that hold for any layer.
    """
    learned = f"; {', '.join(names)}" if names else ""
    equations = _pair(f"y = {type(layer).__name__}(x{learned})", "∂C/∂x = ∂C/∂y ∂y/∂x")
    equations |= {name: f"∂C/∂{name} = ∂C/∂y ∂y/∂{name}" for name in names}
    cls = next((cls for cls in _LAYERS if _computes_as(layer, cls)), None)
    equations |= _LAYERS[cls](layer) if cls else {}
    return equations | _own(layer)


def loss_equations(loss: Loss, target: Any) -> Equations:
    """Return the equations of a loss for these targets."""
    name = type(loss).__name__
    equations = _pair(f"C = {name}(a, y)", f"∂C/∂a = {name}′(a, y)")
    cls = next((cls for cls in _LOSSES if _computes_as(loss, cls)), None)
    if cls:
        reduction, total = vars(loss).get("reduction"), " Σ y"
        if cls is CrossEntropyLoss and (target.dtype.kind in "iu" or np.allclose(target.sum(axis=-1), 1, atol=1e-5)):
            total = ""  # Σ y = 1
        n, B = {"sum": ("", ""), "half": (" / 2B", " / B")}.get(str(reduction), (" / n", " / B"))
        fields = {"n": n, "B": B, "total": total, "delta": vars(loss).get("delta", 0)}
        equations = _pair(*(text.format(**fields) for text in _LOSSES[cls]))
        equations |= {"backward": "∂C/∂a = (a - y) / B"} if reduction == "half" else {}
    return equations | _own(loss)


def symbol(layer: Layer, name: str) -> str:
    """Return the symbol of a parameter in the equations."""
    return {"weight": "W", "bias": "b"}.get(name, name) if isinstance(layer, Dense) else name


def _computes_as(thing: Layer | Loss, cls: type) -> bool:
    # a subclass with another formula is not described by the equations of its base
    formulas = ("forward",) if cls in (Activation, LearnedActivation) else ("forward", "function", "cost")
    same = (getattr(type(thing), name, None) is getattr(cls, name, None) for name in formulas)
    return isinstance(thing, cls) and all(same)


def _own(thing: Layer | Loss) -> Equations:
    equations = getattr(thing, "equations", {})
    if not isinstance(equations, Mapping):
        raise PluginError(
            f"equations of {one_line(thing)} ({origin_of(type(thing))}) must be a mapping of 'forward', 'backward' "
            f"and names of parameters to text, got {equations!r}."
        )
    return {str(key): str(text) for key, text in equations.items()}


def _pair(forward: str, backward: str, **gradients: str) -> Equations:
    return {"forward": forward, "backward": backward, **gradients}


def _dense(layer: Dense) -> Equations:
    forward = "z = a W" if layer.bias is None else "z = a W + b"
    return _pair(forward, "∂C/∂a = δ Wᵀ", weight="dW = aᵀ δ", bias="db = Σ δ")


def _activation(layer: Activation | LearnedActivation) -> Equations:
    f, names = layer.name or type(layer).__name__, list(layer.named_parameters())
    gradients = {name: f"d{name} = Σ ∂C/∂a ∘ ∂{f}/∂{name}" for name in names}
    slope = f"∂{f}/∂z" if names else f"{f}′(z)"
    return _pair(f"a = {f}({', '.join(['z', *names])})", f"δ = ∂C/∂a ∘ {slope}", **gradients)


def _parallel(layer: Parallel) -> Equations:
    is_each = layer.inputs == "each"
    results = [f"f{i}(x[{i}])" if is_each else f"f{i}(x)" for i in range(len(layer.branches))]
    results[1:-1] = ["…"] if len(results) > 3 else results[1:-1]
    joined = {"add": " + ", "multiply": " ∘ "}.get(layer.join, ", ").join(results)
    joined = {"concatenate": f"[{joined}]", "tuple": f"({joined})"}.get(layer.join, joined)
    return _pair(f"y = {joined}", "∂C/∂x = ∂C/∂fₖ ∂fₖ/∂xₖ" if is_each else "∂C/∂x = Σ ∂C/∂fₖ ∂fₖ/∂x")


_LAYERS: dict[Any, Callable[[Any], Equations]] = {
    Dense: _dense,
    Dropout: lambda layer: _pair(f"y = x ∘ m,  m = [u ≥ {layer.rate:g}] / {1 - layer.rate:g}", "∂C/∂x = ∂C/∂y ∘ m"),
    Flatten: lambda layer: _pair("y = reshape(x)", "∂C/∂x = reshape⁻¹(∂C/∂y)"),
    Softmax: lambda layer: _pair("p = eᶻ / Σ eᶻ", "δ = p ∘ (∂C/∂p - Σ p ∘ ∂C/∂p)"),
    Residual: lambda layer: _pair("y = x + f(x)", "∂C/∂x = ∂C/∂y + ∂C/∂y ∂f/∂x"),
    Parallel: _parallel,
    Linear: lambda layer: _pair("a = z", "δ = ∂C/∂a"),
    ReLU: lambda layer: _pair("a = max(z, 0)", "δ = ∂C/∂a ∘ [z > 0]"),
    Sigmoid: lambda layer: _pair("a = σ(z)", "δ = ∂C/∂a ∘ σ(z) σ(-z)"),
    Tanh: lambda layer: _pair("a = tanh(z)", "δ = ∂C/∂a ∘ sech²(z)"),
    Activation: _activation,
    LearnedActivation: _activation,
}
_LOSSES: dict[type[Loss], tuple[str, str]] = {
    MSELoss: ("C = Σ (a - y)²{n}", "∂C/∂a = 2 (a - y){n}"),
    MAELoss: ("C = Σ |a - y|{n}", "∂C/∂a = sign(a - y){n}"),
    HuberLoss: ("C = Σ huber(a - y){n}", "∂C/∂a = clip(a - y, -{delta:g}, {delta:g}){n}"),
    CrossEntropyLoss: ("C = -Σ y ln softmax(z){B}", "∂C/∂z = (softmax(z){total} - y){B}"),
    BCEWithLogitsLoss: ("C = -Σ (y ln σ(z) + (1 - y) ln σ(-z)){n}", "∂C/∂z = (σ(z) - y){n}"),
    JointLoss: ("C = Σ λₖ Cₖ(aₖ, yₖ)", "∂C/∂a = λₖ ∂Cₖ/∂aₖ"),
}

"""What each layer and loss computes, as a line of text; a plugin's says it with an attribute `equations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from layerkit.activations import Activation, Linear, ReLU, Sigmoid, Tanh
from layerkit.errors import PluginError
from layerkit.layers.base import Layer, distribution
from layerkit.layers import Dense, Dropout, Flatten, Softmax
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, Loss, MAELoss, MSELoss

__all__ = ["Equations", "layer_equations", "loss_equations", "symbol"]

# What is computed, by what computes it: "forward", "backward", and the name of each parameter for its gradient.
Equations: TypeAlias = dict[str, str]


def layer_equations(layer: Layer) -> Equations:
    """Return the equations of a layer: its own, those of a class that is known here, or those of any layer."""
    equations = _general(layer)
    for cls, describe in _LAYERS.items():
        # a subclass that computes something else than its base is not described by the base's equations
        if isinstance(layer, cls) and (cls is Activation or type(layer).forward is cls.forward):
            equations |= describe(layer)
            break
    return equations | _own(layer)


def loss_equations(loss: Loss, target: npt.NDArray[Any]) -> Equations:
    """Return the equations of a loss, for targets as they are."""
    name = type(loss).__name__
    equations = {"forward": f"C = {name}(a, y)", "backward": f"∂C/∂a = {name}′(a, y)"}
    for cls, describe in _LOSSES.items():
        if isinstance(loss, cls) and type(loss).forward is cls.forward:
            equations |= describe(loss, target)
            break
    return equations | _own(loss)


def symbol(layer: Layer, name: str) -> str:
    """Return what the equations call a parameter."""
    return {"weight": "W", "bias": "b"}.get(name, name) if isinstance(layer, Dense) else name


def _own(thing: Layer | Loss) -> Equations:
    equations = getattr(thing, "equations", {})
    if not isinstance(equations, Mapping):
        raise PluginError(
            f"equations of {thing!r} (distribution {distribution(type(thing))}) must be a mapping of 'forward', "
            f"'backward' and parameter names to text, got {equations!r}."
        )
    return {str(key): str(text) for key, text in equations.items()}


def _general(layer: Layer) -> Equations:
    names = [parameter.name for parameter in layer.parameters()]
    learnt = f"; {', '.join(dict.fromkeys(names))}" if names else ""
    return {
        "forward": f"y = {type(layer).__name__}(x{learnt})",
        **{name: f"∂C/∂{name} = ∂C/∂y ∂y/∂{name}" for name in names},
        "backward": "∂C/∂x = ∂C/∂y ∂y/∂x",
    }


def _dense(layer: Dense) -> Equations:
    equations = {"forward": "z = a W", "weight": "dW = aᵀ δ", "backward": "∂C/∂a = δ Wᵀ"}
    return equations if layer.bias is None else equations | {"forward": "z = a W + b", "bias": "db = Σ δ"}


def _activation(layer: Activation) -> Equations:
    f = layer.name or type(layer).__name__
    return {"forward": f"a = {f}(z)", "backward": f"δ = ∂C/∂a ∘ {f}′(z)"}


def _dropout(layer: Dropout) -> Equations:
    return {
        "forward": f"y = x ∘ m,  m = [u ≥ {layer.rate:g}] / {1 - layer.rate:g}",
        "backward": "∂C/∂x = ∂C/∂y ∘ m",
    }


_LAYERS: dict[Any, Callable[[Any], Equations]] = {
    Dense: _dense,
    Dropout: _dropout,
    Flatten: lambda layer: {"forward": "y = reshape(x)", "backward": "∂C/∂x = reshape⁻¹(∂C/∂y)"},
    Softmax: lambda layer: {"forward": "p = eᶻ / Σ eᶻ", "backward": "δ = p ∘ (∂C/∂p - Σ p ∘ ∂C/∂p)"},
    Linear: lambda layer: {"forward": "a = z", "backward": "δ = ∂C/∂a"},
    ReLU: lambda layer: {"forward": "a = max(z, 0)", "backward": "δ = ∂C/∂a ∘ [z > 0]"},
    Sigmoid: lambda layer: {"forward": "a = σ(z)", "backward": "δ = ∂C/∂a ∘ σ(z) σ(-z)"},
    Tanh: lambda layer: {"forward": "a = tanh(z)", "backward": "δ = ∂C/∂a ∘ (1 - tanh²(z))"},
    Activation: _activation,  # the last one: it describes all that have no line of their own
}


def _per(loss: Loss, number: str) -> str:
    return "" if loss.reduction == "sum" else f" / {number}"


def _squared(loss: MSELoss, target: npt.NDArray[Any]) -> Equations:
    if loss.reduction == "half":
        return {"forward": "C = Σ (a - y)² / 2B", "backward": "∂C/∂a = (a - y) / B"}
    per = _per(loss, "n")
    return {"forward": f"C = Σ (a - y)²{per}", "backward": f"∂C/∂a = 2 (a - y){per}"}


def _absolute(loss: MAELoss, target: npt.NDArray[Any]) -> Equations:
    per = _per(loss, "n")
    return {"forward": f"C = Σ |a - y|{per}", "backward": f"∂C/∂a = sign(a - y){per}"}


def _huber(loss: HuberLoss, target: npt.NDArray[Any]) -> Equations:
    per, delta = _per(loss, "n"), f"{loss.delta:g}"
    return {"forward": f"C = Σ huber(a - y){per}", "backward": f"∂C/∂a = clip(a - y, -{delta}, {delta}){per}"}


def _cross_entropy(loss: CrossEntropyLoss, target: npt.NDArray[Any]) -> Equations:
    per = _per(loss, "B")
    total = "" if target.ndim == 1 or np.allclose(target.sum(axis=1), 1, atol=1e-5) else " Σ y"
    return {"forward": f"C = -Σ y ln softmax(z){per}", "backward": f"∂C/∂z = (softmax(z){total} - y){per}"}


def _binary(loss: BCEWithLogitsLoss, target: npt.NDArray[Any]) -> Equations:
    per = _per(loss, "n")
    return {
        "forward": f"C = -Σ (y ln σ(z) + (1 - y) ln σ(-z)){per}",
        "backward": f"∂C/∂z = (σ(z) - y){per}",
    }


_LOSSES: dict[type[Loss], Callable[[Any, npt.NDArray[Any]], Equations]] = {
    MSELoss: _squared,
    MAELoss: _absolute,
    HuberLoss: _huber,
    CrossEntropyLoss: _cross_entropy,
    BCEWithLogitsLoss: _binary,
}

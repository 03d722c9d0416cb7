"""The plugin that publishes the built-in activations, by the same hook as everybody else's."""

from __future__ import annotations

from layerkit.activations.elu import ELU, SELU
from layerkit.activations.leaky_relu import LeakyReLU
from layerkit.activations.linear import Linear
from layerkit.activations.mish import Mish
from layerkit.activations.relu import ReLU
from layerkit.activations.sigmoid import Sigmoid, SiLU, Softplus
from layerkit.activations.tanh import Tanh
from layerkit.plugins.hookspecs import hookimpl
from layerkit.layers.base import Layer
from layerkit.layers.softmax import Softmax


@hookimpl
def layerkit_activations() -> list[type[Layer]]:
    """Return the built-in activations."""
    return [Linear, ReLU, LeakyReLU, ELU, SELU, Sigmoid, Tanh, Softplus, SiLU, Mish, Softmax]

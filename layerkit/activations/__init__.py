"""Activation, and the built-in ones: function and derivative side by side."""

from layerkit.activations.base import Activation
from layerkit.activations.elu import ELU, SELU
from layerkit.activations.leaky_relu import LeakyReLU
from layerkit.activations.linear import Linear
from layerkit.activations.mish import Mish
from layerkit.activations.relu import ReLU
from layerkit.activations.sigmoid import Sigmoid, SiLU, Softplus
from layerkit.activations.tanh import Tanh

__all__ = [
    "ELU",
    "SELU",
    "Activation",
    "LeakyReLU",
    "Linear",
    "Mish",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
]

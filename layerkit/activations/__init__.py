"""Activations: the contracts, and the built-in ones, function and derivative side by side."""

from layerkit.activations.base import Activation, in_float64
from layerkit.activations.elu import ELU, SELU
from layerkit.activations.leaky_relu import LeakyReLU
from layerkit.activations.learned import LearnedActivation
from layerkit.activations.linear import Linear
from layerkit.activations.logistic import Sigmoid, SiLU, Softplus, sigmoid
from layerkit.activations.mish import Mish
from layerkit.activations.relu import ReLU
from layerkit.activations.tanh import Tanh

__all__ = ["ELU", "SELU", "Activation", "LeakyReLU", "LearnedActivation", "Linear", "Mish", "ReLU", "SiLU"]
__all__ += ["Sigmoid", "Softplus", "Tanh", "in_float64", "sigmoid"]

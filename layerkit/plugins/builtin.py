"""The plugin that publishes the built-in classes, through the hooks that every plugin uses."""

import inspect
from typing import Any

from layerkit import initializers, layers, losses, network, optimizers
from layerkit.activations import ELU, SELU, LeakyReLU, Linear, Mish, ReLU, Sigmoid, SiLU, Softplus, Tanh
from layerkit.layers import Layer, Softmax
from layerkit.plugins.hookspecs import hookimpl


@hookimpl
def layerkit_activations() -> list[type[Layer]]:
    """Return the built-in activations."""
    return [Linear, ReLU, LeakyReLU, ELU, SELU, Sigmoid, Tanh, Softplus, SiLU, Mish, Softmax]


@hookimpl
def layerkit_classes() -> list[type[Any]]:
    """Return the layers, losses, optimizers and initializers that their packages export, without base classes."""
    packages = (layers, network, losses, optimizers, initializers)
    exported = [getattr(package, name) for package in packages for name in package.__all__]
    return [cls for cls in exported if not inspect.isabstract(cls) and cls is not Softmax]

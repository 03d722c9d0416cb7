"""Activations that learn, for layerkit: PReLU, Swish with a trainable β, and a rational activation."""

import layerkit as lk
from layerkit_trainable.prelu import PReLU
from layerkit_trainable.rational import Rational
from layerkit_trainable.swish import Swish

__all__ = ["PReLU", "Rational", "Swish"]


@lk.hookimpl
def layerkit_activations() -> list[type[lk.Layer]]:
    """Publish the classes to layerkit."""
    return [PReLU, Swish, Rational]

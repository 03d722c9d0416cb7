"""Activations for signals and pictures, for layerkit: Sine with the initialization of SIREN, Snake and Gaussian."""

import layerkit as lk
from layerkit_periodic.gaussian import Gaussian
from layerkit_periodic.sine import Sine, Siren
from layerkit_periodic.snake import Snake

__all__ = ["Gaussian", "Sine", "Siren", "Snake"]


@lk.hookimpl
def layerkit_activations() -> list[type[lk.Layer]]:
    """Publish the classes to layerkit."""
    return [Sine, Snake, Gaussian]

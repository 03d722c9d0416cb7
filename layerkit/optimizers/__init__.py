"""Optimizers: the rules by which gradients change parameters."""

from layerkit.optimizers.adam import Adam, AdamW
from layerkit.optimizers.base import Optimizer
from layerkit.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]

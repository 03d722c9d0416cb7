"""Layers: the contract, and those that are not activations, one file each."""

from layerkit.layers.base import Layer
from layerkit.layers.dense import Dense
from layerkit.layers.dropout import Dropout
from layerkit.layers.flatten import Flatten
from layerkit.layers.softmax import Softmax

__all__ = ["Dense", "Dropout", "Flatten", "Layer", "Softmax"]

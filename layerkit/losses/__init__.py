"""The losses, one file a family."""

from layerkit.losses.base import Loss
from layerkit.losses.classification import BCEWithLogitsLoss, CrossEntropyLoss
from layerkit.losses.regression import HuberLoss, MAELoss, MSELoss

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss", "HuberLoss", "Loss", "MAELoss", "MSELoss"]

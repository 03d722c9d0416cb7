"""Losses, one file a family."""

from layerkit.losses.base import Loss
from layerkit.losses.classification import BCEWithLogitsLoss, CrossEntropyLoss
from layerkit.losses.joint import JointLoss
from layerkit.losses.regression import HuberLoss, MAELoss, MSELoss

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss", "HuberLoss", "JointLoss", "Loss", "MAELoss", "MSELoss"]

"""Batches, Trainer, History, callbacks, schedules and metrics."""

from layerkit.training.batches import batches
from layerkit.training.callbacks import Callback, EarlyStopping, LearningRateSchedule
from layerkit.training.history import History
from layerkit.training.metrics import accuracy, r2
from layerkit.training.schedules import ConstantSchedule, CosineSchedule, StepSchedule, WarmupSchedule
from layerkit.training.trainer import Trainer

__all__ = [
    "Callback",
    "ConstantSchedule",
    "CosineSchedule",
    "EarlyStopping",
    "History",
    "LearningRateSchedule",
    "StepSchedule",
    "Trainer",
    "WarmupSchedule",
    "accuracy",
    "batches",
    "r2",
]

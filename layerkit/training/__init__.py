"""Batches, Trainer, History, Run, callbacks, schedules and metrics."""

from layerkit.training.callbacks import Callback, EarlyStopping, LearningRateSchedule
from layerkit.training.data import batches
from layerkit.training.history import History
from layerkit.training.metrics import accuracy, r2
from layerkit.training.run import Run
from layerkit.training.schedules import ConstantSchedule, CosineSchedule, StepSchedule, WarmupSchedule
from layerkit.training.trainer import Trainer

__all__ = ["Callback", "ConstantSchedule", "CosineSchedule", "EarlyStopping", "History", "LearningRateSchedule", "Run"]
__all__ += ["StepSchedule", "Trainer", "WarmupSchedule", "accuracy", "batches", "r2"]

"""Neural networks you can read: layers with an explicit forward and backward, every derivative verified."""

from layerkit import errors, initializers
from layerkit.activations import (
    ELU,
    SELU,
    Activation,
    LeakyReLU,
    Linear,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from layerkit.hookspecs import hookimpl
from layerkit.layer import Layer
from layerkit.layers import Dense, Dropout, Flatten, Softmax
from layerkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, Loss, MAELoss, MSELoss
from layerkit.optimizers import SGD, Adam, AdamW, Optimizer
from layerkit.parameter import Parameter
from layerkit.registry import activation, activations, block, register, unblock, unregister
from layerkit.sequential import Sequential
from layerkit.training import (
    Callback,
    ConstantSchedule,
    CosineSchedule,
    EarlyStopping,
    History,
    LearningRateSchedule,
    StepSchedule,
    Trainer,
    WarmupSchedule,
    accuracy,
    batches,
    r2,
)

__version__ = "0.1.0"

__all__ = [
    "ELU",
    "SELU",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BCEWithLogitsLoss",
    "Callback",
    "ConstantSchedule",
    "CosineSchedule",
    "CrossEntropyLoss",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Flatten",
    "History",
    "HuberLoss",
    "Layer",
    "LeakyReLU",
    "LearningRateSchedule",
    "Linear",
    "Loss",
    "MAELoss",
    "MSELoss",
    "Mish",
    "Optimizer",
    "Parameter",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StepSchedule",
    "Tanh",
    "Trainer",
    "WarmupSchedule",
    "accuracy",
    "activation",
    "activations",
    "batches",
    "block",
    "errors",
    "hookimpl",
    "initializers",
    "r2",
    "register",
    "unblock",
    "unregister",
]

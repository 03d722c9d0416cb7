"""Right activations, layers, losses and optimizers that layerkit does not have, to be accepted."""

from testing.right.activations import (
    Clipped,
    ExactGELU,
    Hardshrink,
    HardSwish,
    KeepsItsOutput,
    PReLU,
    ScaledTanh,
    Snake,
    TanhGELU,
)
from testing.right.layers import Identity, MaskedSum, Normalized, RefusesNothing
from testing.right.losses import LogCosh, MeanLogCosh, WrittenOut
from testing.right.optimizers import ClipsByNorm, ClipsByValue, Momentum, RMSProp, Warmup, WholeNorm

__all__ = [
    "Clipped",
    "ClipsByNorm",
    "ClipsByValue",
    "ExactGELU",
    "HardSwish",
    "Hardshrink",
    "Identity",
    "KeepsItsOutput",
    "LogCosh",
    "MaskedSum",
    "MeanLogCosh",
    "Momentum",
    "Normalized",
    "PReLU",
    "RMSProp",
    "RefusesNothing",
    "ScaledTanh",
    "Snake",
    "TanhGELU",
    "Warmup",
    "WholeNorm",
    "WrittenOut",
]

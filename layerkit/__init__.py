"""Neural networks you can read: layers with an explicit forward and backward, every derivative verified.

A public name is imported at its first use, so that ``import layerkit`` takes a few milliseconds.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what __getattr__ finds, for type checkers and editors
    from layerkit import datasets as datasets
    from layerkit import errors as errors
    from layerkit import initializers as initializers
    from layerkit import plots as plots
    from layerkit import testing as testing
    from layerkit.activations import *
    from layerkit.plugins.hookspecs import *
    from layerkit.layers.base import *
    from layerkit.layers import *
    from layerkit.losses import *
    from layerkit.optimizers import *
    from layerkit.parameter import *
    from layerkit.profiling import *
    from layerkit.plugins.host import *
    from layerkit.network.sequential import *
    from layerkit.tracing import Trace as Trace
    from layerkit.tracing import trace as trace
    from layerkit.training import *

__version__ = "0.1.0"

_ROOMS = {
    "activations": "ELU SELU Activation LeakyReLU Linear Mish ReLU Sigmoid SiLU Softplus Tanh",
    "hookspecs": "hookimpl",
    "layer": "Layer",
    "layers": "Dense Dropout Flatten Softmax",
    "losses": "BCEWithLogitsLoss CrossEntropyLoss HuberLoss Loss MAELoss MSELoss",
    "optimizers": "SGD Adam AdamW Optimizer",
    "parameter": "Parameter",
    "profiling": "Profile profile",
    "registry": "activation block register unblock unregister",
    "sequential": "Sequential",
    "tracing": "Trace trace",
    "training": "Callback ConstantSchedule CosineSchedule EarlyStopping History LearningRateSchedule StepSchedule "
    "Trainer WarmupSchedule accuracy batches r2",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
_MODULES = ("datasets", "errors", "initializers", "plots", "testing")

__all__ = sorted([*_HOMES, *_MODULES, "activations"])


if not TYPE_CHECKING:  # to whom a module with __getattr__ would have every name

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f"layerkit.{name}")  # which sets the attribute
        if name not in _HOMES:
            raise AttributeError(f"module 'layerkit' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"layerkit.{_HOMES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package, in which the function `activations` keeps its name against the subpackage."""

    @property
    def activations(self) -> Any:
        """List the activations that can be used by name."""
        return import_module("layerkit.plugins.host").activations

    @activations.setter
    def activations(self, module: ModuleType) -> None:
        """Ignore the subpackage, which the import system would put here."""


sys.modules[__name__].__class__ = _Package

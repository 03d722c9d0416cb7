"""RMSprop, Nadam and Lion for layerkit."""

import layerkit as lk
from layerkit_optimizers.lion import Lion
from layerkit_optimizers.nadam import Nadam
from layerkit_optimizers.rmsprop import RMSprop

__all__ = ["Lion", "Nadam", "RMSprop"]


@lk.hookimpl
def layerkit_classes() -> list[type]:
    """Publish the classes to layerkit."""
    return [RMSprop, Nadam, Lion]

"""Every error and warning of the package.

Each one derives from `LayerkitError` and from the built-in that Python users would expect, so that
``except ValueError`` keeps working. The message says what was expected, what came, and what to do.
"""

__all__ = [
    "AmbiguousActivationError",
    "CheckError",
    "ConfigError",
    "DTypeError",
    "DataError",
    "LayerkitError",
    "NumericalError",
    "PluginError",
    "PluginWarning",
    "ShapeError",
    "StateError",
    "UnknownActivationError",
]


class LayerkitError(Exception):
    """The root of every error that layerkit raises on purpose."""


class ShapeError(LayerkitError, ValueError):
    """Arrays or layers do not fit together."""


class DataError(LayerkitError, ValueError):
    """The data hold a value that cannot be learnt from: NaN, infinity, a label out of range."""


class ConfigError(LayerkitError, ValueError):
    """A constructor or function argument lies outside of what it may be."""


class DTypeError(LayerkitError, TypeError):
    """An array is of a type that cannot be computed with: object, string, complex."""


class StateError(LayerkitError, RuntimeError):
    """A call came before the one that it depends on, such as backward before forward."""


class UnknownActivationError(LayerkitError, LookupError):
    """No activation of that name is installed."""


class AmbiguousActivationError(LayerkitError, LookupError):
    """Several distributions publish an activation under the same name."""


class NumericalError(LayerkitError, FloatingPointError):
    """The cost or a gradient left the finite numbers during training."""


class PluginError(LayerkitError, RuntimeError):
    """A plugin broke the contract of what it implements."""


class CheckError(LayerkitError, AssertionError):
    """A check of `layerkit.testing` found a layer, loss or optimizer wrong."""


class PluginWarning(UserWarning):
    """A plugin could not be used; everything else goes on without it."""

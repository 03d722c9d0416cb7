"""Every error and warning of the package.

Each one derives from `LayerkitError` and from the built-in that Python users expect, so that
``except ValueError`` keeps working. The message says what was expected, what came, and what to do.
"""

from layerkit.text import printable

__all__ = ["AmbiguousNameError", "CheckError", "ConfigError", "DTypeError", "DataError", "LayerkitError"]
__all__ += ["MissingExtraError", "NumericalError", "PluginError", "PluginWarning", "ShapeError", "StateError"]
__all__ += ["UnknownActivationError", "UnknownNameError"]


class LayerkitError(Exception):
    """The base class of every error that layerkit raises on purpose."""


class ShapeError(LayerkitError, ValueError):
    """Arrays or layers do not fit together."""


class DataError(LayerkitError, ValueError):
    """The data hold a value that cannot be learned from: NaN, infinity, a label out of range."""


class ConfigError(LayerkitError, ValueError):
    """A constructor or function argument is not among the values allowed."""


class DTypeError(LayerkitError, TypeError):
    """An array has a dtype that cannot be computed with: object, string, complex."""


class StateError(LayerkitError, RuntimeError):
    """A call came before the one that it depends on, such as backward before forward."""


class UnknownNameError(LayerkitError, LookupError):
    """No layer, loss, optimizer or initializer of that name is installed."""


class UnknownActivationError(UnknownNameError):
    """No activation of that name is installed."""


class AmbiguousNameError(LayerkitError, LookupError):
    """Several distributions publish a class under the same name."""


class MissingExtraError(LayerkitError, ImportError):
    """An optional package is not installed, such as matplotlib, which comes with ``layerkit[plot]``."""


class NumericalError(LayerkitError, FloatingPointError):
    """The loss or a parameter became infinite or NaN during training."""


class PluginError(LayerkitError, RuntimeError):
    """A plugin does not keep the contract of what it implements."""


class CheckError(LayerkitError, AssertionError):
    """A check of `layerkit.testing` found a layer, loss or optimizer wrong.

    Attributes
    ----------
    message : str
        What was found, and what should have been.
    mistake, fix : str
        The likely mistake and the line to write; empty where the numbers fit no known mistake.
    worst_input : Any
        The input with the largest error; None where no single input stands out.
    check, subject : str
        The name of the check, and what it was run on.
    others : tuple of CheckError
        What else failed in the same run.
    """

    check = ""
    subject = ""
    others: tuple["CheckError", ...] = ()

    def __init__(self, message: str, *, mistake: str = "", fix: str = "", worst_input: object = None) -> None:
        super().__init__(message)
        self.message, self.mistake, self.fix, self.worst_input = message, mistake, fix, worst_input

    def __str__(self) -> str:
        lines = [f"{self.subject} fails the check {self.check!r}: {self.message}" if self.check else self.message]
        lines += [f"Likely mistake: {self.mistake}."] if self.mistake else []
        lines += [f"Write: {self.fix}"] if self.fix else []
        lines += [f"Also failed: {', '.join(error.check for error in self.others)}."] if self.others else []
        return printable("\n".join(lines))


class PluginWarning(UserWarning):
    """A plugin could not be used; everything else works without it."""

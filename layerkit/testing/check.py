"""Check: one property of a layer, loss or optimizer, and running many of them."""

import inspect
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from layerkit.errors import CheckError, ConfigError, PluginError
from layerkit.text import one_line

__all__ = ["Check", "as_instance", "checks_of", "instead_of", "run_all", "takes"]

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Check:
    """A named check. Calling it returns None on success and raises `CheckError` otherwise.

    Attributes
    ----------
    name : str
        The name in test reports; ``str(check)`` as well.
    description : str
        The property that holds if it passes, in one line.
    subject : str
        The object that is checked.
    run : callable
        The function that does the work.
    mistake, fix : str
        The likely mistake if it fails, and the line to write; empty where that depends on the numbers.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import activation_checks
    >>> check = activation_checks(lk.Tanh)[0]
    >>> check.name, check.description
    ('name', 'The class has a name that it can be looked up by.')
    >>> check()
    """

    name: str
    description: str
    subject: str
    run: Callable[[], None]
    mistake: str = ""
    fix: str = ""

    def __call__(self) -> None:
        """Run the check.

        Raises
        ------
        CheckError
            If the check fails, also where the object that is checked raises an error of its own.
        """
        # Warnings have a check of their own; elsewhere, reference values may overflow on purpose.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                self.run()
            except CheckError as error:
                error.check, error.subject = self.name, self.subject
                if not error.mistake:
                    error.mistake, error.fix = self.mistake, self.fix
                raise
            except Exception as error:
                failure = _raised(error)
                failure.check, failure.subject = self.name, self.subject
                raise failure from error

    def __str__(self) -> str:
        return self.name


def checks_of(functions: Sequence[Callable[[Subject], None]], subject: Subject, title: str) -> list[Check]:
    """Return a check for each function, described by its documentation: property, likely mistake, line to write."""
    return [_check(function, subject, title) for function in functions]


def run_all(checks: Iterable[Check]) -> None:
    """Run every check and raise the first failure, the one closest to the cause, with the others attached."""
    failures = []
    for check in checks:
        try:
            check()
        except CheckError as error:
            failures.append(error)
    if failures:
        failures[0].others = tuple(failures[1:])
        raise failures[0]


def as_instance(subject: Any, kind: type, maker: str) -> Any:
    """Return an object of a class that takes no arguments, or the object itself."""
    if not issubclass(subject if isinstance(subject, type) else type(subject), kind):
        got = f"the class {subject.__name__}" if isinstance(subject, type) else one_line(subject)
        raise ConfigError(f"{maker} takes a {kind.__name__}, or its class, got {got}.")
    if not isinstance(subject, type):
        return subject
    if inspect.isabstract(subject):
        missing = ", ".join(sorted(getattr(subject, "__abstractmethods__", ())))
        raise ConfigError(f"{subject.__name__} is not complete: write its {missing}, then check it.")
    try:
        return subject()
    except (TypeError, ConfigError) as error:
        raise ConfigError(
            f"{subject.__name__} cannot be made without arguments ({error}). Pass an object: "
            f"{maker}({subject.__name__}(...))."
        ) from error


def takes(cls: type, argument: str) -> bool:
    """Return whether a class can be made with an argument of this name."""
    return argument in inspect.signature(cls).parameters


def instead_of(expected: type[Exception], call: Callable[[], object]) -> str:
    """Return what a call does instead of raising an expected error, nothing where it raises it."""
    try:
        call()
    except expected:
        return ""
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    return "was accepted"


def _check(function: Callable[[Subject], None], subject: Subject, title: str) -> Check:
    description, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
    mistake, _, fix = rest.partition("Likely mistake: ")[2].partition("\nWrite: ")
    mistake = " ".join(mistake.split()).removesuffix(".")
    return Check(function.__name__, description, title, lambda: function(subject), mistake, fix)


def _raised(error: Exception) -> CheckError:
    mistake, fix = "", ""
    if isinstance(error, PluginError) and "must return floats" in str(error):
        mistake = "function or derivative does not keep the shape of z, or returns no real numbers"
    elif isinstance(error, TypeError) and ("positional argument" in str(error) or "keyword argument" in str(error)):
        mistake = "a method does not take the arguments of the contract"
        fix = "def forward(self, x, training=True)  # and def backward(self, grad, input_grad=True)"
        if "sample_weight" in str(error):
            fix = "def forward(self, prediction, target, sample_weight=None)"
    return CheckError(f"it raised {type(error).__name__}: {error}", mistake=mistake, fix=fix)

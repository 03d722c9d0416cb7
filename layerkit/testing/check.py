"""Check: one named question about a layer, loss or optimizer, and running many of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from layerkit.errors import CheckError, PluginError

__all__ = ["Check", "checks_of", "run_all"]

Case = TypeVar("Case")


@dataclass(frozen=True)
class Check:
    """One named question, asked by calling it: no answer is a yes, a no is a `CheckError`.

    Attributes
    ----------
    name : str
        What test reports call it; ``str(check)`` as well.
    description : str
        What holds if it passes, in one line.
    subject : str
        What it is asked about.
    ask : callable
        The question itself.

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
    ask: Callable[[], None]

    def __call__(self) -> None:
        """Raise `CheckError` with a diagnosis if the answer is no.

        Raises
        ------
        CheckError
            If the check fails, also where that what is checked raises an error of its own.
        """
        # Warnings have a check of their own; elsewhere, reference values may overflow on purpose.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                self.ask()
            except CheckError as error:
                error.check, error.subject = self.name, self.subject
                raise
            except Exception as error:
                failure = _raised(error)
                failure.check, failure.subject = self.name, self.subject
                raise failure from error

    def __str__(self) -> str:
        return self.name


def checks_of(questions: Sequence[Callable[[Case], None]], case: Case, subject: str) -> list[Check]:
    """Return a check for each function of a case: its name and first line of documentation describe it."""

    def ask(question: Callable[[Case], None]) -> Callable[[], None]:
        return lambda: question(case)

    return [
        Check(question.__name__, (question.__doc__ or "").partition("\n")[0], subject, ask(question))
        for question in questions
    ]


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


def _raised(error: Exception) -> CheckError:
    mistake, fix = "", ""
    if isinstance(error, PluginError):
        mistake = "function or derivative does not keep the shape or dtype of z"
    elif isinstance(error, TypeError) and ("positional argument" in str(error) or "keyword argument" in str(error)):
        mistake = "a method does not take the arguments of the contract: probably it takes no out"
        fix = "def forward(self, x, training=True, out=None)  # and def backward(self, grad, out=None)"
    return CheckError(f"it raised {type(error).__name__}: {error}", mistake=mistake, fix=fix)

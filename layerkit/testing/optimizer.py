"""check_optimizer: whether an optimizer keeps its contract."""

from typing import Any

from layerkit.errors import ConfigError
from layerkit.optimizers import Optimizer
from layerkit.testing.check import Check, checks_of, run_all
from layerkit.testing.optimizer_contract import CONTRACT
from layerkit.testing.optimizer_subject import OptimizerSubject
from layerkit.validation import Rng

__all__ = ["check_optimizer", "optimizer_checks"]


def check_optimizer(cls: type[Optimizer], *, rng: Rng = None, **options: Any) -> None:
    """Check that a class of optimizers keeps the contract of `layerkit.Optimizer`.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others.

    Parameters
    ----------
    cls : type
        The class. Objects are made as ``cls(model, learning_rate=..., **options)``.
    rng : int, numpy.random.Generator or None
        Seed or generator for the parameters.
    **options
        Further arguments of the class.

    Raises
    ------
    CheckError
        If a check fails: what was found, the likely mistake, and the line to write.
    ConfigError
        If `cls` is no class of optimizers.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import check_optimizer
    >>> check_optimizer(lk.SGD, momentum=0.9)
    """
    run_all(optimizer_checks(cls, rng=rng, **options))


def optimizer_checks(cls: type[Optimizer], *, rng: Rng = None, **options: Any) -> list[Check]:
    """Return the checks that `check_optimizer` runs, to be called one by one.

    Parameters
    ----------
    cls : type
        The class.
    rng : int, numpy.random.Generator or None
        Seed or generator for the parameters.
    **options
        Further arguments of the class.

    Returns
    -------
    list of Check
        The checks, in the order of cause and consequence.

    Raises
    ------
    ConfigError
        If `cls` is no class of optimizers.

    Examples
    --------
    >>> import pytest
    >>> import layerkit as lk
    >>> from layerkit.testing import optimizer_checks
    >>> @pytest.mark.parametrize("check", optimizer_checks(lk.Adam), ids=str)
    ... def test_adam(check):
    ...     check()
    """
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise ConfigError(f"check_optimizer takes a class of optimizers, and its options by keyword, got {cls!r}.")
    arguments = "".join(f", {name}={value!r}" for name, value in options.items())
    return checks_of(CONTRACT, OptimizerSubject(cls, options, rng), f"{cls.__name__}(model{arguments})")

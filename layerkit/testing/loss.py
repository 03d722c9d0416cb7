"""check_loss: whether a loss keeps its contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layerkit.validation import Rng, Shape, generator
from layerkit.losses import Loss
from layerkit.testing.cases import LossCase, as_instance, takes
from layerkit.testing.check import Check, checks_of, run_all
from layerkit.testing.loss_checks import QUESTIONS

__all__ = ["check_loss", "loss_checks"]


def check_loss(
    loss: Loss | type[Loss], shape: Shape = (5, 3), *, target: npt.ArrayLike | None = None, rng: Rng = None
) -> None:
    """Check that a loss keeps the contract of `layerkit.Loss`, in every reduction if it is given as a class.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others.

    Parameters
    ----------
    loss : Loss or its class
        What to check.
    shape : tuple of int
        The shape of the predictions, the batch axis included.
    target : array_like, optional
        A target for predictions of that shape. By default numbers, probabilities, labels and class
        indices are tried, and those that the loss takes are used.
    rng : int, numpy.random.Generator or None
        What predictions and targets are drawn from.

    Raises
    ------
    CheckError
        If a check fails: what was found, the likely mistake, and the line to write.
    ConfigError
        If `loss` is no loss, or cannot be made without arguments.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import check_loss
    >>> check_loss(lk.MSELoss)
    >>> check_loss(lk.HuberLoss(delta=0.5, reduction="sum"))
    """
    run_all(loss_checks(loss, shape, target=target, rng=rng))


def loss_checks(
    loss: Loss | type[Loss], shape: Shape = (5, 3), *, target: npt.ArrayLike | None = None, rng: Rng = None
) -> list[Check]:
    """Return the checks that `check_loss` runs, to be called one by one.

    Parameters
    ----------
    loss : Loss or its class
        What to check.
    shape : tuple of int
        The shape of the predictions, the batch axis included.
    target : array_like, optional
        A target for predictions of that shape.
    rng : int, numpy.random.Generator or None
        What predictions and targets are drawn from.

    Returns
    -------
    list of Check
        One for each promise, and each reduction if `loss` is a class.

    Raises
    ------
    ConfigError
        If `loss` is no loss, or cannot be made without arguments.

    Examples
    --------
    >>> import pytest
    >>> import layerkit as lk
    >>> from layerkit.testing import loss_checks
    >>> @pytest.mark.parametrize("check", loss_checks(lk.MSELoss), ids=str)
    ... def test_mse(check):
    ...     check()
    """
    source = generator(rng)
    given = None if target is None else np.asarray(target)
    first = as_instance(loss, Loss, "check_loss")
    losses = [first]
    if isinstance(loss, type) and takes(loss, "reduction"):
        losses += [loss(reduction=other) for other in loss.reductions if other != first.reduction]
    checks: list[Check] = []
    for subject in losses:
        suffix = f" [{subject.reduction}]" if len(losses) > 1 else ""
        case = LossCase(subject, tuple(shape), given, source)
        checks += [replace(check, name=check.name + suffix) for check in checks_of(QUESTIONS, case, repr(subject))]
    return checks

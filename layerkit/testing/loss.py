"""check_loss: whether a loss keeps its contract."""

from dataclasses import replace
from typing import Any

import numpy as np

from layerkit.batch import each
from layerkit.losses import Loss
from layerkit.testing.check import Check, as_instance, checks_of, run_all, takes
from layerkit.testing.loss_contract import CONTRACT
from layerkit.testing.loss_subject import LossSubject
from layerkit.text import one_line
from layerkit.validation import Rng, Shape, generator

__all__ = ["check_loss", "loss_checks"]


def check_loss(loss: Loss | type[Loss], shape: Shape = (5, 3), *, target: Any = None, rng: Rng = None) -> None:
    """Check that a loss keeps the contract of `layerkit.Loss`, in every reduction if it is given as a class.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others.

    Parameters
    ----------
    loss : Loss or its class
        The loss.
    shape : tuple
        The shape of the predictions, the batch axis included; a tuple of shapes for a tuple of outputs.
    target : array_like or tuple, optional
        A target for predictions of that shape. By default numbers, probabilities, labels and class
        indices are tried, and those that the loss takes are used.
    rng : int, numpy.random.Generator or None
        Seed or generator for predictions and targets.

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
    >>> check_loss(lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss()), ((5, 3), (5, 2)))
    """
    run_all(loss_checks(loss, shape, target=target, rng=rng))


def loss_checks(loss: Loss | type[Loss], shape: Shape = (5, 3), *, target: Any = None, rng: Rng = None) -> list[Check]:
    """Return the checks that `check_loss` runs, to be called one by one.

    Parameters
    ----------
    loss : Loss or its class
        The loss.
    shape : tuple
        The shape of the predictions, the batch axis included; a tuple of shapes for a tuple of outputs.
    target : array_like or tuple, optional
        A target for predictions of that shape.
    rng : int, numpy.random.Generator or None
        Seed or generator for predictions and targets.

    Returns
    -------
    list of Check
        The checks, for each reduction if `loss` is a class.

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
    given = None if target is None else each(np.asarray, target)
    first = as_instance(loss, Loss, "check_loss")
    losses = [first]
    if isinstance(loss, type) and takes(loss, "reduction"):
        losses += [loss(reduction=other) for other in loss.reductions if other != first.reduction]
    checks: list[Check] = []
    for one in losses:
        suffix = f" [{one.reduction}]" if len(losses) > 1 else ""
        subject = LossSubject(one, tuple(shape), given, source)
        checks += [replace(check, name=check.name + suffix) for check in checks_of(CONTRACT, subject, one_line(one))]
    return checks

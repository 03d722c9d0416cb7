"""check_layer: whether a layer keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

from layerkit.validation import Rng, Shape
from layerkit.errors import ConfigError
from layerkit.layers.base import Layer
from layerkit.testing import behaviour, gradients, lifecycle
from layerkit.testing.cases import LayerCase, as_instance
from layerkit.testing.check import Check, checks_of, run_all

__all__ = ["check_layer", "layer_checks", "layer_questions"]

Question = Callable[[LayerCase], None]

# From the cause to its consequences: the first failure is the one that is reported in full.
_QUESTIONS: tuple[Question, ...] = (
    behaviour.output_shape,
    behaviour.arrays_kept,
    behaviour.deterministic,
    lifecycle.before_forward,
    lifecycle.prediction,
    lifecycle.instances,
    gradients.float32,
    gradients.input_gradient,
    lifecycle.last_forward,
    behaviour.rows,
    behaviour.empty_batch,
    behaviour.out,
    behaviour.memory,
    behaviour.warning_free,
    behaviour.same_in_threads,
    lifecycle.copies,
    lifecycle.config,
)
_QUESTIONS_ON_PARAMETERS: tuple[Question, ...] = (
    gradients.parameter_gradients,
    gradients.overwrite,
    gradients.parameters_alone,
)


def check_layer(layer: Layer | type[Layer], input_shape: Shape | None = None, *, rng: Rng = None) -> None:
    """Check that a layer keeps the contract of `layerkit.Layer`.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others.

    Parameters
    ----------
    layer : Layer or its class
        What to check. It is copied, never run or changed itself.
    input_shape : tuple of int, optional
        The shape of one sample, without the batch axis; that which the layer takes by default.
    rng : int, numpy.random.Generator or None
        What inputs are drawn from.

    Raises
    ------
    CheckError
        If a check fails: what was found, the likely mistake, and the line to write.
    ConfigError
        If `layer` is no layer, or `input_shape` is needed.

    Examples
    --------
    >>> import layerkit as lk
    >>> from layerkit.testing import check_layer
    >>> check_layer(lk.Dense(3, 4))
    >>> check_layer(lk.Flatten(), (2, 3))
    """
    run_all(layer_checks(layer, input_shape, rng=rng))


def layer_checks(layer: Layer | type[Layer], input_shape: Shape | None = None, *, rng: Rng = None) -> list[Check]:
    """Return the checks that `check_layer` runs, to be called one by one.

    Parameters
    ----------
    layer : Layer or its class
        What to check.
    input_shape : tuple of int, optional
        The shape of one sample, without the batch axis; that which the layer takes by default.
    rng : int, numpy.random.Generator or None
        What inputs are drawn from.

    Returns
    -------
    list of Check
        One for each promise of the contract.

    Raises
    ------
    ConfigError
        If `layer` is no layer, or `input_shape` is needed.

    Examples
    --------
    A test for pytest with one result for each check:

    >>> import pytest
    >>> import layerkit as lk
    >>> from layerkit.testing import layer_checks
    >>> @pytest.mark.parametrize("check", layer_checks(lk.Dense(3, 4)), ids=str)
    ... def test_dense(check):
    ...     check()
    """
    subject = as_instance(layer, Layer, "check_layer")
    shape = subject.input_shape if input_shape is None else tuple(input_shape)
    if shape is None:
        raise ConfigError(
            f"{subject!r} takes samples of any shape: say which to check it with, as in "
            f"check_layer({subject!r}, input_shape=(3,))."
        )
    case = LayerCase(subject, shape, rng)
    return checks_of(layer_questions(subject), case, repr(subject))


def layer_questions(layer: Layer) -> list[Question]:
    """Return the questions that make sense for a layer."""
    at = _QUESTIONS.index(gradients.input_gradient) + 1
    return [*_QUESTIONS[:at], *(_QUESTIONS_ON_PARAMETERS if layer.parameters() else ()), *_QUESTIONS[at:]]

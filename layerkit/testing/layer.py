"""check_layer: whether a layer keeps the contract."""

from collections.abc import Callable

from layerkit.errors import ConfigError
from layerkit.layers.base import Layer
from layerkit.testing import behavior, gradients, lifecycle
from layerkit.testing.check import Check, as_instance, checks_of, run_all
from layerkit.testing.layer_subject import LayerSubject, known_shape
from layerkit.text import one_line
from layerkit.validation import Rng, Shape

__all__ = ["check_layer", "contract_of", "layer_checks"]

LayerCheck = Callable[[LayerSubject], None]

# From the cause to its consequences: the first failure is the one that is reported in full.
_CONTRACT: tuple[LayerCheck, ...] = (
    behavior.output_shape,
    behavior.composition,
    behavior.arrays_kept,
    gradients.gradient_shape,
    behavior.deterministic,
    lifecycle.before_forward,
    lifecycle.prediction,
    lifecycle.instances,
    gradients.float32,
    gradients.input_gradient,
    gradients.parameter_gradients,
    gradients.overwrite,
    gradients.input_grad,
    lifecycle.last_forward,
    behavior.rows,
    behavior.empty_batch,
    behavior.memory,
    behavior.warning_free,
    behavior.same_in_threads,
    lifecycle.copies,
    lifecycle.config,
)


def check_layer(layer: Layer | type[Layer], input_shape: Shape | None = None, *, rng: Rng = None) -> None:
    """Check that a layer keeps the contract of `layerkit.Layer`.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others. The inputs come
    from ``layer.sample_input``, which a layer of integers or masks overrides.

    Parameters
    ----------
    layer : Layer or its class
        The layer. It is copied, never run or changed itself.
    input_shape : tuple, optional
        The shape of one sample, without the batch axis, a tuple of shapes for a tuple of arrays; by default that
        which the layer takes, with 7 in the place of a size that varies, and ``(3,)`` if it takes any.
    rng : int, numpy.random.Generator or None
        Seed or generator for the inputs.

    Raises
    ------
    CheckError
        If a check fails: what was found, the likely mistake, and the line to write.
    ConfigError
        If `layer` is no layer, or it does not tell the number of axes and `input_shape` is None.

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
        The layer.
    input_shape : tuple, optional
        The shape of one sample, without the batch axis, a tuple of shapes for a tuple of arrays; by default that
        which the layer takes, with 7 in the place of a size that varies, and ``(3,)`` if it takes any.
    rng : int, numpy.random.Generator or None
        Seed or generator for the inputs.

    Returns
    -------
    list of Check
        The checks, in the order of cause and consequence.

    Raises
    ------
    ConfigError
        If `layer` is no layer, or it does not tell the number of axes and `input_shape` is None.

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
    shape = known_shape(subject.input_shape if input_shape is None else tuple(input_shape))
    if shape is None:
        raise ConfigError(
            f"{one_line(subject)} does not say how many axes its samples have. Say which shape to check it with, as in "
            f"check_layer(layer, input_shape=(3,))."
        )
    return checks_of(contract_of(subject), LayerSubject(subject, shape, rng), one_line(subject))


def contract_of(layer: Layer) -> list[LayerCheck]:
    """Return the checks that make sense for a layer."""
    without = () if layer.parameters() else (gradients.parameter_gradients, gradients.overwrite)
    return [check for check in _CONTRACT if check not in without]

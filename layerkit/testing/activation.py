"""check_activation: whether an activation is right, and why not."""

import copy
import math
from typing import Any

import numpy as np

from layerkit.activations import Activation
from layerkit.errors import CheckError
from layerkit.layers import Dense, Flatten
from layerkit.layers.base import Layer
from layerkit.network import Sequential
from layerkit.plugins import activation as activation_of_name
from layerkit.testing import derivatives, elementwise
from layerkit.testing.check import Check, as_instance, checks_of, run_all
from layerkit.testing.differences import numerical_gradient
from layerkit.testing.elementwise import ActivationSubject
from layerkit.testing.gradients import input_gradient, parameter_gradients, wrong_elements
from layerkit.testing.layer import contract_of
from layerkit.testing.layer_subject import BATCH, LayerSubject, known_shape
from layerkit.text import one_line
from layerkit.validation import FLOAT64, Array, Rng, Shape

__all__ = ["activation_checks", "check_activation"]

_ELEMENTWISE = (
    elementwise.dtype,
    elementwise.shape,
    derivatives.kinks,
    derivatives.derivative,
    derivatives.accuracy,
    elementwise.finite,
    elementwise.nan,
    elementwise.gain,
)


def check_activation(
    activation: str | Layer | type[Layer], *, input_shape: Shape | None = None, max_ulp: float = 64.0, rng: Rng = None
) -> None:
    """Check that an activation is right: its derivative, its accuracy, and the contract of a layer.

    All checks run; the first failure, the one closest to the cause, is raised, and names the others.

    Parameters
    ----------
    activation : str, Layer or its class
        The name of an activation, its class, or an object.
    input_shape : tuple of int, optional
        The shape of one sample, for an activation that is not elementwise; that which it takes, or
        ``(3,)``, by default.
    max_ulp : float
        The error of f and f′ in float32 that is accepted, in units of the last place. What moving z by
        two spacings explains is not counted, nor what terms that cancel near a root leave. The default
        passes any formula that is not wasteful (a handful of operations cost 4 to 8) and catches tails
        that lose digits for good.
    rng : int, numpy.random.Generator or None
        Seed or generator for the inputs.

    Raises
    ------
    CheckError
        If a check fails: what was found, the likely mistake, and the line to write.
    ConfigError
        If `activation` is no activation, or cannot be made without arguments.
    UnknownActivationError
        If there is no activation of that name.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> from layerkit.testing import check_activation
    >>> class Snake(lk.Activation):
    ...     name = "snake"
    ...     def function(self, z):
    ...         return z + np.sin(z) ** 2
    ...     def derivative(self, z):
    ...         return 1 + np.cos(z) ** 2
    >>> check_activation(Snake, rng=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    layerkit.errors.CheckError: Snake() fails the check 'derivative': f′(...) is ...
    """
    run_all(activation_checks(activation, input_shape=input_shape, max_ulp=max_ulp, rng=rng))


def activation_checks(
    activation: str | Layer | type[Layer], *, input_shape: Shape | None = None, max_ulp: float = 64.0, rng: Rng = None
) -> list[Check]:
    """Return the checks that `check_activation` runs, to be called one by one.

    Parameters
    ----------
    activation : str, Layer or its class
        The name of an activation, its class, or an object.
    input_shape : tuple of int, optional
        The shape of one sample, for an activation that is not elementwise.
    max_ulp : float
        The error in float32 that is accepted; see `check_activation`.
    rng : int, numpy.random.Generator or None
        Seed or generator for the inputs.

    Returns
    -------
    list of Check
        The checks, in the order of cause and consequence.

    Raises
    ------
    ConfigError
        If `activation` is no activation, or cannot be made without arguments.
    UnknownActivationError
        If there is no activation of that name.

    Examples
    --------
    The whole test file of a plugin, one result for each check:

    >>> import pytest
    >>> import layerkit as lk
    >>> from layerkit.testing import activation_checks
    >>> @pytest.mark.parametrize("check", activation_checks(lk.Tanh), ids=str)
    ... def test_tanh(check):
    ...     check()
    """
    made = activation_of_name(activation) if isinstance(activation, str) else activation
    layer = as_instance(made, Layer, "check_activation")
    title = one_line(layer)
    if isinstance(layer, Activation):
        subject = ActivationSubject(layer, max_ulp, rng)
        elementwise_checks = [*_ELEMENTWISE, *contract_of(layer), elementwise.forward, network]
        return checks_of([name], subject, title) + checks_of(elementwise_checks, subject, title)
    shape = known_shape(layer.input_shape if input_shape is None else tuple(input_shape)) or (3,)
    plain = LayerSubject(layer, shape, rng)
    return checks_of([name, elementwise.gain, *contract_of(layer), network], plain, title)


def name(subject: LayerSubject) -> None:
    """The class has a name that it can be looked up by."""
    name = type(subject.layer).name
    if not (isinstance(name, str) and name and name == name.strip() and ":" not in name):
        raise CheckError(
            f"the class attribute name is {name!r}.",
            mistake="no name, or one that cannot be looked up",
            fix=f'name = "{type(subject.layer).__name__.lower()}"  # in the class body',
        )


def network(subject: LayerSubject) -> None:
    """In a network between two Dense layers, all gradients are those of differences.

    Likely mistake: what backward needs is overwritten by other layers, or is not that of the last forward.
    Write: self.cache = x  # in forward if training, and nothing kept elsewhere
    """
    flat = len(subject.input_shape) == 1
    before = [Dense(4, subject.input_shape[0])] if flat else []
    shape = (4,) if flat else subject.input_shape
    features = math.prod(subject.fresh().output_shape(subject.input_shape))
    for attempt in range(6):  # a value between the layers may come to lie on a kink
        rng = subject.rng(30 + attempt)
        model = Sequential(*before, subject.fresh(), Flatten(), Dense(features, 2), rng=rng, dtype=FLOAT64)
        start, x = model.parameter_vector.copy(), rng.normal(0, 1.5, (BATCH, *shape))
        grad = subject.gradient(np.empty((BATCH, 2)), 40 + attempt)

        def cost(both: Array, model: Sequential = model, x: Array = x, grad: Array = grad) -> float:
            moved = model if isinstance(subject.layer, Activation) else copy.deepcopy(model)
            moved.parameter_vector[:] = both[x.size :]
            return float(np.vdot(grad, moved.forward(both[: x.size].reshape(x.shape), True)))

        expected = numerical_gradient(cost, np.concatenate([x.reshape(-1), start]), 1e-3)
        if (expected.error < 1e-6 * np.abs(expected.value).max()).all():
            break
    model.parameter_vector[:] = start
    model.forward(x, True)
    dx: Any = model.backward(grad)
    found = np.concatenate([dx.reshape(-1), model.gradient_vector])
    wrong = wrong_elements(found, expected)
    if wrong.size:
        what = "the input" if wrong[0] < x.size else "the parameters"
        error = CheckError(
            f"inside a Sequential, {wrong.size} of {found.size} gradients are wrong, the worst one of {what}: "
            f"{found[wrong[0]]:.9g} where differences give {expected.value[wrong[0]]:.9g}."
        )
        if _wrong_alone(subject):
            error.mistake = "the layer is wrong on its own already"
            error.fix = "first what the checks of its own gradients ask for"
        raise error


def _wrong_alone(subject: LayerSubject) -> bool:
    # whether no network is needed to see that a gradient is wrong
    try:
        input_gradient(subject)
        parameter_gradients(subject)
    except CheckError:
        return True
    return False

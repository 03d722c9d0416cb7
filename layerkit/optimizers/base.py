"""Optimizer: from gradients to better parameters, on the flat vectors of a network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from layerkit.configured import Configured
from layerkit.network.composite import Composite
from layerkit.validation import Array, check_kind, check_number

__all__ = ["Optimizer"]

# Elements that are updated together: parameters, gradients, state and temporaries of one span fit the L2 cache.
_SPAN = 1 << 15


class Optimizer(Configured, ABC):
    r"""The rule by which a gradient changes the parameters of a network.

    .. math:: \theta \leftarrow \theta - \alpha \, u\Bigl(\frac{\partial C}{\partial \theta}\Bigr)

    where α is the learning rate and u what a subclass makes of the gradient, the gradient itself in `SGD`.

    It works on the network's flat vectors, so that the number of NumPy calls does not depend on the number of
    layers. A subclass writes `step`, and allocates in its constructor the vectors that the rule remembers, as
    attributes.

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        The size of a step, at least 0. It can be reassigned at any time.

    Attributes
    ----------
    runtime : tuple of str
        The attributes that change from step to step, besides the vectors.

    Raises
    ------
    ConfigError
        If `model` is no network, or `learning_rate` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class SignSGD(lk.Optimizer):
    ...     def step(self):
    ...         for theta, g in self.spans():
    ...             theta -= self.learning_rate * np.sign(g)
    >>> model = lk.Sequential(lk.Dense(2, 1), rng=0)
    >>> optimizer = SignSGD(model, learning_rate=0.1)
    >>> before = model.parameter_vector.copy()
    >>> model.gradient_vector[:] = [5.0, -5.0, 0.0]
    >>> optimizer.step()
    >>> (model.parameter_vector - before).round(3)
    array([-0.1,  0.1,  0. ], dtype=float32)
    """

    runtime: ClassVar[tuple[str, ...]] = ("learning_rate",)

    def __init__(self, model: Composite, learning_rate: float) -> None:
        check_kind("model", model, Composite, "Wrap a layer as Sequential(layer).")
        self.model = model
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The size of a step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        self._learning_rate = check_number("learning_rate", learning_rate, minimum=0)

    def spans(self, *state: Array) -> Sequence[tuple[Array, ...]]:
        """Return the parameter vector, the gradient vector and vectors of state, in spans that fit the cache.

        An elementwise rule that goes through them one by one needs no temporaries as long as the vectors.

        Parameters
        ----------
        *state : numpy.ndarray
            Vectors of the size of the parameter vector.

        Returns
        -------
        sequence of tuple of numpy.ndarray
            Views: parameters, gradients, and the state in the order of the arguments.
        """
        _, theta, g = self.model.vectors
        vectors = (theta, g, *state)
        if theta.size <= _SPAN or not isinstance(theta, np.ndarray):
            return (vectors,)
        return [tuple(vector[i : i + _SPAN] for vector in vectors) for i in range(0, theta.size, _SPAN)]

    @abstractmethod
    def step(self) -> None:
        """Change the parameters of the network by the gradients in its gradient vector."""

    def state(self) -> dict[str, Any]:
        """Return what changes from step to step: the vectors themselves, and the values of `runtime`.

        Returns
        -------
        dict
            Vectors and numbers by the names of their attributes.
        """
        vectors = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return vectors | {name: getattr(self, name) for name in self.runtime}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to a state.

        Parameters
        ----------
        state : mapping
            What `state` returned, or a deep copy of it.
        """
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                getattr(self, name)[...] = value
            else:
                setattr(self, name, value)

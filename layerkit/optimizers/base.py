"""Optimizer: from gradients to better parameters, on the flat vectors of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from layerkit.validation import Array, check_number
from layerkit.errors import ConfigError
from layerkit.network.sequential import Sequential

__all__ = ["Optimizer"]

# Elements that are updated together: one block of parameters, gradients, state and scratch fits the L2 cache.
_BLOCK = 1 << 15


class Optimizer(ABC):
    r"""The rule by which a gradient changes the parameters of a network (section 6.3 of the source document).

    .. math:: \theta \leftarrow \theta - \alpha \, u\Bigl(\frac{\partial C}{\partial \theta}\Bigr)

    where α is the learning rate and u what a subclass makes of the gradient, the gradient itself in `SGD`.

    It works on the network's flat vectors, so that the number of NumPy calls does not depend on the
    number of layers. A subclass writes `update`, and names in `state_names` the vectors that it keeps.

    Parameters
    ----------
    model : Sequential
        The network whose parameters `step` changes.
    learning_rate : float
        The size of a step, at least 0. It can be reassigned at any time.

    Attributes
    ----------
    state : dict of str to numpy.ndarray
        The vectors that the rule remembers from step to step, zeros at first.
    steps : int
        The number of steps taken.

    Raises
    ------
    ConfigError
        If `model` is no `Sequential`, or `learning_rate` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class SignSGD(lk.Optimizer):
    ...     def update(self, value, grad, scratch):
    ...         np.multiply(np.sign(grad), self.learning_rate, out=scratch)
    ...         value -= scratch
    >>> model = lk.Sequential(lk.Dense(2, 1), rng=0)
    >>> optimizer = SignSGD(model, learning_rate=0.1)
    >>> before = model.parameter_vector.copy()
    >>> model.gradient_vector[:] = [5.0, -5.0, 0.0]
    >>> optimizer.step()
    >>> (model.parameter_vector - before).round(3)
    array([-0.1,  0.1,  0. ], dtype=float32)
    """

    state_names: tuple[str, ...] = ()

    def __init__(self, model: Sequential, learning_rate: float) -> None:
        if not isinstance(model, Sequential):
            raise ConfigError(
                f"{type(self).__name__} takes a Sequential, whose parameters lie in one vector, got {model!r}. "
                f"Wrap a layer as Sequential(layer)."
            )
        self.model = model
        self.learning_rate = learning_rate
        self.steps = 0
        self.state = {name: np.zeros_like(model.parameter_vector) for name in self.state_names}
        self._values: Array | None = None
        self._blocks: list[tuple[Array, ...]] = []

    @property
    def learning_rate(self) -> float:
        """The size of a step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        self._learning_rate = check_number("learning_rate", learning_rate, minimum=0)
        # a 0-d array spares each step the conversion of a Python number
        self._rate = np.array(self._learning_rate, self.model.dtype)

    def step(self) -> None:
        """Change the parameters of the network by the gradients that are in its gradient vector."""
        if self._values is not self.model.parameter_vector:
            self._lay_out()
        self.steps += 1
        for block in self._blocks:
            self.update(*block)

    @abstractmethod
    def update(self, value: Array, grad: Array, scratch: Array, *state: Array) -> None:
        """Change a stretch of the parameter vector in place.

        Parameters
        ----------
        value, grad : numpy.ndarray
            The same stretch of the parameter vector and of the gradient vector; `grad` is not to be changed.
        scratch : numpy.ndarray
            Memory of the same size to compute in.
        *state : numpy.ndarray
            The same stretch of each vector of `state_names`, to be changed in place.
        """

    def _lay_out(self) -> None:
        # views that every step uses again; made anew where the network has become a part of another one
        vectors = (self.model.parameter_vector, self.model.gradient_vector)
        scratch = np.empty(min(_BLOCK, vectors[0].size), vectors[0].dtype)
        if vectors[0].dtype != self._rate.dtype:
            self.learning_rate = self.learning_rate
            self.state = {name: vector.astype(vectors[0].dtype) for name, vector in self.state.items()}
        state = [self.state[name] for name in self.state_names]
        self._blocks = []
        for start in range(0, vectors[0].size, _BLOCK):
            value, grad, *kept = (vector[start : start + _BLOCK] for vector in (*vectors, *state))
            self._blocks.append((value, grad, scratch[: value.size], *kept))
        self._values = vectors[0]

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_values": None, "_blocks": []}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(learning_rate={self.learning_rate})"

"""LearnedActivation: an elementwise function with parameters that it learns."""

from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np

from layerkit.activations.base import elementwise, gain_of
from layerkit.errors import PluginError
from layerkit.initializers import Constant
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter
from layerkit.provenance import described
from layerkit.validation import Array, check_integer

__all__ = ["LearnedActivation"]


class LearnedActivation(Layer):
    r"""An elementwise layer made of a function with parameters θ, and its derivatives.

    .. math::

        \text{forward:}\quad a = f(z, \theta) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \frac{\partial f}{\partial z}, \quad
        \frac{\partial C}{\partial \theta} = \sum \frac{\partial C}{\partial a} \circ \frac{\partial f}{\partial \theta}

    A subclass gives `name`, its parameters as attributes made by `learned`, and `function`, `derivative` and
    `parameter_derivatives`, all elementwise. The sum over the batch, and over all features where they share a
    parameter, is done here.

    Parameters
    ----------
    features : int, optional
        The number of features, each with parameters of its own; by default all share one set.

    Attributes
    ----------
    kinks : tuple of float
        The points where ∂f/∂z jumps.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1), with the parameters as they start.

    Raises
    ------
    ConfigError
        If `features` is not a positive integer.
    PluginError
        If a formula returns another shape than it got, or no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class Scaled(lk.LearnedActivation):
    ...     name = "scaled_tanh"
    ...     def __init__(self, features=None):
    ...         super().__init__(features)
    ...         self.scale = self.learned(1.5)
    ...     def function(self, z, scale):
    ...         return scale * np.tanh(z)
    ...     def derivative(self, z, scale):
    ...         return scale / np.cosh(z) ** 2
    ...     def parameter_derivatives(self, z, scale):
    ...         return {"scale": np.tanh(z)}
    >>> layer = Scaled()
    >>> layer.forward(np.array([[0.0, 1.0]])).round(3)
    array([[0.   , 1.142]])
    >>> layer.backward(np.ones((1, 2))).round(3)
    array([[1.5 , 0.63]])
    >>> layer.scale.grad.round(3)
    array([0.762], dtype=float32)
    """

    kinks: tuple[float, ...] = ()

    def __init__(self, features: int | None = None) -> None:
        self.features = None if features is None else check_integer("features", features, 1)
        self.input_shape = (...,) if self.features is None else (..., self.features)

    def learned(self, value: float) -> Parameter:
        """Return a parameter that starts at a value: one for each feature, or one that all share.

        Parameters
        ----------
        value : float
            The first value.

        Returns
        -------
        Parameter
            The parameter, to be kept as an attribute: its name is the argument of the three formulas.
        """
        return Parameter((self.features or 1,), Constant(value))

    @abstractmethod
    def function(self, z: Array, *args: Any, **parameters: Any) -> Array:
        """Return f(z, θ).

        Parameters
        ----------
        z : numpy.ndarray
            The input.
        *args, **parameters : numpy.ndarray
            The values of the parameters, under the names of their attributes.

        Returns
        -------
        numpy.ndarray
            f at every element, of the shape of `z`.
        """

    @abstractmethod
    def derivative(self, z: Array, *args: Any, **parameters: Any) -> Array:
        """Return ∂f/∂z.

        Parameters
        ----------
        z : numpy.ndarray
            The input.
        *args, **parameters : numpy.ndarray
            The values of the parameters, under the names of their attributes.

        Returns
        -------
        numpy.ndarray
            ∂f/∂z at every element, of the shape of `z`.
        """

    @abstractmethod
    def parameter_derivatives(self, z: Array, *args: Any, **parameters: Any) -> dict[str, Array]:
        """Return ∂f/∂θ.

        Parameters
        ----------
        z : numpy.ndarray
            The input.
        *args, **parameters : numpy.ndarray
            The values of the parameters, under the names of their attributes.

        Returns
        -------
        dict of str to numpy.ndarray
            For each parameter by name, ∂f/∂θ at every element, of the shape of `z`.
        """

    def values(self) -> dict[str, Array]:
        """Return the values of the parameters by name.

        Returns
        -------
        dict of str to numpy.ndarray
            The arguments of the three formulas.
        """
        return {name: parameter.value for name, parameter in self.named_parameters().items()}

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return f(x, θ); see `Layer.forward`."""
        self.check_input(x)
        if training:
            self.cache = x
        return elementwise(self.function(x, **self.values()), x, self.function)

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Set ∂C/∂θ and return grad ∘ ∂f/∂z for the last x of `forward`; see `Layer.backward`."""
        z, values = self.cache, self.values()
        self.check_gradient(grad, z.shape)
        slopes = self.parameter_derivatives(z, **values)
        if slopes.keys() != values.keys():
            raise PluginError(
                f"parameter_derivatives(z) of {described(self)} must return a dict with the "
                f"keys {', '.join(map(repr, values))}, the names of its parameters, got {', '.join(map(repr, slopes))}."
            )
        for name, parameter in self.named_parameters().items():
            terms = (grad * elementwise(slopes[name], z, self.parameter_derivatives)).reshape(-1, parameter.size)
            # in float64: a shared parameter sums over every element of the batch
            parameter.grad = np.add.reduce(terms, axis=0, dtype=np.float64).reshape(parameter.shape)
        return grad * elementwise(self.derivative(z, **values), z, self.derivative) if input_grad else None

    @cached_property
    def gain(self) -> float:  # type: ignore[override]  # computed here, a plain attribute elsewhere
        """1/√E[f(z)²] for z ~ N(0, 1)."""
        return gain_of(self, **{name: value.ravel()[:1] for name, value in self.values().items()})

"""TrainableActivation: what all activations that learn have in common."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

import layerkit as lk
from layerkit.validation import Array, Shape, as_array, check_integer
from layerkit.layers.base import as_gradient

__all__ = ["TrainableActivation", "sigmoid"]


class TrainableActivation(lk.Layer):
    r"""An elementwise layer made of a function with parameters θ, and its derivatives.

    .. math::

        \text{forward:}\quad a = f(z, \theta) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \frac{\partial f}{\partial z}, \quad
        \frac{\partial C}{\partial \theta} = \sum \frac{\partial C}{\partial a} \circ \frac{\partial f}{\partial \theta}

    The sum is over the batch where every feature has a θ of its own, over all elements where they share one.
    A subclass gives `name`, `parameters`, `function`, `derivative` and `parameter_gradients`.

    Parameters
    ----------
    features : int, optional
        The number of features, each with parameters of its own; without it, all share one set.
    """

    def __init__(self, features: int | None = None) -> None:
        self.features = None if features is None else check_integer("features", features, 1)
        self.input_shape = None if self.features is None else (self.features,)

    @abstractmethod
    def function(self, z: Array) -> Array:
        """Return f(z, θ), of the shape and dtype of `z`."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """Return ∂f/∂z, of the shape and dtype of `z`."""

    @abstractmethod
    def parameter_gradients(self, z: Array, grad: Array) -> tuple[Array, ...]:
        """Return ∂C/∂θ for each of `parameters`, in its shape, from ∂C/∂a."""

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return f(x, θ); see `layerkit.Layer.forward`."""
        z = as_array(x)
        self.output_shape(z.shape[1:])
        if training:
            self.cache = z
        return self.function(z)

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Set ∂C/∂θ and return grad ∘ ∂f/∂z for the last x of `forward`; see `layerkit.Layer.backward`."""
        grad = self._set_gradients(grad)
        return grad * self.derivative(self.cache)

    def backward_parameters(self, grad: Array) -> None:
        """Set ∂C/∂θ."""
        self._set_gradients(grad)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape that comes in; with `features`, refuse all but ``(features,)``."""
        if self.input_shape not in (None, tuple(input_shape)):
            raise lk.errors.ShapeError(
                f"{self!r} takes samples of shape {self.input_shape}, got {tuple(input_shape)}. Give features the "
                f"number of outputs of the layer before it, or leave features out to share one set of parameters."
            )
        return tuple(input_shape)

    def _set_gradients(self, grad: Array) -> Array:
        z: Array = self.cache
        grad = as_gradient(self, grad, z.shape, z.dtype)
        for parameter, value in zip(self.parameters(), self.parameter_gradients(z, grad), strict=True):
            parameter.grad = value
        return grad

    def _parameter(self, name: str, value: float) -> lk.Parameter:
        # a value for each feature, or one that all share
        return lk.Parameter(name, np.full(self.features or 1, value, np.float32))

    def _total(self, terms: Array) -> Array:
        # in float64: a shared parameter adds up every element of the batch
        axis = 0 if self.features else None
        return np.sum(terms, axis=axis, dtype=np.float64).reshape(self.features or 1)

    def _gain(self) -> float:
        # 1/√E[f(z)²] for z ~ N(0, 1), with the parameters as they start
        nodes, weights = np.polynomial.hermite_e.hermegauss(100)
        moments = weights @ self.function(nodes[:, None]) ** 2 / math.sqrt(2 * math.pi)
        return 1 / math.sqrt(float(moments.mean()))


def sigmoid(u: Array) -> Array:
    """Return σ(u), accurate in both tails."""
    with np.errstate(over="ignore"):  # e⁻ᵘ = ∞ gives the right limit, 0
        value: Array = 1 / (1 + np.exp(-u))
    return value

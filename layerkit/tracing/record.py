"""What a trace is made of: quantities, and the steps that compute them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from layerkit.validation import Array, Shape
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter
from layerkit.tracing.equations import layer_equations, symbol

__all__ = ["Quantity", "Step"]


@dataclass(frozen=True, eq=False)
class Quantity:
    """An array that a pass has computed, or started from, and what there is to say about it.

    Attributes
    ----------
    equation : str
        How it is computed, such as ``"z = a W + b"``; of what is given, the symbol only.
    array : numpy.ndarray
        The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.tracing import Quantity
    >>> a = Quantity("a = max(z, 0)", np.array([[0.0, 3.0], [0.0, 4.0]]))
    >>> a.symbol, a.shape, a.norm, a.zeros, a.smallest, a.largest
    ('a', (2, 2), 5.0, 0.5, 0.0, 4.0)
    """

    equation: str
    array: Array

    @property
    def symbol(self) -> str:
        """What is on the left of the equation."""
        return self.equation.partition(" = ")[0]

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return self.array.shape

    @property
    def norm(self) -> float:
        """The root of the sum of squares."""
        return float(np.linalg.norm(self.array.astype(np.float64)))  # whose squares do not overflow

    @property
    def rms(self) -> float:
        """The root mean square of the elements, which, unlike the norm, does not grow with their number."""
        return self.norm / math.sqrt(max(1, self.array.size))

    @property
    def zeros(self) -> float:
        """The share of elements that are exactly 0."""
        return float(1 - np.count_nonzero(self.array) / max(1, self.array.size))

    @property
    def smallest(self) -> float:
        """The smallest element, NaN if there is one."""
        return float(self.array.min()) if self.array.size else float("nan")

    @property
    def largest(self) -> float:
        """The largest element, NaN if there is one."""
        return float(self.array.max()) if self.array.size else float("nan")


@dataclass(frozen=True, eq=False)
class Step:
    """What one layer takes and gives, in both directions.

    Attributes
    ----------
    position : str
        Where in the network it is, counted from 0; ``"2.0"`` is the first layer of the network at 2.
    layer : Layer
        A copy of the layer, as it was.
    input, output : numpy.ndarray
        What came in and what went out: a and z of a `Dense`, z and a of an activation.
    output_grad, input_grad : numpy.ndarray
        ∂C/∂output, which came back, and ∂C/∂input, which was passed on: δ is the first of a `Dense`,
        and the second of an activation.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 2), lk.ReLU(), lk.Dense(2, 1), rng=0)
    >>> step = lk.trace(model, [[1.0], [2.0]], [[1.0], [0.0]], lk.MSELoss())[0]
    >>> step.title, step.input.shape, step.output.shape
    ('0  Dense(1, 2)', (2, 1), (2, 2))
    >>> [quantity.equation for quantity in step.backward]
    ['dW = aᵀ δ', 'db = Σ δ', '∂C/∂a = δ Wᵀ']
    """

    position: str
    layer: Layer
    input: Array
    output: Array
    output_grad: Array
    input_grad: Array

    @property
    def name(self) -> str:
        """The layer in one line."""
        return " ".join(repr(self.layer).split())

    @property
    def title(self) -> str:
        """Position and name."""
        return f"{self.position}  {self.name}"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the layer, with values and gradients."""
        return self.layer.parameters()

    @property
    def forward(self) -> tuple[Quantity, ...]:
        """The parameters, and the output that is computed with them."""
        values = [Quantity(symbol(self.layer, parameter.name), parameter.value) for parameter in self.parameters]
        return (*values, Quantity(layer_equations(self.layer)["forward"], self.output))

    @property
    def backward(self) -> tuple[Quantity, ...]:
        """The gradients of the parameters, and that of the input."""
        equations = layer_equations(self.layer)
        grads = [Quantity(equations[parameter.name], parameter.grad) for parameter in self.parameters]
        return (*grads, Quantity(equations["backward"], self.input_grad))

"""The record of one pass forward and one backward: data only, which all views of a trace take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerkit.batch import arrays
from layerkit.layers import Layer
from layerkit.losses import Loss
from layerkit.parameter import Parameter
from layerkit.text import one_line, printable
from layerkit.tracing.equations import layer_equations, loss_equations, symbol
from layerkit.validation import Array, Batch, Shape


@dataclass(frozen=True, eq=False, repr=False)
class Quantity:
    """An array of one of the passes, with the equation that computes it.

    Attributes
    ----------
    equation : str
        The equation, such as ``"z = a W + b"``; the symbol alone for what is given.
    array : numpy.ndarray
        The numbers.
    index : str
        The place of the array in a tuple, such as ``"[0]"``; empty for a single array.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.tracing import Quantity
    >>> a = Quantity("a = max(z, 0)", np.array([[0.0, 3.0], [0.0, 4.0]]))
    >>> a
    <Quantity a = max(z, 0), shape (2, 2)>
    >>> a.symbol, a.shape, a.norm, a.zeros, a.smallest, a.largest
    ('a', (2, 2), 5.0, 0.5, 0.0, 4.0)
    """

    equation: str
    array: Array
    index: str = ""

    @property
    def symbol(self) -> str:
        """The left side of the equation."""
        return self.equation.partition(" = ")[0] + self.index

    @property
    def label(self) -> str:
        """The equation, preceded by the symbol where it computes a tuple of arrays."""
        return (
            f"{self.symbol} of {self.equation}" if self.index and " = " in self.equation else self.equation + self.index
        )

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return self.array.shape

    @property
    def norm(self) -> float:
        """The root of the sum of squares."""
        return float(np.linalg.norm(self.array.astype(np.float64).ravel()))  # float64: the squares do not overflow

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
        return float(self.array.min()) if self.array.size else math.nan

    @property
    def largest(self) -> float:
        """The largest element, NaN if there is one."""
        return float(self.array.max()) if self.array.size else math.nan

    def __repr__(self) -> str:
        return printable(f"<Quantity {self.label}, shape {self.shape}>")


def quantities(equation: str, batch: Batch) -> tuple[Quantity, ...]:
    """Return an array, or each array of a tuple, as a quantity; nothing for None, the gradient of what has none."""
    if not isinstance(batch, tuple):
        return () if batch is None else (Quantity(equation, batch),)
    return tuple(Quantity(equation, array, f"[{i}]") for i, array in enumerate(arrays(batch)) if array is not None)


@dataclass(frozen=True, eq=False)
class Step:
    """The input and output of one layer, in both passes.

    Attributes
    ----------
    position : str
        The name of the layer in the network: ``"2"``, or ``"2.0"`` for the first layer of the network at 2.
    layer : Layer
        A copy of the layer, as it was.
    input, output : numpy.ndarray or tuple
        The input and the output: a and z of a `Dense`, z and a of an activation.
    output_grad, input_grad : numpy.ndarray, tuple or None
        ∂C/∂output, which came back, and ∂C/∂input, which was passed on: δ is the first of a `Dense`,
        and the second of an activation. None where there is no gradient, such as that of integers.
    parts : tuple of Step
        For a layer made of layers, such as `Residual`, a step for each of them.

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
    input: Batch
    output: Batch
    output_grad: Batch = None
    input_grad: Batch = None
    parts: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """The layer in one line; the class alone where the parts have steps of their own."""
        return type(self.layer).__name__ if self.parts else one_line(self.layer)

    @property
    def title(self) -> str:
        """Position and name."""
        return f"{self.position}  {self.name}"

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the layer by name, with values and gradients, without those of its parts."""
        theirs = {id(parameter) for part in self.parts for parameter in part.layer.parameters()}
        own = self.layer.named_parameters().items()
        return {name: parameter for name, parameter in own if id(parameter) not in theirs}

    @property
    def forward(self) -> tuple[Quantity, ...]:
        """The parameters, and the output that is computed with them."""
        values = (Quantity(symbol(self.layer, name), parameter.value) for name, parameter in self.parameters.items())
        return (*values, *quantities(self._equations["forward"], self.output))

    @property
    def backward(self) -> tuple[Quantity, ...]:
        """The gradients of the parameters, and that of the input."""
        equations = self._equations
        grads = (Quantity(equations[name], parameter.grad) for name, parameter in self.parameters.items())
        return (*grads, *quantities(equations["backward"], self.input_grad))

    @property
    def _equations(self) -> dict[str, str]:
        return layer_equations(self.layer, list(self.parameters))


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """Everything that the two passes computed.

    Attributes
    ----------
    x, y : numpy.ndarray or tuple
        Samples and targets.
    loss : Loss
        The loss, after its passes.
    value : float
        C.
    steps : tuple of Step
        The layers from the first to the last.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 2), lk.Residual(lk.Dense(2, 2)), rng=0)
    >>> record = lk.trace(model, [[1.0]], [[0.0, 1.0]], lk.MSELoss())
    >>> [step.position for step in record.all_steps()]
    ['0', '1.0', '1']
    """

    x: Batch
    y: Any
    loss: Loss
    value: float
    steps: tuple[Step, ...]

    @property
    def prediction(self) -> Batch:
        """The output of the network."""
        return self.steps[-1].output

    @property
    def loss_name(self) -> str:
        """The loss in one line."""
        return one_line(self.loss)

    @property
    def loss_backward(self) -> tuple[Quantity, ...]:
        """∂C/∂prediction, the gradient that the loss returns."""
        return quantities(loss_equations(self.loss, self.y)["backward"], self.steps[-1].output_grad)

    def entries(self) -> Iterator[tuple[str, str, Quantity]]:
        """Yield each quantity in the order of computation, with the pass and the title of the layer or loss.

        Yields
        ------
        tuple of str, str and Quantity
            ``"forward"`` or ``"backward"``, the title, and the quantity.
        """
        yield from (("forward", "", quantity) for quantity in quantities("x", self.x))
        for step in self.all_steps():
            yield from (("forward", step.title, quantity) for quantity in step.forward)
        yield "forward", self.loss_name, Quantity(loss_equations(self.loss, self.y)["forward"], np.array(self.value))
        yield from (("backward", self.loss_name, quantity) for quantity in self.loss_backward)
        for step in self.all_steps(-1):
            yield from (("backward", step.title, quantity) for quantity in step.backward)

    def all_steps(self, direction: int = 1) -> Iterator[Step]:
        """Return the steps and their parts in the order in which a pass ended them.

        Parameters
        ----------
        direction : {1, -1}
            1 for the pass forward, -1 for the pass backward.

        Returns
        -------
        iterator of Step
            The steps.
        """
        return _ended(self.steps, direction)


def _ended(steps: tuple[Step, ...], direction: int) -> Iterator[Step]:
    for step in steps[::direction]:
        yield from _ended(step.parts, direction)
        yield step

"""Layer: the contract that everything in a network keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, TypeGuard
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from layerkit.validation import Array, Shape, as_array
from layerkit.configured import Configured
from layerkit.errors import ShapeError, StateError
from layerkit.parameter import Parameter

__all__ = ["Layer"]


class NoPass:
    """What `cache` is before the first forward pass: an attribute that cannot be read.

    A descriptor without ``__set__`` is hidden by the attribute that forward sets, which then costs no more than
    any other.
    """

    def __init__(self, call: str) -> None:
        self._call = call

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return self
        name = " ".join(repr(instance).split())
        raise StateError(f"{name} has no forward pass to go back through: call {self._call} first.")


class Layer(Configured, ABC):
    r"""What a network is made of: a function that knows its own derivative (section 1 of the source document).

    .. math::

        \text{forward:}\quad  y = f(x, \theta) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \frac{\partial C}{\partial y}\frac{\partial y}{\partial x}, \quad
        \frac{\partial C}{\partial \theta} = \frac{\partial C}{\partial y}\frac{\partial y}{\partial \theta}

    A batch has its samples in rows. A subclass writes `forward` and `backward`; where it has parameters,
    `parameters`, and where the output has another shape than the input, `output_shape`.

    Attributes
    ----------
    name : str
        The name that plugins publish the class under; empty for layers that are used by class only.
    gain : float or None
        For an activation, 1/√E[f(z)²] with z ~ N(0, 1): the weights before it are scaled by this.
        None for what is not an activation.
    input_shape : tuple of int or None
        The shape of one sample that the layer takes, None where any will do.
    layers : tuple of Layer
        The layers that this one is made of; empty for most.
    cache : Any
        What `forward` keeps for `backward`: set it when `training`, read it in `backward`. Reading it
        before any `forward` raises `StateError`.

    Examples
    --------
    A layer that scales its input by a number that it learns:

    >>> import numpy as np
    >>> import layerkit as lk
    >>> class Scale(lk.Layer):
    ...     def __init__(self):
    ...         self.factor = lk.Parameter("factor", [1.0])
    ...     def parameters(self):
    ...         return (self.factor,)
    ...     def forward(self, x, training=True, out=None):
    ...         if training:
    ...             self.cache = x
    ...         return x * self.factor.value
    ...     def backward(self, grad, out=None):
    ...         self.factor.grad = [np.sum(grad * self.cache)]
    ...         return grad * self.factor.value
    >>> model = lk.Sequential(lk.Dense(2, 3, rng=0), Scale())
    >>> model.forward(np.ones((4, 2), np.float32)).shape
    (4, 3)
    """

    name: ClassVar[str] = ""
    gain: float | None = None
    input_shape: Shape | None = None
    layers: tuple[Layer, ...] = ()
    cache: Any = NoPass("forward(x, training=True)")

    @abstractmethod
    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return the output for a batch.

        Parameters
        ----------
        x : numpy.ndarray
            The batch, shape ``(batch, ...)``. It is never changed, and not copied: leave it as it is until
            `backward`.
        training : bool
            True keeps in `cache` what `backward` needs. False keeps nothing and writes nothing on the
            layer, so that any number of threads may predict at the same time.
        out : numpy.ndarray, optional
            An offer of memory for the result. A layer that can write there does and returns it; any
            other returns an array of its own. What counts is the returned array.

        Returns
        -------
        numpy.ndarray
            The output, of the dtype of `x`. It may be `x` itself where the layer changes nothing.
        """

    @abstractmethod
    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Overwrite the gradient of every parameter and return that of the input.

        Parameters
        ----------
        grad : numpy.ndarray
            ∂C/∂y, of the shape that the last `forward` returned. It is never changed.
        out : numpy.ndarray, optional
            An offer of memory for the result, as in `forward`.

        Returns
        -------
        numpy.ndarray
            ∂C/∂x, of the shape of the input.

        Raises
        ------
        StateError
            If no `forward` with ``training=True`` came before.
        """

    def backward_parameters(self, grad: Array) -> None:
        """Overwrite the gradient of every parameter, without that of the input where it can be spared.

        Parameters
        ----------
        grad : numpy.ndarray
            ∂C/∂y, as in `backward`.
        """
        self.backward(grad)

    def parameters(self) -> tuple[Parameter, ...]:
        """Return what the layer learns: by default the parameters of `layers`, in order.

        Returns
        -------
        tuple of Parameter
            The parameters, in the order in which a network lays them out.
        """
        return tuple(parameter for layer in self.layers for parameter in layer.parameters())

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one output sample for one input sample, both without the batch axis.

        Parameters
        ----------
        input_shape : tuple of int
            The shape of one sample.

        Returns
        -------
        tuple of int
            The shape of one output sample.

        Raises
        ------
        ShapeError
            If the layer does not take samples of this shape.
        """
        return tuple(input_shape)

    def initialize(self, rng: np.random.Generator, gain: float = 1.0) -> None:
        """Draw every parameter that nobody has set or seen; a network calls this when it is composed.

        Parameters
        ----------
        rng : numpy.random.Generator
            What to draw from.
        gain : float
            The gain of the activation that follows.
        """
        for parameter in self.parameters():
            parameter.initialize(rng, gain)

    def _title(self) -> str:
        # what messages call the layer, in one line
        return repr(self)

    def __getstate__(self) -> dict[str, Any]:
        # a copy starts without the passes of the original
        return {name: value for name, value in self.__dict__.items() if name != "cache"}


def fits(out: Array | None, x: Array) -> TypeGuard[Array]:
    """Whether an elementwise result for `x` can be written to `out` while `x` stays as it is."""
    return (
        out is not None
        and out is not x
        and out.base is not x
        and type(x) is np.ndarray
        and out.dtype is x.dtype
        and out.shape == x.shape
    )


def as_gradient(layer: Layer, grad: npt.ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Return `grad` in `dtype`, refusing any other shape than that of the layer's last output."""
    array = as_array(grad, dtype, "grad")
    if array.shape != shape:
        raise ShapeError(
            f"backward of {layer._title()} takes a gradient of the shape of its last output, {shape}, "
            f"got {array.shape}."
        )
    return array


# What distributions publish, written down by the registry: of an editable installation it is not to be had elsewhere.
publishers: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def distribution(cls: type) -> str:
    """Return the installed distribution that a class comes from, or its module where there is none."""
    if cls in publishers:
        return publishers[cls]
    from importlib.metadata import packages_distributions  # slow to import, and only errors and tables ask

    owners = packages_distributions().get(cls.__module__.partition(".")[0])
    return owners[0] if owners else cls.__module__

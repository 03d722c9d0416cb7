"""Activation: a function and its derivative, applied to every element."""

import math
from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from layerkit.errors import PluginError
from layerkit.layers.base import Layer
from layerkit.provenance import described
from layerkit.validation import Array

__all__ = ["Activation", "elementwise", "gain_of", "in_float64"]

# Elements that are evaluated in float64 together, so that the temporaries stay in the L2 cache and below 128 KiB, from
# where on the C library may fetch memory from the system, page by page, and give it back each time.
_BLOCK = 12 << 10


class Activation(Layer):
    r"""An elementwise layer made of a function and its derivative.

    .. math::

        \text{forward:}\quad a = f(z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ f'(z)

    A subclass gives `name`, `function` and `derivative`; that is all.

    Attributes
    ----------
    kinks : tuple of float
        The points where f′ jumps. There, ``derivative(kink)`` is a convention, between the one-sided slopes.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1), by quadrature unless the class sets it.

    Raises
    ------
    PluginError
        In `forward` and `backward`, if `function` or `derivative` returns another shape than it got, or no real
        numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> class Snake(lk.Activation):
    ...     name = "snake"
    ...     def function(self, z):
    ...         return z + np.sin(z) ** 2
    ...     def derivative(self, z):
    ...         return 1 + np.sin(2 * z)
    >>> Snake().forward(np.array([0.0, np.pi]))
    array([0.        , 3.14159265])
    """

    kinks: tuple[float, ...] = ()

    @abstractmethod
    def function(self, z: Array) -> Array:
        """Return f(z).

        Parameters
        ----------
        z : numpy.ndarray
            float32 or float64, of any shape; not to be changed.

        Returns
        -------
        numpy.ndarray
            f at every element, of the shape of `z`; another float dtype is cast to that of `z`.
        """

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """Return f′(z).

        Parameters
        ----------
        z : numpy.ndarray
            The input of the activation, as `function` got it, not its output.

        Returns
        -------
        numpy.ndarray
            f′ at every element, of the shape of `z`; another float dtype is cast to that of `z`.
        """

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return f(x); see `Layer.forward`."""
        self.check_input(x)
        if training:
            self.cache = x
        return elementwise(self.function(x), x, self.function)

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Return grad ∘ f′(x) for the last x of `forward`; see `Layer.backward`."""
        z: Array = self.cache
        self.check_gradient(grad, z.shape)
        return grad * elementwise(self.derivative(z), z, self.derivative) if input_grad else None

    @cached_property
    def gain(self) -> float:  # type: ignore[override]  # computed here, a plain attribute elsewhere
        """1/√E[f(z)²] for z ~ N(0, 1)."""
        return gain_of(self)


def elementwise(result: Any, z: Array, formula: Callable[..., Any]) -> Array:
    """Return the result of an elementwise formula in the dtype of z, refusing another shape or no real numbers.

    Parameters
    ----------
    result : numpy.ndarray
        The formula at z.
    z : numpy.ndarray
        Its argument.
    formula : callable
        The method of an activation, which a message names.

    Returns
    -------
    numpy.ndarray
        The result itself, or cast.
    """
    if getattr(result, "dtype", None) == z.dtype and result.shape == z.shape:
        return result  # type: ignore[no-any-return]
    result = result if hasattr(result, "dtype") else np.asarray(result)
    if result.shape != z.shape or result.dtype.kind != "f":
        activation = formula.__self__  # type: ignore[attr-defined]
        raise PluginError(
            f"{formula.__name__}(z) of {described(activation)} must return floats "
            f"of shape {z.shape}, as it got, but returned {result.dtype} of shape {result.shape}. Use elementwise "
            f"NumPy functions, and .astype(z.dtype) for a comparison."
        )
    return result.astype(z.dtype)  # type: ignore[no-any-return]


def gain_of(activation: Any, **parameters: Array) -> float:
    """Return 1/√E[f(z)²] for z ~ N(0, 1), by the trapezoidal rule.

    Parameters
    ----------
    activation : Activation or LearnedActivation
        The activation, with its `function` f.
    **parameters : numpy.ndarray
        The values of the parameters, for one that learns.

    Returns
    -------
    float
        The gain.
    """
    z = np.linspace(-12.0, 12.0, 4801)
    with np.errstate(all="ignore"):
        a = elementwise(activation.function(z, **parameters), z, activation.function)
        moment = np.trapezoid(a**2 * np.exp(-(z**2) / 2), z) / math.sqrt(2 * math.pi)
    if not 0 < moment < math.inf:
        raise PluginError(
            f"the gain 1/√E[f(z)²] of {described(activation)} needs a positive, "
            f"finite second moment, got {moment}. Set `gain` on the class."
        )
    return float(1 / math.sqrt(moment))


def in_float64(formula: Callable[[Array], Array], z: Array) -> Array:
    """Return an elementwise formula computed in float64, in the dtype of `z`.

    For formulas that lose their digits in float32 to underflow or cancellation. Large arrays are evaluated a block
    at a time, so that the float64 temporaries stay in cache.

    Parameters
    ----------
    formula : callable
        ``(z) -> array``, elementwise.
    z : numpy.ndarray
        float32 or float64, of any shape.

    Returns
    -------
    numpy.ndarray
        The formula at every element.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit.activations import in_float64
    >>> in_float64(lambda x: np.exp(x) - np.exp(-x), np.array([0.001], np.float32))
    array([0.002], dtype=float32)
    """
    if z.size <= _BLOCK or not isinstance(z, np.ndarray):
        return formula(z.astype(np.float64)).astype(z.dtype)
    flat, result = z.reshape(-1), np.empty(z.size, z.dtype)
    for start in range(0, z.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        result[block] = formula(flat[block].astype(np.float64))
    return result.reshape(z.shape)

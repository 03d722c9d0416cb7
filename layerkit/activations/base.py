"""Activation: a function and its derivative, applied to every element."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property

import numpy as np

from layerkit.validation import Array, as_array
from layerkit.errors import PluginError
from layerkit.layers.base import Layer, as_gradient, distribution, fits

__all__ = ["Activation", "step"]

# Elements that are evaluated together: the temporaries of one block stay in the L2 cache, and below 128 KiB in float64,
# from where on the C library may fetch memory from the system, page by page, and give it back each time.
_BLOCK = 12 << 10


class Activation(Layer):
    r"""An elementwise layer made of a function and its derivative (sections 2 and 3.2 of the source document).

    .. math::

        \text{forward:}\quad a = f(z) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ f'(z)

    A subclass gives `name`, `function` and `derivative`; that is all.

    Attributes
    ----------
    kinks : tuple of float
        Where f′ jumps. There, ``derivative(kink)`` is the convention, between the one-sided slopes.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1), by quadrature unless the class sets it.

    Raises
    ------
    PluginError
        In `forward` and `backward`, if `function` or `derivative` gives another shape or dtype than it got.

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
            f at every element, of the shape and dtype of `z`.
        """

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """Return f′(z).

        Parameters
        ----------
        z : numpy.ndarray
            What `function` got: the input of the activation, not its output.

        Returns
        -------
        numpy.ndarray
            f′ at every element, of the shape and dtype of `z`.
        """

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return f(x); see `Layer.forward`."""
        z = as_array(x)
        if training:
            self.cache = z
        if z.size <= _BLOCK:
            return self._checked(self.function, z)
        return self._blockwise(z, None, out)

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Return grad ∘ f′(x) for the last x of `forward`; see `Layer.backward`."""
        z: Array = self.cache
        grad = as_gradient(self, grad, z.shape, z.dtype)
        if z.size <= _BLOCK:
            return np.multiply(grad, self._checked(self.derivative, z), out=out if fits(out, grad) else None)
        return self._blockwise(z, grad, out)

    def _blockwise(self, z: Array, grad: Array | None, out: Array | None) -> Array:
        # f(z), or grad ∘ f′(z) where there is a grad
        if not (fits(out, z) and out.flags.c_contiguous) or out is grad:
            out = np.empty(z.shape, z.dtype)
        flat_z, flat_out = z.reshape(-1), out.reshape(-1)
        flat_grad = None if grad is None else grad.reshape(-1)
        for start in range(0, z.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            if flat_grad is None:
                flat_out[block] = self._checked(self.function, flat_z[block])
            else:
                np.multiply(flat_grad[block], self._checked(self.derivative, flat_z[block]), out=flat_out[block])
        return out

    def _checked(self, compute: Callable[[Array], Array], z: Array) -> Array:
        result = np.asarray(compute(z))
        if result.shape != z.shape or result.dtype != z.dtype:
            raise PluginError(
                f"{compute.__name__}(z) of the activation {type(self).name or type(self).__name__!r} "
                f"(distribution {distribution(type(self))}) must return shape {z.shape}, {z.dtype}, as it got, "
                f"but returned shape {result.shape}, {result.dtype}. Use plain Python numbers as constants and "
                f"elementwise NumPy functions: both keep shape and dtype."
            )
        return result

    @cached_property
    def gain(self) -> float:  # type: ignore[override]  # computed here, a plain attribute elsewhere
        """1/√E[f(z)²] for z ~ N(0, 1)."""
        z = np.linspace(-12.0, 12.0, 4801)
        with np.errstate(all="ignore"):
            moment = np.trapezoid(self.function(z) ** 2 * np.exp(-(z**2) / 2), z) / math.sqrt(2 * math.pi)
        if not 0 < moment < math.inf:
            raise PluginError(
                f"the gain 1/√E[f(z)²] of {self!r} (distribution {distribution(type(self))}) needs a positive, "
                f"finite second moment, got {moment}. Set `gain` on the class."
            )
        return float(1 / math.sqrt(moment))


def step(z: Array) -> Array:
    """Return 1 where z > 0, else 0, as numbers of the dtype of `z`: to choose by arithmetic.

    `numpy.where` takes many times as long on data of mixed signs, whose branches no processor can predict.
    """
    return np.greater(z, 0, out=np.empty(z.shape, z.dtype))

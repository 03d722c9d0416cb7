"""ReLU: the rectifier, the seed's hidden activation."""

from __future__ import annotations

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array, as_array
from layerkit.layers.base import as_gradient, fits

__all__ = ["ReLU"]

# 0-d arrays spare ufuncs the conversion of a Python number; float32 leaves the dtype of float64 input alone
_ZERO = np.zeros((), np.float32)


class ReLU(Activation):
    r"""Rectified linear unit (Nair and Hinton, 2010; section 3.2 of the source document).

    .. math::

        \text{forward:}\quad a = \max(z, 0) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a} \circ [z > 0]

    The derivative at the kink z = 0 is 0 by convention. Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> relu = lk.ReLU()
    >>> relu.forward(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    >>> relu.backward(np.ones(3))
    array([0., 0., 1.])
    """

    name = "relu"
    kinks = (0.0,)
    gain = 2**0.5

    def function(self, z: Array) -> Array:
        """Return max(z, 0)."""
        return np.maximum(z, _ZERO)

    def derivative(self, z: Array) -> Array:
        """Return 1 where z > 0, else 0."""
        return (z > _ZERO).astype(z.dtype)

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return max(x, 0), in `out` if it fits."""
        if not fits(out, x):
            x = as_array(x)
            out = np.empty(x.shape, x.dtype)
        if training:
            self.cache = x
        return np.maximum(x, _ZERO, out=out)

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Return grad ∘ [x > 0], in `out` if it fits."""
        z: Array = self.cache
        if not fits(out, grad) or grad.shape != z.shape or grad.dtype is not z.dtype:
            grad = as_gradient(self, grad, z.shape, z.dtype)
            out = np.empty(z.shape, z.dtype)
        np.greater(z, _ZERO, out=out)  # the mask as numbers: faster than booleans, and no array of its own
        return np.multiply(out, grad, out=out)

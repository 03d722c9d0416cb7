"""Linear: the identity, for output layers that predict a number as it is."""

from __future__ import annotations

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array, as_array
from layerkit.errors import ConfigError
from layerkit.layers.base import as_gradient

__all__ = ["Linear"]


class Linear(Activation):
    r"""Identity activation. The affine layer x W + b is `layerkit.Dense`.

    .. math::

        \text{forward:}\quad a = z \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a}

    `forward` and `backward` return the very array that they get. Shapes: any.

    Raises
    ------
    ConfigError
        If it is given sizes, as PyTorch's ``Linear(3, 4)`` is: that layer is ``Dense(3, 4)``.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Linear().forward(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """

    name = "linear"
    gain = 1.0

    def __init__(self, *sizes: object, **options: object) -> None:
        if sizes or options:
            arguments = ", ".join([*map(repr, sizes), *(f"{k}={v!r}" for k, v in options.items())])
            raise ConfigError(
                f"Linear is the identity activation and takes no arguments, got Linear({arguments}). "
                f"The affine layer x W + b is Dense({arguments})."
            )

    def function(self, z: Array) -> Array:
        """Return z."""
        return z

    def derivative(self, z: Array) -> Array:
        """Return 1."""
        return np.ones_like(z)

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return x itself."""
        x = as_array(x)
        if training:
            self.cache = x.shape, x.dtype
        return x

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Return grad itself."""
        return as_gradient(self, grad, *self.cache)

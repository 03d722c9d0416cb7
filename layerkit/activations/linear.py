"""Linear: the identity, for output layers that predict a number as it is."""

from typing import Any

import numpy as np

from layerkit.activations.base import Activation
from layerkit.errors import ConfigError
from layerkit.validation import Array

__all__ = ["Linear"]


class Linear(Activation):
    r"""Identity activation. The affine layer x W + b is `layerkit.Dense`.

    .. math::

        \text{forward:}\quad a = z \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} = \frac{\partial C}{\partial a}

    Shapes: any.

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
            given = ", ".join([*map(repr, sizes), *(f"{name}={value!r}" for name, value in options.items())])
            raise ConfigError(
                f"Linear is the identity activation and takes no arguments, got Linear({given}). "
                f"The affine layer x W + b is Dense({given})."
            )

    def function(self, z: Array) -> Array:
        """Return z."""
        return z

    def derivative(self, z: Array) -> Array:
        """Return 1."""
        return np.ones_like(z)

    def arguments(self) -> dict[str, Any]:
        """Return no arguments: those of this constructor exist to be refused."""
        return {} if type(self).__init__ is Linear.__init__ else super().arguments()

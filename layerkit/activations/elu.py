"""ELU and SELU: exponential on the left, linear on the right."""

import numpy as np

from layerkit.activations.base import Activation
from layerkit.validation import Array, check_number

__all__ = ["ELU", "SELU"]


class ELU(Activation):
    r"""Exponential linear unit (Clevert et al., 2016, arXiv:1511.07289).

    .. math::

        \text{forward:}\quad a = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \begin{cases} 1 & z > 0 \\ \alpha e^z & z \le 0 \end{cases}

    The slope jumps at 0 unless α = 1. Shapes: any.

    Parameters
    ----------
    alpha : float
        The size α of the plateau on the left.

    Raises
    ------
    ConfigError
        If `alpha` is not a finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.ELU().forward(np.array([-100.0, 2.0]))
    array([-1.,  2.])
    """

    name = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = check_number("alpha", alpha)
        self.kinks = () if self.alpha == 1 else (0.0,)

    def function(self, z: Array) -> Array:
        """Return z where z > 0, else α expm1(z)."""
        return np.maximum(z, 0) + self.alpha * np.expm1(np.minimum(z, 0))

    def derivative(self, z: Array) -> Array:
        """Return 1 where z > 0, else α exp(z)."""
        right = (z > 0).astype(z.dtype)  # choosing by arithmetic: np.where takes many times as long on mixed signs
        slope: Array = right + (1 - right) * self.alpha * np.exp(np.minimum(z, 0))
        return slope


class SELU(Activation):
    r"""Scaled exponential linear unit (Klambauer et al., 2017, arXiv:1706.02515).

    .. math::

        \text{forward:}\quad a = \lambda \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \lambda \begin{cases} 1 & z > 0 \\ \alpha e^z & z \le 0 \end{cases}

    With α ≈ 1.6733 and λ ≈ 1.0507, mean 0 and variance 1 are a fixed point. Shapes: any.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.SELU().forward(np.array([0.0, 1.0])).round(4)
    array([0.    , 1.0507])
    """

    name = "selu"
    kinks = (0.0,)

    alpha = 1.6732632423543772
    scale = 1.0507009873554805

    def function(self, z: Array) -> Array:
        """Return λ z where z > 0, else λ α expm1(z)."""
        return self.scale * np.maximum(z, 0) + self.scale * self.alpha * np.expm1(np.minimum(z, 0))

    def derivative(self, z: Array) -> Array:
        """Return λ where z > 0, else λ α exp(z)."""
        right = (z > 0).astype(z.dtype)
        slope: Array = self.scale * right + (1 - right) * (self.scale * self.alpha) * np.exp(np.minimum(z, 0))
        return slope

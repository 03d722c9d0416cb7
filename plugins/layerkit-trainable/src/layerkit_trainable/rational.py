"""Rational: a quotient of two polynomials, which learns the shape of the activation itself."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial.polynomial import polyder, polyval

import layerkit as lk
from layerkit.validation import Array
from layerkit_trainable.base import TrainableActivation

__all__ = ["Rational", "fit"]

Float64: TypeAlias = npt.NDArray[np.float64]

# Where the fit looks: almost all of N(0, 1), which is what initialisation lets a network start with.
_INTERVAL = 3.0


class Rational(TrainableActivation):
    r"""Padé activation unit in its safe form, of degrees 5 and 4 (Molina et al., 2020, arXiv:1907.06732).

    .. math::

        \text{forward:}\quad a = \frac{P(z)}{D(z)}, \quad
        P = \sum_{k=0}^{5} p_k z^k, \quad D = 1 + |Q|, \quad Q = \sum_{k=1}^{4} q_k z^k

    .. math::

        \text{backward:}\quad \frac{\partial C}{\partial z} =
        \frac{\partial C}{\partial a} \circ \frac{P' - a\, Q' \operatorname{sgn} Q}{D}, \qquad
        \frac{\partial C}{\partial p_k} = \sum \frac{\partial C}{\partial a} \circ \frac{z^k}{D}, \quad
        \frac{\partial C}{\partial q_k} =
        -\sum \frac{\partial C}{\partial a} \circ \frac{a\, z^k \operatorname{sgn} Q}{D}

    with the sums over all elements. D ≥ 1: there is no pole. The ten coefficients start as the fit of another
    activation on [-3, 3], see `fit`. Shapes: any, with values below 10³⁰ in size if they are float64.

    Parameters
    ----------
    approximates : str
        The name of an installed elementwise activation, the shape to start from.

    Attributes
    ----------
    numerator, denominator : Parameter
        p₀ … p₅, shape ``(6,)``, and q₁ … q₄, shape ``(4,)``.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1) and the coefficients at the start.

    Raises
    ------
    ConfigError
        If the activation `approximates` is not elementwise.
    UnknownActivationError
        If no activation of this name is installed.

    Notes
    -----
    Where Q changes its sign, as training can make it do, a has a kink; there sgn Q = 0 gives the mean of the two
    slopes.

    Examples
    --------
    >>> import numpy as np
    >>> from layerkit_trainable import Rational
    >>> rational = Rational(approximates="tanh")
    >>> rational.forward(np.array([[-1.0, 0.5, 1.0]])).round(4)
    array([[-0.7616,  0.4621,  0.7616]])
    >>> rational.backward(np.array([[1.0, 1.0, 1.0]])).round(4)
    array([[0.42  , 0.7865, 0.42  ]])
    """

    name = "rational"

    def __init__(self, approximates: str = "leaky_relu") -> None:
        super().__init__()
        shape = lk.activation(approximates)
        if not isinstance(shape, lk.Activation):
            raise lk.errors.ConfigError(
                f"approximates must name an activation that works element by element, got {approximates!r}, "
                f"which is {shape!r}. Take one such as 'leaky_relu' or 'tanh'."
            )
        self.approximates = approximates
        numerator, denominator = fit(shape)
        self.numerator = lk.Parameter("numerator", numerator, dtype=np.float32)
        self.denominator = lk.Parameter("denominator", denominator, dtype=np.float32)
        self.gain = self._gain()

    def parameters(self) -> tuple[lk.Parameter, ...]:
        """Return the coefficients of P and of Q."""
        return (self.numerator, self.denominator)

    def function(self, z: Array) -> Array:
        """Return P/D."""
        a, _, _ = self._quotient(z)
        return a.astype(z.dtype)

    def derivative(self, z: Array) -> Array:
        """Return (P′ - a Q′ sgn Q)/D."""
        a, sign, d = self._quotient(z)
        p, q = self._polynomials()
        x = z.astype(np.float64)
        slope: Array = ((polyval(x, polyder(p)) - a * polyval(x, polyder(q)) * sign) / d).astype(z.dtype)
        return slope

    def parameter_gradients(self, z: Array, grad: Array) -> tuple[Array, ...]:
        """Return Σ grad ∘ zᵏ/D for k = 0 … 5, and -Σ grad ∘ a zᵏ sgn Q/D for k = 1 … 4."""
        a, sign, d = self._quotient(z)
        powers = np.vander(z.astype(np.float64).ravel(), 6, increasing=True)
        share = grad / d
        return share.ravel() @ powers, -(share * a * sign).ravel() @ powers[:, 1:5]

    def _quotient(self, z: Array) -> tuple[Float64, Float64, Float64]:
        # a, sgn Q and D, in float64: z⁵ overflows float32 from 5e7 on
        p, q = self._polynomials()
        x = z.astype(np.float64)
        value = polyval(x, q)
        d = 1 + np.abs(value)
        return polyval(x, p) / d, np.sign(value), d

    def _polynomials(self) -> tuple[Float64, Float64]:
        p, q = self.numerator.value, self.denominator.value
        return p.astype(np.float64), np.concatenate([[0.0], q])


def fit(activation: lk.Activation) -> tuple[Float64, Float64]:
    r"""Return the coefficients p and q with which P/(1 + Q) is closest to an activation on [-3, 3].

    .. math::

        \min_{p, q} \sum_i \Bigl(\frac{P(z_i) - f(z_i)\,(1 + Q(z_i))}{D(z_i)}\Bigr)^2

    is linear in p and q for a fixed D; solving it again and again with D = 1 + Q of the last solution comes to
    least squares of P/(1 + Q) - f (Sanathanan and Koerner, 1963). Q has even powers with positive coefficients
    only, so that it is |Q| and the start has no kink.

    Parameters
    ----------
    activation : Activation
        f.

    Returns
    -------
    numerator, denominator : numpy.ndarray
        p₀ … p₅ and q₁ … q₄.

    Examples
    --------
    ReLU is z/2 + |z|/2: half the identity, which costs p₁ = 1/2, and an even function:

    >>> import layerkit as lk
    >>> from layerkit_trainable.rational import fit
    >>> numerator, denominator = fit(lk.ReLU())
    >>> numerator.round(2)
    array([0.04, 0.5 , 1.53, 1.7 , 0.76, 0.12])
    >>> denominator.round(2)
    array([0.  , 3.39, 0.  , 0.24])
    """
    z: Float64 = np.linspace(-_INTERVAL, _INTERVAL, 601)
    target: Float64 = np.asarray(activation.function(z), np.float64)
    powers: Float64 = np.vander(z, 6, increasing=True)
    even = [2, 4]
    while True:
        columns = np.hstack([powers, -target[:, None] * powers[:, even]])
        d = np.ones_like(z)
        for _ in range(10):
            solution = np.asarray(np.linalg.lstsq(columns / d[:, None], target / d)[0], np.float64)
            d = 1 + np.abs(powers[:, even] @ solution[6:])
        positive = [power for power, q in zip(even, solution[6:], strict=True) if q > 0]
        if positive == even:
            break
        even = positive
    denominator: Float64 = np.zeros(4)
    denominator[[power - 1 for power in even]] = solution[6:]
    return solution[:6], denominator

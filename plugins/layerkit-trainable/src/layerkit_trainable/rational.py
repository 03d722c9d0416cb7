"""Rational: a quotient of two polynomials, which learns the shape of the activation itself."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

import layerkit as lk
from layerkit.validation import Array

__all__ = ["Rational", "fit"]

Float64: TypeAlias = npt.NDArray[np.float64]

# The interval of the fit: almost all of N(0, 1), the distribution of inputs that initialization aims at.
_INTERVAL = 3.0


class Rational(lk.LearnedActivation):
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

    The sums are over the batch if each feature has its own coefficients, and over all elements if they share one
    set. D ≥ 1, so that there is no pole. The ten coefficients are first those of the fit of another activation on
    [-3, 3], see `fit`. Shapes: any; ``(..., features)`` with coefficients for each feature. In float64, values
    must be below 10³⁰ in size.

    Parameters
    ----------
    approximates : str
        The name of an elementwise activation, built in or installed, whose fit gives the first coefficients.
    features : int, optional
        The number of features, each with its own coefficients; by default all share one set.

    Attributes
    ----------
    p0, p1, p2, p3, p4, p5 : Parameter
        The coefficients of P, each of shape ``(features,)``, or ``(1,)`` if they are shared.
    q1, q2, q3, q4 : Parameter
        The coefficients of Q, of the same shape.
    gain : float
        1/√E[f(z)²] for z ~ N(0, 1) and the first coefficients.

    Raises
    ------
    ConfigError
        If the activation `approximates` is not elementwise, or learns, or `features` is not a positive integer.
    ShapeError
        If the last axis of the input does not have the size `features`.
    UnknownActivationError
        If no activation of this name is installed.

    Notes
    -----
    Training can make Q change its sign. There a has a kink, and sgn 0 = 0 gives the mean of the two slopes.

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

    def __init__(self, approximates: str = "leaky_relu", features: int | None = None) -> None:
        super().__init__(features)
        activation = lk.activation(approximates)
        if not isinstance(activation, lk.Activation):
            raise lk.errors.ConfigError(
                f"approximates must name an activation with a fixed elementwise function, got {approximates!r}, "
                f"which is {activation!r}. Take one such as 'leaky_relu' or 'tanh'."
            )
        self.approximates = approximates
        p, q = fit(activation)
        self.p0, self.p1, self.p2, self.p3, self.p4, self.p5 = map(self.learned, p)
        self.q1, self.q2, self.q3, self.q4 = map(self.learned, q)

    # All in float64: z⁵ overflows float32 from 5e7 on.

    def function(
        self,
        z: Array,
        p0: Array,
        p1: Array,
        p2: Array,
        p3: Array,
        p4: Array,
        p5: Array,
        q1: Array,
        q2: Array,
        q3: Array,
        q4: Array,
    ) -> Array:
        """Return P/D."""
        x = z.astype(np.float64)
        p = _polynomial(x, p0, p1, p2, p3, p4, p5)
        q = x * _polynomial(x, q1, q2, q3, q4)
        a: Array = p / (1 + np.abs(q))
        return a.astype(z.dtype)

    def derivative(
        self,
        z: Array,
        p0: Array,
        p1: Array,
        p2: Array,
        p3: Array,
        p4: Array,
        p5: Array,
        q1: Array,
        q2: Array,
        q3: Array,
        q4: Array,
    ) -> Array:
        """Return (P′ - a Q′ sgn Q)/D."""
        x = z.astype(np.float64)
        p = _polynomial(x, p0, p1, p2, p3, p4, p5)
        q = x * _polynomial(x, q1, q2, q3, q4)
        d = 1 + np.abs(q)
        slope: Array = (_slope(x, p1, p2, p3, p4, p5) - p / d * _slope(x, q1, q2, q3, q4) * np.sign(q)) / d
        return slope.astype(z.dtype)

    def parameter_derivatives(
        self,
        z: Array,
        p0: Array,
        p1: Array,
        p2: Array,
        p3: Array,
        p4: Array,
        p5: Array,
        q1: Array,
        q2: Array,
        q3: Array,
        q4: Array,
    ) -> dict[str, Array]:
        """Return ∂a/∂pₖ = zᵏ/D and ∂a/∂qₖ = -a zᵏ sgn Q/D."""
        x = z.astype(np.float64)
        p = _polynomial(x, p0, p1, p2, p3, p4, p5)
        q = x * _polynomial(x, q1, q2, q3, q4)
        d = 1 + np.abs(q)
        powers = [1 / d]  # zᵏ/D
        for _ in range(5):
            powers.append(x * powers[-1])
        sign = -p / d * np.sign(q)
        return {f"p{k}": powers[k] for k in range(6)} | {f"q{k}": sign * powers[k] for k in range(1, 5)}


def _polynomial(x: Array, *coefficients: Array) -> Array:
    # c₀ + c₁ x + c₂ x² + …, by Horner's rule
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = coefficient + x * value
    return value


def _slope(x: Array, *coefficients: Array) -> Array:
    # c₁ + 2 c₂ x + 3 c₃ x² + …, from c₁ on; in float64, because 3 c₃ is rounded in float32
    return _polynomial(x, *(k * c.astype(np.float64) for k, c in enumerate(coefficients, start=1)))


def fit(activation: lk.Activation) -> tuple[Float64, Float64]:
    r"""Return the coefficients p and q with which P/(1 + Q) is closest to an activation on [-3, 3].

    .. math::

        \min_{p, q} \sum_i \Bigl(\frac{P(z_i) - f(z_i)\,(1 + Q(z_i))}{D(z_i)}\Bigr)^2

    is linear in p and q for a fixed D; solving it repeatedly with D = 1 + Q of the last solution converges to
    least squares of P/(1 + Q) - f (Sanathanan and Koerner, 1963). Q has only even powers with positive coefficients,
    so that it equals |Q| and the fit has no kink.

    Parameters
    ----------
    activation : Activation
        The activation f.

    Returns
    -------
    numerator, denominator : numpy.ndarray
        The coefficients p₀ … p₅ and q₁ … q₄.

    Examples
    --------
    ReLU is z/2 + |z|/2: half the identity, p₁ = 1/2, and an even function:

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

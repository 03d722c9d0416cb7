"""Dropout: noise that keeps units from relying on each other."""

from __future__ import annotations

import numpy as np

from layerkit.validation import Array, Rng, as_array, check_number, generator
from layerkit.errors import ConfigError
from layerkit.layers.base import Layer, as_gradient, fits

__all__ = ["Dropout"]


class Dropout(Layer):
    r"""Inverted dropout: zero each element with probability p, scale up the others (Srivastava et al., 2014).

    .. math::

        \text{forward:}\quad y = x \circ m, \quad m = \frac{[u \ge p]}{1 - p},\; u \sim U(0, 1) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial x} = \frac{\partial C}{\partial y} \circ m

    With ``training=False`` it returns the very array that it gets. Shapes: any.

    Parameters
    ----------
    rate : float
        The probability p of zeroing an element, 0 ≤ p < 1.
    rng : int, numpy.random.Generator or None
        What the masks are drawn from; by default a child of the network's generator.

    Raises
    ------
    ConfigError
        If `rate` is outside of [0, 1), or `rng` is no source of randomness.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> dropout = lk.Dropout(0.5, rng=1)
    >>> dropout.forward(np.ones(4))
    array([2., 2., 0., 2.])
    >>> dropout.forward(np.ones(4), training=False)
    array([1., 1., 1., 1.])
    """

    def __init__(self, rate: float = 0.5, *, rng: Rng = None) -> None:
        self.rate = check_number("rate", rate, minimum=0.0, maximum=1.0)
        if self.rate == 1.0:
            raise ConfigError("rate must be below 1, got 1.0: it would leave nothing to learn from.")
        self.rng = rng
        self._generator = None if rng is None else generator(rng)

    def initialize(self, rng: np.random.Generator, gain: float = 1.0) -> None:
        """Take a child of the network's generator, unless the layer has a generator of its own."""
        if self._generator is None:
            (self._generator,) = rng.spawn(1)

    def forward(self, x: Array, training: bool = True, out: Array | None = None) -> Array:
        """Return x with elements dropped, or x itself if not training."""
        if not fits(out, x):
            x, out = as_array(x), None
        if not training:
            return x
        if self._generator is None:
            self._generator = generator(None)
        mask = self.__dict__.get("cache")
        if mask is None or mask.shape != x.shape or mask.dtype != x.dtype:
            mask = np.empty(x.shape, x.dtype)
        self._generator.random(dtype=x.dtype.type, out=mask)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= 1 / (1 - self.rate)
        self.cache = mask
        return np.multiply(x, mask, out=out)

    def backward(self, grad: Array, out: Array | None = None) -> Array:
        """Return grad ∘ m, with the mask of the last `forward`."""
        mask: Array = self.cache
        if not fits(out, grad) or grad.shape != mask.shape or grad.dtype is not mask.dtype:
            grad, out = as_gradient(self, grad, mask.shape, mask.dtype), None
        return np.multiply(grad, mask, out=out)

"""Dropout: noise that keeps units from relying on each other."""

from layerkit.layers.base import Layer
from layerkit.parameter import Randomness
from layerkit.validation import Array, check_number

__all__ = ["Dropout"]


class Dropout(Layer):
    r"""Inverted dropout: zero each element with probability p, scale up the others (Srivastava et al., 2014).

    .. math::

        \text{forward:}\quad y = x \circ m, \quad m = \frac{[u \ge p]}{1 - p},\; u \sim U(0, 1) \qquad
        \text{backward:}\quad \frac{\partial C}{\partial x} = \frac{\partial C}{\partial y} \circ m

    With ``training=False`` it returns the array that it gets. Shapes: any.

    Parameters
    ----------
    rate : float
        The probability p of zeroing an element, 0 ≤ p < 1.

    Attributes
    ----------
    randomness : Randomness
        The layer's own generator, which the network seeds, or ``draw(rng)``.

    Raises
    ------
    ConfigError
        If `rate` is not in [0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> dropout = lk.Dropout(0.5).draw(1)
    >>> dropout.forward(np.ones(4))
    array([0., 2., 0., 2.])
    >>> dropout.forward(np.ones(4), training=False)
    array([1., 1., 1., 1.])
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = check_number("rate", rate, minimum=0, below=1)
        self.randomness = Randomness()

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return x with elements dropped, or x itself if not training."""
        self.check_input(x)
        if not training:
            return x
        u = self.randomness.rng.random(x.shape, dtype=x.dtype)
        self.cache = (u >= self.rate).astype(x.dtype) / (1 - self.rate)
        mask: Array = self.cache
        return x * mask

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Return grad ∘ m, with the mask m of the last `forward`."""
        mask: Array = self.cache
        self.check_gradient(grad, mask.shape)
        return grad * mask if input_grad else None

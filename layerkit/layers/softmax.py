"""Softmax: scores as probabilities."""

import numpy as np

from layerkit.layers.base import Layer
from layerkit.validation import Array

__all__ = ["Softmax"]


class Softmax(Layer):
    r"""Probabilities over the last axis (Bridle, 1990).

    .. math::

        \text{forward:}\quad p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} \qquad
        \text{backward:}\quad \frac{\partial C}{\partial z_i} =
        p_i \Bigl(\frac{\partial C}{\partial p_i} - \sum_j p_j \frac{\partial C}{\partial p_j}\Bigr)

    Shapes: any with at least one axis. Train a classifier on logits with `layerkit.CrossEntropyLoss`,
    which is the accurate form of this layer with the logarithm of its output; put Softmax after a
    trained network that should give probabilities, or before a loss that takes them.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> lk.Softmax().forward(np.log([[1.0, 2.0, 5.0]]))
    array([[0.125, 0.25 , 0.625]])
    """

    name = "softmax"
    gain = 1.0

    def forward(self, x: Array, training: bool = True) -> Array:
        """Return the probabilities."""
        self.check_input(x)
        e = np.exp(x - x.max(axis=-1, keepdims=True))  # the largest exponent is 0: no overflow
        p: Array = e / e.sum(axis=-1, keepdims=True)
        if training:
            self.cache = p
        return p

    def backward(self, grad: Array, input_grad: bool = True) -> Array | None:
        """Return p ∘ (grad - Σ p grad)."""
        p: Array = self.cache
        self.check_gradient(grad, p.shape)
        return p * (grad - (p * grad).sum(axis=-1, keepdims=True)) if input_grad else None

"""Initializers: the first values of a parameter.

`gain` makes up for what the activation after a layer takes away from the spread of its input: 1/√E[f(z)²] for
z ~ N(0, 1). The fans of a parameter are the numbers of inputs that an output sums over and of outputs that an input
goes to; see `layerkit.Parameter`.
"""

from layerkit.initializers.base import Constant, Initializer, Normal, Uniform
from layerkit.initializers.scaled import ActivationScaled, Glorot, He, LeCun, Orthogonal

__all__ = ["ActivationScaled", "Constant", "Glorot", "He", "Initializer", "LeCun", "Normal", "Orthogonal", "Uniform"]

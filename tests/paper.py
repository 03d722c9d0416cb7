"""A network of two layers whose numbers fit on a sheet of paper."""

import numpy as np

import layerkit as lk

X = np.array([[1.0, 2.0], [3.0, -1.0]])
Y = np.array([[3.0], [9.0]])


def network():
    """z₁ = [[3, 2], [2, -3]], a₁ = [[3, 2], [2, 0]], z₂ = [[5], [5]]; with Y, C = (2² + 4²)/2 = 10."""
    model = lk.Sequential(lk.Dense(2, 2), lk.ReLU(), lk.Dense(2, 1))
    model[0].weight.value, model[0].bias.value = [[1.0, -1.0], [1.0, 1.0]], [0.0, 1.0]
    model[2].weight.value, model[2].bias.value = [[2.0], [-1.0]], [1.0]
    return model

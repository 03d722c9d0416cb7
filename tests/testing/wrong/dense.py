"""Dense layers with a mistake, most of them in a gradient."""

import numpy as np
from testing.wrong.base import Wrong, tanh_slope

import layerkit as lk


class DenseBase(lk.Dense):
    """Dense(3, 3), for one method to be overridden."""

    def __init__(self, in_features=3, out_features=3, **options):
        super().__init__(in_features, out_features, **options)

    def gradients(self, weight, bias):
        self.weight.grad, self.bias.grad = weight, bias


class TransposedGradient(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        self.weight.grad = self.weight.grad.T.copy()
        return dx


class NotTransposedWeight(DenseBase):
    def backward(self, grad, input_grad=True):
        super().backward(grad)
        return grad @ self.weight.value if input_grad else None


class Accumulates(DenseBase):
    def backward(self, grad, input_grad=True):
        weight, bias = self.weight.grad.copy(), self.bias.grad.copy()
        dx = super().backward(grad, input_grad)
        self.gradients(weight + self.weight.grad, bias + self.bias.grad)
        return dx


class BiasNotSummed(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        self.bias.grad = grad[0] if len(grad) else np.zeros(3)
        return dx


class BiasForgotten(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        self.bias.grad = np.zeros(3)
        return dx


class AveragedGradients(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        self.gradients(self.weight.grad / max(1, len(grad)), self.bias.grad)
        return dx


class GradientReturnedInPlace(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        grad *= 0.5
        return dx


class WrongOutputShape(DenseBase):
    def output_shape(self, shape):
        return (*self.check_shape(shape), 1)


class ParametersForgottenWithoutInputGrad(DenseBase):
    def backward(self, grad, input_grad=True):
        return super().backward(grad) if input_grad else None


class DenseTanh(DenseBase):
    """An affine layer and tanh in one, right but for `_where`."""

    def forward(self, x, training=True):
        z = super().forward(x, False)
        if training:
            self.cache = x, z
        return np.tanh(z)

    def backward(self, grad, input_grad=True):
        x, z = self.cache
        grad = grad * self._slope(x, z)
        self.gradients(x.T @ grad, grad.sum(axis=0))
        return grad @ self.weight.value.T if input_grad else None


class SlopeAtLayerInput(DenseTanh):
    def _slope(self, x, z):
        return tanh_slope(x)


class SlopeAtLayerOutput(DenseTanh):
    def _slope(self, x, z):
        return tanh_slope(np.tanh(z))


class NonsenseInParameter(DenseBase):
    def backward(self, grad, input_grad=True):
        dx = super().backward(grad, input_grad)
        self.weight.grad = np.cos(7 * self.weight.value)
        return dx


wrong_dense_layers = {
    "transposed weight gradient": Wrong(TransposedGradient(), "parameter_gradients", "transposed"),
    "weight not transposed": Wrong(NotTransposedWeight(), "input_gradient", "where differences of forward give"),
    "gradients accumulate": Wrong(Accumulates(), "overwrite", "no zero_grad"),
    "bias gradient not summed": Wrong(BiasNotSummed(), "parameter_gradients", "grad.sum(axis=0)"),
    "bias gradient forgotten": Wrong(BiasForgotten(), "parameter_gradients", "never set"),
    "weight gradient averaged": Wrong(AveragedGradients(), "parameter_gradients", "divided by n = 5"),
    "gradient changed": Wrong(GradientReturnedInPlace(), "arrays_kept", "in place"),
    "output_shape wrong": Wrong(WrongOutputShape(), "output_shape", "declares samples of shape (3, 1)"),
    "parameters only with input_grad": Wrong(
        ParametersForgottenWithoutInputGrad(), "input_grad", "leaves another gradient in 'weight'"
    ),
    "slope at the layer's input": Wrong(
        SlopeAtLayerInput(), "input_gradient", "at the layer's input x instead of at z"
    ),
    "slope at the layer's output": Wrong(
        SlopeAtLayerOutput(), "input_gradient", "at the layer's output a instead of at z"
    ),
    "nonsense in a parameter": Wrong(NonsenseInParameter(), "parameter_gradients", "9 of 9 elements are wrong"),
}

"""Other wrong layers."""

import time

import numpy as np
from testing.wrong.base import SCRATCH, Wrong

import layerkit as lk


class RowsMixed(lk.Layer):
    def forward(self, x, training=True):
        if training:
            self.cache = x.shape
        return x - x.mean(axis=0, keepdims=True) if len(x) else x

    def backward(self, grad, input_grad=True):
        grad = grad.reshape(self.cache)
        return grad - grad.mean(axis=0, keepdims=True) if input_grad else None


class GlobalRandomness(lk.Layer):
    def forward(self, x, training=True):
        return x + np.random.normal(size=x.shape)  # noqa: NPY002  # the mistake

    def backward(self, grad, input_grad=True):
        return grad if input_grad else None


class OwnEntropy(lk.Layer):
    def forward(self, x, training=True):
        return x + np.random.default_rng().normal(size=x.shape)

    def backward(self, grad, input_grad=True):
        return grad if input_grad else None


class RoundsToFloat32(lk.Layer):
    def forward(self, x, training=True):
        if training:
            self.cache = x
        return np.sin(x).astype(np.float32)

    def backward(self, grad, input_grad=True):
        return grad * np.cos(self.cache) if input_grad else None


class AlwaysFloat64(lk.Layer):
    def forward(self, x, training=True):
        if training:
            self.cache = x
        return np.sin(x) * np.float64(1)

    def backward(self, grad, input_grad=True):
        return grad * np.cos(self.cache) if input_grad else None


class SharedParameter(lk.Layer):
    factor = lk.Parameter((1,), lk.initializers.Constant(2.0))

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return x * self.factor.value

    def backward(self, grad, input_grad=True):
        self.factor.grad = [np.sum(grad * self.cache)]
        return grad * self.factor.value if input_grad else None


class WarnsNeedlessly(lk.Layer):
    def forward(self, x, training=True):
        if training:
            self.cache = x
        return np.where(x > 0, np.sqrt(x), 0 * x)

    def backward(self, grad, input_grad=True):
        return np.where(self.cache > 0, grad / (2 * np.sqrt(self.cache)), 0 * grad) if input_grad else None


class ScratchForAll(lk.Layer):
    """Right in one thread, wrong in several: an intermediate result lies where all threads write."""

    def forward(self, x, training=True):
        if training:
            self.cache = x
        SCRATCH["x"] = x
        time.sleep(1e-4)  # meanwhile, others write
        return np.sin(SCRATCH["x"])

    def backward(self, grad, input_grad=True):
        return grad * np.cos(self.cache) if input_grad else None


class Scaled(lk.Layer):
    """2 x, for one method to be overridden."""

    def forward(self, x, training=True):
        if training:
            self.cache = x.shape
        return 2 * x

    def backward(self, grad, input_grad=True):
        return 2 * grad.reshape(self.cache) if input_grad else None


class TransposedInputGradient(Scaled):
    def backward(self, grad, input_grad=True):
        return super().backward(grad).T if input_grad else None


class NoInputGradient(Scaled):
    def backward(self, grad, input_grad=True):
        super().backward(grad)


class ListReturned(Scaled):
    def forward(self, x, training=True):
        return super().forward(x, training).tolist()


class CancelsInFloat32(Scaled):
    def forward(self, x, training=True):
        return super().forward(x + 1e6, training) - 2e6


class Rough(Scaled):
    def forward(self, x, training=True):
        return super().forward(x, training) + 1e-6 * np.sin(1e9 * x)


class RowByRow(Scaled):
    def forward(self, x, training=True):
        return np.array([2 * row for row in super().forward(x / 2, training)], x.dtype)


class RefusesCompany(Scaled):
    """It raises an error where two threads meet in it."""

    def forward(self, x, training=True):
        if SCRATCH.get("busy"):
            raise RuntimeError("busy")
        SCRATCH["busy"] = True
        time.sleep(1e-4)
        SCRATCH["busy"] = False
        return super().forward(x, training)


class MixesPasses(lk.Layer):
    def forward(self, x, training=True):
        if training:
            self.cache = x + vars(self).get("cache", 0 * x) if vars(self).get("shape") == x.shape else x
            self.shape = x.shape
        return np.sin(x)

    def backward(self, grad, input_grad=True):
        return grad * np.cos(self.cache) if input_grad else None


class ForgetsWhenPickled(Scaled):
    factor = 1.0

    def __init__(self):
        vars(self)["factor"] = 2.0

    def forward(self, x, training=True):
        return super().forward(x, training) * self.factor / 2

    def __deepcopy__(self, memo):
        return type(self)()

    def __getstate__(self):
        return {}


class ConfigOfOthers(Scaled):
    def to_config(self):
        return super().to_config() | {"units": 3}


class ConfigIncomplete(lk.Layer):
    def __init__(self, features=2):
        self.features = features
        self.shift = lk.Parameter((features,), lk.initializers.Constant(1.0))

    def forward(self, x, training=True):
        if training:
            self.cache = x.shape
        return x + self.shift.value

    def backward(self, grad, input_grad=True):
        self.shift.grad = grad.reshape(self.cache).sum(axis=0)
        return grad.copy() if input_grad else None

    def to_config(self):
        return {"class": super().to_config()["class"]}  # the mistake


wrong_layers = {
    "rows mixed": Wrong(RowsMixed(), "rows", "row 0 of a batch"),
    "global randomness": Wrong(GlobalRandomness(), "deterministic", "global random generator"),
    "entropy of its own": Wrong(OwnEntropy(), "deterministic", "layer's own generator"),
    "rounds to float32": Wrong(RoundsToFloat32(), "float32", "rounded to float32"),
    "always float64": Wrong(AlwaysFloat64(), "float32", "promotion"),
    "parameter on the class": Wrong(SharedParameter(), "instances", "parameter lies on the class"),
    "warns": Wrong(WarnsNeedlessly(), "warning_free", "invalid value"),
    "scratch for all": Wrong(ScratchForAll(), "same_in_threads", "8 threads"),
    "input gradient transposed": Wrong(TransposedInputGradient(), "gradient_shape", "not the shape of the input"),
    "input gradient not returned": Wrong(NoInputGradient(), "gradient_shape", "backward returned None"),
    "a list": Wrong(ListReturned(), "output_shape", "forward returned list, not an array"),
    "cancels in float32": Wrong(CancelsInFloat32(), "float32", "loses its digits in float32"),
    "rough": Wrong(Rough(), "input_gradient", "not a smooth function"),
    "row by row": Wrong(RowByRow(), "empty_batch", "loses the batch axis"),
    "no company": Wrong(RefusesCompany(), "same_in_threads", "8 threads"),
    "passes mixed": Wrong(MixesPasses(), "last_forward", "left over in the next"),
    "forgets when pickled": Wrong(ForgetsWhenPickled(), "copies", "a copy by pickle gives another result"),
    "config of another class": Wrong(ConfigOfOthers(), "config", "does not give the constructor's arguments"),
    "config incomplete": Wrong(ConfigIncomplete(3), "config", "an argument that the parameters depend on is missing"),
}

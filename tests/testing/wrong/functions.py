"""Wrong functions and derivatives."""

import math

import numpy as np
from testing.wrong.base import Wrong, logistic, tanh_slope

import layerkit as lk

C = math.sqrt(2 / math.pi)


class Named(lk.Activation):
    name = "wrong"


def activation(function, derivative, **attributes):
    """Return the class of an activation made of two functions of z."""
    methods = {"function": lambda self, z: function(z), "derivative": lambda self, z: derivative(z)}
    qualname = {"__qualname__": "activation.<locals>.Wrong"}
    return type("Wrong", (Named,), methods | attributes | qualname)


def gelu(z):
    near = np.clip(z, -20, 20)
    return 0.5 * z * (1 + np.tanh(C * (near + 0.044715 * near**3)))


def gelu_slope(z, constant=0.044715):
    z = np.clip(z, -20, 20)
    u = C * (z + 0.044715 * z**3)
    return 0.5 * (1 + np.tanh(u)) + 0.5 * z * tanh_slope(u) * C * (1 + 3 * constant * z**2)


def relu(z):
    return np.maximum(z, 0)


def step(z):
    return (z > 0).astype(z.dtype)


wrong_functions = {
    "slope scaled by 1.0005": Wrong(
        activation(np.tanh, lambda z: 1.0005 * tanh_slope(z)), "derivative", "1.0005 times"
    ),
    "slope doubled": Wrong(activation(np.tanh, lambda z: 2 * tanh_slope(z)), "derivative", "is 2 times"),
    "slope doubled, where the second derivative jumps": Wrong(
        activation(lambda z: z / (1 + np.abs(z)), lambda z: 2 * (1 / (1 + np.abs(z))) ** 2), "derivative", "is 2 times"
    ),
    "inner derivative forgotten": Wrong(
        activation(lambda z: np.sin(3 * z), lambda z: np.cos(3 * z)), "derivative", "is 1/3 times"
    ),
    "0.0447 in gelu": Wrong(activation(gelu, lambda z: gelu_slope(z, 0.0447)), "derivative", "too few digits"),
    "sign": Wrong(activation(np.tanh, lambda z: -tanh_slope(z)), "derivative", "sign is wrong"),
    "zero beyond 9": Wrong(
        activation(np.tanh, lambda z: np.where(np.abs(z) > 9, z.dtype.type(0), tanh_slope(z))),
        "derivative",
        "saturated form in the tail: the derivative is zero from |z| = 9",
    ),
    "zero beyond 5": Wrong(
        activation(np.tanh, lambda z: np.where(np.abs(z) > 5, z.dtype.type(0), tanh_slope(z))),
        "derivative",
        "saturated form in the tail: the derivative is zero from |z| = 5",
    ),
    "wrong in one small stretch": Wrong(
        activation(np.tanh, lambda z: np.where(np.abs(z - 0.6) < 0.002, 2 * tanh_slope(z), tanh_slope(z))),
        "derivative",
        "only a stretch around z = 0.6",
    ),
    "1 - tanh² in float32": Wrong(
        activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2), "accuracy", "saturated form in the tail"
    ),
    "a (1 - a) in float32": Wrong(
        activation(logistic, lambda z: logistic(z) * (1 - logistic(z))), "accuracy", "saturated form in the tail"
    ),
    "exp(z) - 1": Wrong(
        activation(lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1), lambda z: np.exp(np.minimum(z, 0))),
        "accuracy",
        "np.expm1",
    ),
    "slope in terms of a": Wrong(activation(np.tanh, lambda z: 1 - z**2), "derivative", "written for the output a"),
    "sigmoid slope in terms of a": Wrong(
        activation(logistic, lambda z: z * (1 - z)), "derivative", "written for the output a"
    ),
    "function in place of slope": Wrong(activation(np.tanh, np.tanh), "derivative", "returns f(z) itself"),
    "product rule, second term": Wrong(
        activation(lambda z: z * logistic(z), logistic), "derivative", "z g′(z) is missing"
    ),
    "product rule, first term": Wrong(
        activation(lambda z: z * logistic(z), lambda z: z * logistic(z) * logistic(-z)),
        "derivative",
        "term g(z) is missing",
    ),
    "term forgotten": Wrong(activation(lambda z: z + np.tanh(z), tanh_slope), "derivative", "too small by 1"),
    "swapped branches": Wrong(activation(relu, lambda z: (z < 0).astype(z.dtype), kinks=(0.0,)), "derivative", "-z"),
    "one branch scaled": Wrong(
        activation(
            lambda z: np.where(z > 0, z, 0.1 * z),
            lambda z: np.where(z > 0, z.dtype.type(1), z.dtype.type(0.2)),
            kinks=(0.0,),
        ),
        "derivative",
        "branch for z < 0 is wrong, by the constant factor 2",
    ),
    "right branch scaled": Wrong(
        activation(
            lambda z: np.where(z > 0, z, 0.1 * z),
            lambda z: np.where(z > 0, z.dtype.type(2), z.dtype.type(0.1)),
            kinks=(0.0,),
        ),
        "derivative",
        "branch for z > 0 is wrong, by the constant factor 2",
    ),
    "slope inverted": Wrong(activation(np.sinh, lambda z: 1 / np.cosh(z)), "derivative", "inverted"),
    "sign lost": Wrong(
        activation(np.cos, lambda z: np.abs(np.sin(z)) * (1 + 0 * z)), "derivative", "sign is wrong for a part"
    ),
    "undeclared kink": Wrong(activation(relu, step), "kinks", "kinks = (0.0,)"),
    "undeclared kink at 3": Wrong(
        activation(lambda z: np.clip(z, -1, 3), lambda z: ((z > -1) & (z < 3)).astype(z.dtype), kinks=(-1.0,)),
        "kinks",
        "kinks = (-1.0, 3.0)",
    ),
    "a jump": Wrong(
        activation(lambda z: np.where(z > 0.5, z, 0 * z), lambda z: (z > 0.5).astype(z.dtype)),
        "kinks",
        "jumps from 0 to 0.5 at z = 0.5",
    ),
    "convention outside of the slopes": Wrong(
        activation(relu, lambda z: np.where(z == 0, z.dtype.type(2), step(z)), kinks=(0.0,)),
        "kinks",
        "derivative(0) is 2",
    ),
    "overflow": Wrong(activation(lambda z: np.log(1 + np.exp(z)), logistic), "accuracy", "result overflows"),
    "overflow in the slope": Wrong(
        activation(lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), lambda z: np.exp(z) / (1 + np.exp(z))),
        "derivative",
        "overflows",
    ),
    "a warning": Wrong(
        activation(lambda z: np.where(z > 0, z, np.expm1(z)), lambda z: np.exp(np.minimum(z, 0))),
        "finite",
        "warning 'overflow",
    ),
    "rounded to float32": Wrong(
        activation(lambda z: (2 * z).astype(np.float32), lambda z: np.full_like(z, 2)), "dtype", "fewer digits than z"
    ),
    "boolean slope": Wrong(activation(relu, lambda z: z > 0, kinks=(0.0,)), "dtype", "astype(z.dtype)"),
    "slope is a number": Wrong(activation(lambda z: 2 * z, lambda z: 2.0), "dtype", "np.full_like"),
    "in place": Wrong(activation(lambda z: np.tanh(z, out=z), tanh_slope), "shape", "in place"),
    "maximum over the array": Wrong(
        activation(lambda z: z - 0.1 * np.max(z, initial=0), np.ones_like), "shape", "not elementwise"
    ),
    "flattened": Wrong(
        activation(lambda z: np.ravel(z) * 2, lambda z: np.full_like(z, 2)), "shape", "returned shape (1,) for shape ()"
    ),
    "NaN swallowed": Wrong(
        activation(lambda z: np.where(z > 0, z, z.dtype.type(0)), step, kinks=(0.0,)), "nan", "swallows"
    ),
    "NaN spreads": Wrong(activation(lambda z: z + 0 * np.sum(z), np.ones_like), "nan", "numbers beside a NaN"),
    "no maximum of nothing": Wrong(
        activation(lambda z: z - 0 * np.max(z), np.ones_like), "shape", "it raised ValueError: zero-size array"
    ),
}

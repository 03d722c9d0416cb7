"""Questions about the gradients of a layer: against differences, with a diagnosis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from layerkit.validation import FLOAT32, FLOAT64, Array
from layerkit.errors import CheckError
from layerkit.layers.base import Layer
from layerkit.testing.cases import BATCH, Evidence, LayerCase, close, named, selected
from layerkit.testing.diagnosis import UNKNOWN, Diagnosis, Suspect, explain
from layerkit.testing.differences import Estimate, numerical_derivative

__all__ = ["float32", "input_gradient", "overwrite", "parameter_gradients", "parameters_alone", "wrong_elements"]


def input_gradient(case: LayerCase) -> None:
    """The gradient that backward returns is that of forward, by differences in float64."""
    evidence = case.evidence
    layer, found = _went_back(case, evidence)
    if found.shape != evidence.x.shape:
        raise CheckError(
            f"backward returned shape {found.shape} for an input of shape {evidence.x.shape}.",
            mistake="the gradient has not the shape of the input",
            fix="return grad @ self.weight.value.T  # one row a sample, one column a feature of the input",
        )
    chosen = evidence.chosen["input"]
    found, expected = selected(found, chosen), evidence.expected["input"]
    wrong = wrong_elements(found, expected)
    if wrong.size:
        guess = explain(found, expected.value, _suspects(case, evidence), _sizes(evidence))
        if guess is UNKNOWN:
            guess = _fused(case, layer, evidence)
        raise _mismatch("backward", found, expected, wrong, evidence.x, guess)


def parameter_gradients(case: LayerCase) -> None:
    """The gradient that backward leaves in each parameter is that of forward, by differences in float64."""
    evidence = case.evidence
    layer, _ = _went_back(case, evidence)
    for name, parameter in named(layer):
        found, expected = selected(parameter.grad, evidence.chosen[name]), evidence.expected[name]
        wrong = wrong_elements(found, expected)
        if wrong.size:
            rows = [_row(evidence.grad, row, found) for row in (0, -1)]
            suspects = [
                Suspect(row, "one row of grad, where the sum over the batch belongs", "grad.sum(axis=0)")
                for row in rows
                if row is not None
            ]
            guess = explain(found, expected.value, suspects, _sizes(evidence))
            if guess is UNKNOWN:
                guess = _fused(case, layer, evidence)
            raise _mismatch(f"the parameter {name!r}: backward", found, expected, wrong, None, guess)


def overwrite(case: LayerCase) -> None:
    """A second backward replaces the gradients of the parameters, it does not add to them."""
    layer, x = case.fresh(), case.input()
    y = layer.forward(x, True)
    grad = case.gradient(y)
    layer.backward(grad)
    once = {name: parameter.grad.copy() for name, parameter in named(layer)}
    layer.backward(grad)
    for name, parameter in named(layer):
        if not close(parameter.grad, once[name]):
            twice = close(parameter.grad, 2 * once[name])
            raise CheckError(
                f"the same backward twice leaves another gradient in {name!r} than once.",
                mistake="the gradient is added to what was there" if twice else "the gradient depends on the last one",
                fix=f"self.{parameter.name}.grad = ...  # assign; there is no zero_grad in layerkit",
            )


def parameters_alone(case: LayerCase) -> None:
    """backward_parameters leaves the same gradients in the parameters as backward."""
    layer, x = case.fresh(), case.input()
    y = layer.forward(x, True)
    grad = case.gradient(y)
    layer.backward(grad)
    expected = [parameter.grad.copy() for parameter in layer.parameters()]
    for parameter in layer.parameters():
        parameter.grad = np.full(parameter.shape, np.nan)
    layer.backward_parameters(grad)
    for (name, parameter), gradient in zip(named(layer), expected, strict=True):
        if not close(parameter.grad, gradient):
            raise CheckError(
                f"backward_parameters leaves another gradient in {name!r} than backward.",
                mistake="backward_parameters does not do the same as backward",
                fix="leave backward_parameters out: the inherited one calls backward",
            )


def float32(case: LayerCase) -> None:
    """In float32, forward and backward give the values of float64, to float32's accuracy."""
    results: dict[object, list[Array]] = {}
    for dtype in (FLOAT64, FLOAT32):
        layer, x = case.fresh(dtype), case.input(FLOAT32).astype(dtype)
        y = np.asarray(layer.forward(x, False))
        trained = layer.forward(x, True)
        dx = np.asarray(layer.backward(case.gradient(trained).astype(np.asarray(trained).dtype)))
        results[dtype] = [y] if case.is_random else [y, dx]
        for what, array in (("forward", y), ("backward", dx)):
            if array.dtype != dtype:
                raise CheckError(
                    f"{what} returned {array.dtype} in a network of {dtype}.",
                    mistake="the result is rounded to float32"
                    if dtype == FLOAT64
                    else "promotion to float64, by an array or NumPy number of that dtype in the formula",
                    fix="plain Python numbers as constants; np.zeros(shape, x.dtype) for arrays",
                )
    for what, double, single in zip(("forward", "backward"), results[FLOAT64], results[FLOAT32], strict=False):
        scale = max(float(np.abs(double).max(initial=0)), 1e-30)
        difference = np.abs(single.astype(FLOAT64) - double) / scale
        if not (difference < 1e-4).all():
            raise CheckError(
                f"{what} in float32 differs from float64 by {np.nanmax(difference):.2g} of the largest value.",
                mistake="the formula loses its digits in float32",
                fix="a form that does not subtract nearly equal numbers, nor overflow",
            )


def wrong_elements(found: Array, expected: Estimate) -> npt.NDArray[np.intp]:
    """Return the flat indices of what differs by more than the differences can be off, the worst first."""
    scale = np.abs(expected.value).max(initial=0)
    excess = np.abs(found - expected.value) - (1e-6 * scale + 10 * expected.error + 1e-12)
    excess = np.where(np.isfinite(excess), excess, np.inf).reshape(-1)
    order = np.argsort(-excess, kind="stable")
    wrong: npt.NDArray[np.intp] = order[excess[order] > 0]
    return wrong


def _went_back(case: LayerCase, evidence: Evidence) -> tuple[Layer, Array]:
    layer = case.fresh()
    layer.forward(evidence.x, True)
    return layer, np.asarray(layer.backward(evidence.grad), FLOAT64)


def _suspects(case: LayerCase, evidence: Evidence) -> Iterator[Suspect]:
    x, y, grad, chosen = evidence.x, evidence.y, evidence.grad, evidence.chosen["input"]
    for factor in (1, 1 / len(x)):
        yield Suspect(
            case.input_gradient(x, np.full_like(grad, factor), chosen).value,
            "the incoming gradient is not multiplied in",
            "return grad * ...  # in backward: the chain rule",
        )
    if x.shape == y.shape:
        yield Suspect(
            selected(grad, chosen),
            "the incoming gradient is handed on as it came: the layer's own derivative is missing",
            "return grad * self.derivative(self.cache)",
        )
        for place, there in (("at the output a", y), ("at the incoming gradient", grad)):
            yield Suspect(
                case.input_gradient(there, grad, chosen).value,
                f"the derivative is taken {place} instead of at the input z",
                "self.cache = x  # in forward, and self.derivative(self.cache) in backward",
            )
        yield Suspect(
            selected(grad * y, chosen),
            "the function is multiplied in where the derivative belongs",
            "return grad * self.derivative(self.cache)",
        )


def _fused(case: LayerCase, layer: Layer, evidence: Evidence) -> Diagnosis:
    # A layer f(z), z = x W + b: with all but b at zero, z is b, and f′ can be had anywhere. Its gradient of b
    # then tells where backward took f′.
    shape = evidence.y.shape[1:]
    for position, parameter in enumerate(layer.parameters()):
        if parameter.shape != shape or len(shape) != 1:
            continue

        def of_bias(bias: Array, position: int = position) -> Array:
            bare = case.fresh()
            for other in bare.parameters():
                other.value = np.zeros(other.shape)
            bare.parameters()[position].value = bias
            output: Array = bare.forward(evidence.x[:1], True)[0]
            return output

        for place, points in (("output a", evidence.y), ("input x", evidence.x)):
            if points.shape != evidence.y.shape:
                continue
            slopes = np.array([numerical_derivative(of_bias, row, 1e-3).value for row in points])
            if close(np.asarray(parameter.grad), (evidence.grad * slopes).sum(axis=0)):
                return Diagnosis(
                    f"the derivative is taken at the layer's {place} instead of at z = x W + b",
                    "self.cache = x, z  # in forward, and f′(z) in backward",
                )
    return UNKNOWN


def _row(grad: Array, row: int, found: Array) -> Array | None:
    one: Array = grad[row]
    return one if one.shape == found.shape else None


def _sizes(evidence: Evidence) -> dict[str, int]:
    return {"the number of rows": BATCH, "the number of elements of the output": evidence.y.size}


def _mismatch(
    what: str, found: Array, expected: Estimate, wrong: npt.NDArray[np.intp], x: Array | None, guess: Diagnosis
) -> CheckError:
    worst = int(wrong[0])
    error = float(expected.error.flat[worst])
    return CheckError(
        f"{what} gives {found.flat[worst]:.9g} where differences of forward give {expected.value.flat[worst]:.9g} "
        f"(uncertain by {error:.1g}); {wrong.size} of {found.size} elements are wrong.",
        mistake=guess.mistake,
        fix=guess.fix,
        worst_input=None if x is None or x.size != found.size else float(x.flat[worst]),
    )

"""Checks of the gradients of a layer: against differences, with a diagnosis."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from layerkit.batch import arrays, each, same_shape, shape_of
from layerkit.errors import CheckError
from layerkit.layers.base import Layer
from layerkit.network.composite import Composite
from layerkit.testing.batches import close, parts, with_floats
from layerkit.testing.diagnosis import UNKNOWN, Diagnosis, Suspect, explain
from layerkit.testing.differences import Estimate, numerical_derivative
from layerkit.testing.evidence import Reference, selected
from layerkit.testing.layer_subject import BATCH, LayerSubject
from layerkit.validation import FLOAT32, FLOAT64, Array, Batch, Shape

__all__ = ["float32", "gradient_shape", "input_grad", "input_gradient", "overwrite", "parameter_gradients"]
__all__ += ["mismatch", "wrong_elements"]


def gradient_shape(subject: LayerSubject) -> None:
    """backward returns a gradient of the shape of each array of the input, None only for integers and masks.

    Likely mistake: the gradient has not the shape of the input.
    Write: return grad @ self.weight.value.T  # one row a sample, one column a feature of the input
    """
    layer, x = subject.fresh(), subject.input()
    dx = layer.backward(subject.gradient(layer.forward(x, True)))
    if not same_shape(dx, shape_of(x)):
        raise CheckError(f"backward returned shape {shape_of(dx)} for an input of shape {shape_of(x)}.")
    leaves = _leaves(dx, x)
    network = isinstance(layer, Composite) and isinstance(x, tuple)  # None may come from a layer within
    for (name, array), found, needed in zip(parts(x, "x"), leaves, subject.needs_gradient, strict=True):
        if found is None and needed and not network:
            which = "" if len(leaves) == 1 else f" as the gradient of {name}, which holds floats"
            raise CheckError(
                f"backward returned None{which}.",
                mistake="the result is not returned",
                fix="return grad * ...  # None is for integers and masks: see input_dtype",
            )
        if found is not None and array.dtype.kind != "f":
            raise CheckError(
                f"backward returned a gradient for {name}, which holds {array.dtype}.",
                mistake="integers and masks have no gradient",
                fix="return None  # or, for a tuple, None in its place",
            )


def input_gradient(subject: LayerSubject) -> None:
    """The gradient that backward returns is that of forward, by differences in float64."""
    evidence = subject.evidence
    layer, dx = _went_back(subject)
    founds = _leaves(dx, evidence.x)
    for i, ((name, x), found, reference) in enumerate(
        zip(parts(evidence.x, "x"), founds, evidence.inputs, strict=True)
    ):
        if found is not None and reference is not None:
            what = "backward" if len(founds) == 1 else f"the gradient of {name}: backward"
            _compare(subject, layer, what, found, reference, _suspects(subject, i, reference.chosen), x)


def parameter_gradients(subject: LayerSubject) -> None:
    """The gradient that backward leaves in each parameter is that of forward, by differences in float64."""
    layer, _ = _went_back(subject)
    for name, parameter in layer.named_parameters().items():
        reference, what = subject.evidence.parameters[name], f"the parameter {name!r}: backward"
        _compare(subject, layer, what, parameter.grad, reference, _rows(subject.evidence.grad, parameter.shape))


def overwrite(subject: LayerSubject) -> None:
    """A second backward replaces the gradients of the parameters, it does not add to them."""
    layer, x = subject.fresh(), subject.input()
    grad = subject.gradient(layer.forward(x, True))
    layer.backward(grad)
    once = {name: parameter.grad.copy() for name, parameter in layer.named_parameters().items()}
    layer.backward(grad)
    for name, parameter in layer.named_parameters().items():
        if not close(parameter.grad, once[name]):
            twice = close(parameter.grad, 2 * once[name])
            raise CheckError(
                f"the same backward twice leaves another gradient in {name!r} than once.",
                mistake="the gradient is added to what was there" if twice else "the gradient depends on the last one",
                fix=f"self.{name}.grad = ...  # assign; there is no zero_grad in layerkit",
            )


def input_grad(subject: LayerSubject) -> None:
    """With input_grad=False, backward returns None and leaves the same gradients in the parameters.

    Likely mistake: the gradients of the parameters are computed only along with that of the input.
    Write: set every grad first; only what is returned depends on input_grad
    """
    layer, x = subject.fresh(), subject.input()
    grad = subject.gradient(layer.forward(x, True))
    layer.backward(grad)
    expected = {name: parameter.grad.copy() for name, parameter in layer.named_parameters().items()}
    for parameter in layer.parameters():
        parameter.grad = np.nan
    result = layer.backward(grad, input_grad=False)
    if result is not None:
        raise CheckError(
            f"backward(grad, input_grad=False) returned {type(result).__name__}, expected None.",
            mistake="input_grad is not read",
            fix="return dx if input_grad else None",
        )
    for name, parameter in layer.named_parameters().items():
        if not close(parameter.grad, expected[name]):
            raise CheckError(
                f"backward(grad, input_grad=False) leaves another gradient in {name!r} than backward(grad)."
            )


def float32(subject: LayerSubject) -> None:
    """In float32, forward and backward give the values of float64, to float32's accuracy.

    Likely mistake: the formula loses its digits in float32.
    Write: a form that does not subtract nearly equal numbers, nor overflow
    """
    results: dict[object, list[Batch]] = {}
    for dtype in (FLOAT64, FLOAT32):
        layer, x = subject.fresh(dtype), with_floats(subject.input(FLOAT32), dtype)
        y = layer.forward(x, False)
        dx = layer.backward(subject.gradient(layer.forward(x, True)))
        results[dtype] = [y] if subject.is_random else [y, dx]
        for what, batch in (("forward", y), ("backward", dx)):
            for array in arrays(batch):
                _check_dtype(what, array, dtype)
    for what, double, single in zip(("forward", "backward"), results[FLOAT64], results[FLOAT32], strict=False):
        for exact, rounded in zip(arrays(double), arrays(single), strict=True):
            if exact is None or np.asarray(exact).dtype.kind != "f":
                continue
            scale = max(float(np.abs(exact).max(initial=0)), 1e-30)
            difference = np.abs(np.asarray(rounded, FLOAT64) - exact) / scale
            if not (difference < 1e-4).all():
                raise CheckError(
                    f"{what} in float32 differs from float64 by {np.nanmax(difference):.2g} of the largest value."
                )


def wrong_elements(found: Array, expected: Estimate) -> npt.NDArray[np.intp]:
    """Return the flat indices of what differs by more than the differences can be off, the worst first."""
    scale = np.abs(expected.value).max(initial=0)
    excess = np.abs(found - expected.value) - (1e-6 * scale + 10 * expected.error + 1e-12)
    excess = np.where(np.isfinite(excess), excess, np.inf).reshape(-1)
    order = np.argsort(-excess, kind="stable")
    wrong: npt.NDArray[np.intp] = order[excess[order] > 0]
    return wrong


def mismatch(
    what: str, found: Array, expected: Estimate, wrong: npt.NDArray[np.intp], x: Array | None, guess: Diagnosis
) -> CheckError:
    """Return the error for a gradient that is not that of differences."""
    worst = int(wrong[0])
    error = float(expected.error.flat[worst])
    return CheckError(
        f"{what} gives {found.flat[worst]:.9g} where differences of forward give {expected.value.flat[worst]:.9g} "
        f"(uncertain by {error:.1g}); {wrong.size} of {found.size} elements are wrong.",
        **guess._asdict(),
        worst_input=None if x is None or x.size != found.size else float(x.flat[worst]),
    )


def _went_back(subject: LayerSubject) -> tuple[Layer, Any]:
    layer = subject.fresh()
    layer.forward(subject.evidence.x, True)
    return layer, layer.backward(subject.evidence.grad)


def _compare(
    subject: LayerSubject,
    layer: Layer,
    what: str,
    found: Any,
    reference: Reference,
    suspects: Iterable[Suspect],
    x: Array | None = None,
) -> None:
    found, expected = selected(np.asarray(found, FLOAT64), reference.chosen), reference.estimate
    wrong = wrong_elements(found, expected)
    if wrong.size:
        elements = sum(part.size for part in arrays(subject.evidence.grad) if part is not None)
        sizes = {"the number of rows": BATCH, "the number of elements of the output": elements}
        guess = explain(found, expected.value, suspects, sizes)
        raise mismatch(what, found, expected, wrong, x, _fused(subject, layer) if guess is UNKNOWN else guess)


def _leaves(grad: Any, x: Batch) -> list[Any]:
    # one gradient for each array, None for all arrays of a tuple that has none
    if not isinstance(x, tuple):
        return [grad]
    grads = grad if isinstance(grad, tuple) else (None,) * len(x)
    return [leaf for part, own in zip(grads, x, strict=True) for leaf in _leaves(part, own)]


def _check_dtype(what: str, array: Any, dtype: np.dtype[Any]) -> None:
    if array is None or np.asarray(array).dtype.kind != "f" or np.asarray(array).dtype == dtype:
        return
    raise CheckError(
        f"{what} returned {np.asarray(array).dtype} in a network of {dtype}.",
        mistake="the result is rounded to float32"
        if dtype == FLOAT64
        else "promotion to float64, by an array or NumPy number of that dtype in the formula",
        fix="plain Python numbers as constants; np.zeros(shape, x.dtype) for arrays",
    )


def _suspects(subject: LayerSubject, position: int, chosen: Any) -> Iterator[Suspect]:
    x, y, grad = subject.evidence.x, subject.evidence.y, subject.evidence.grad
    for factor in (1, 1 / BATCH):
        ones = each(lambda part, factor=factor: None if part is None else np.full_like(part, factor), grad)
        yield Suspect(
            subject.input_gradient(x, ones, position, chosen).value,
            "the incoming gradient is not multiplied in",
            "return grad * ...  # in backward: the chain rule",
        )
    if isinstance(x, tuple) or shape_of(x) != shape_of(y):
        return
    yield Suspect(
        selected(grad, chosen),
        "the incoming gradient is handed on as it came: the layer's own derivative is missing",
        "return grad * self.derivative(self.cache)",
    )
    for place, there in (("at the output a", y), ("at the incoming gradient", grad)):
        yield Suspect(
            subject.input_gradient(there, grad, 0, chosen).value,
            f"the derivative is taken {place} instead of at the input z",
            "self.cache = x  # in forward, and self.derivative(self.cache) in backward",
        )
    yield Suspect(
        selected(grad * y, chosen),
        "the function is multiplied in where the derivative belongs",
        "return grad * self.derivative(self.cache)",
    )


def _fused(subject: LayerSubject, layer: Layer) -> Diagnosis:
    # A layer f(z), z = x W + b: with all but b at zero, z is b, and f′ can be had anywhere. Its gradient of b
    # then tells where backward took f′.
    x, y = subject.evidence.x, subject.evidence.y
    for name, parameter in layer.named_parameters().items():
        if isinstance(x, tuple) or isinstance(y, tuple) or y.shape[1:] != parameter.shape or len(parameter.shape) != 1:
            continue

        def of_bias(bias: Array, name: str = name) -> Array:
            bare = subject.fresh()
            for other, own in bare.named_parameters().items():
                own.value = bias if other == name else 0
            output: Array = bare.forward(x[:1], True)[0]
            return output

        for place, points in (("output a", y), ("input x", x)):
            if points.shape != y.shape:
                continue
            slopes = np.array([numerical_derivative(of_bias, row, 1e-3).value for row in points])
            if close(parameter.grad, (subject.evidence.grad * slopes).sum(axis=0)):
                return Diagnosis(
                    f"the derivative is taken at the layer's {place} instead of at z = x W + b",
                    "self.cache = x, z  # in forward, and f′(z) in backward",
                )
    return UNKNOWN


def _rows(grad: Batch, shape: Shape) -> list[Suspect]:
    rows = [] if isinstance(grad, tuple) or grad is None else [grad[0], grad[-1]]
    mistake = "one row of grad, where the sum over the batch belongs"
    return [Suspect(row, mistake, "grad.sum(axis=0)") for row in rows if row.shape == shape]

"""Questions about an optimizer: what a step does to the parameters of a network."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from layerkit.validation import FLOAT32, FLOAT64, Array, Rng, generator
from layerkit.errors import CheckError, ConfigError
from layerkit.layers import Dense
from layerkit.optimizers import Optimizer
from layerkit.network.sequential import Sequential
from layerkit.testing.cases import takes
from layerkit.testing.diagnosis import constant_factor, simple_factor

__all__ = ["QUESTIONS", "OptimizerCase"]

# More parameters than one block of `Optimizer.step` holds, and no multiple of it.
_MANY = 70_001
_RATE = 0.01
_CURVATURES = np.array([0.5, 1.0, 2.0, 0.7, 1.5, 1.1, 0.9, 1.3])


class OptimizerCase:
    """A class of optimizers under examination, the options to make it with, and networks for it to train."""

    def __init__(self, cls: type[Optimizer], options: dict[str, Any], rng: Rng) -> None:
        self.cls, self.options = cls, options
        self._seed = int(generator(rng).integers(1 << 32))

    def make(self, rate: float = _RATE, size: int = 8, dtype: np.dtype[Any] = FLOAT64) -> Optimizer:
        """Return an optimizer of a new network with `size` parameters, equal ones every time."""
        model = Sequential(Dense(size - 1, 1), dtype=dtype, rng=0)
        rng = np.random.default_rng(self._seed)
        pattern = rng.uniform(0.5, 1, 8) * rng.choice([-1.0, 1.0], 8)
        model.parameter_vector[:] = np.resize(pattern, size)
        return self.cls(model, learning_rate=rate, **self.options)


def run(optimizer: Optimizer, steps: int, pull: float = 1.0) -> Array:
    """Take steps down the bowl Σ c θ²/2, and return a copy of the parameters."""
    model = optimizer.model
    curvature = np.resize(_CURVATURES, model.parameter_vector.size).astype(model.dtype)
    for _ in range(steps):
        model.gradient_vector[:] = pull * curvature * model.parameter_vector
        optimizer.step()
    return model.parameter_vector.copy()


def in_place(case: OptimizerCase) -> None:
    """A step changes the network's own parameter vector, and so what its layers see."""
    optimizer = case.make()
    model = optimizer.model
    vector, weight = model.parameter_vector, model.layers[0].parameters()[0]
    before = vector.copy()
    after = run(optimizer, 1)
    if model.parameter_vector is not vector or not np.array_equal(np.ravel(weight.value), after[:-1]):
        raise CheckError(
            "after a step, the layers have other parameters than the parameter vector.",
            mistake="the vector is replaced instead of changed",
            fix="np.subtract(value, scratch, out=value)  # in place",
        )
    if np.array_equal(after, before):
        raise CheckError(
            "a step with a gradient leaves every parameter as it was.",
            mistake="update computes a new array, which is lost: value = value - ... binds a local name",
            fix="value -= scratch  # or np.subtract(value, scratch, out=value)",
        )


def descends(case: OptimizerCase) -> None:
    """Three hundred steps lead down a bowl of eight dimensions."""
    start = np.abs(case.make().model.parameter_vector)
    end = np.abs(run(case.make(), 300))
    height, depth = float(_CURVATURES @ start**2) / 2, float(_CURVATURES @ end**2) / 2
    if not depth < height / 2:
        mistake, fix = "steps are far too small, or grow until they jump across", "scratch = learning_rate * gradient"
        if depth > height or math.isnan(depth):
            opposite = float(_CURVATURES @ run(case.make(), 300, pull=-1.0) ** 2) / 2
            if opposite < height:
                mistake, fix = (
                    "the sign is wrong: the step goes up the gradient",
                    "value -= ...  # against the gradient",
                )
        raise CheckError(
            f"300 steps with learning rate {_RATE} changed the cost from {height:.4g} to {depth:.4g}; at most half was "
            "expected.",
            mistake=mistake,
            fix=fix,
        )


def gradient_kept(case: OptimizerCase) -> None:
    """A step leaves the gradient vector as it is."""
    optimizer = case.make()
    for _ in range(3):
        optimizer.model.gradient_vector[:] = before = _CURVATURES.copy()
        optimizer.step()
        if not np.array_equal(optimizer.model.gradient_vector, before):
            factor = constant_factor(optimizer.model.gradient_vector, before)
            by = f": it is {simple_factor(factor)} times what it was" if factor else ""
            raise CheckError(
                f"a step changed the gradient vector{by}.",
                mistake="the gradient is used as memory for the step",
                fix="np.multiply(grad, self.learning_rate, out=scratch)  # not out=grad",
            )


def zero_gradient(case: OptimizerCase) -> None:
    """Without gradient and weight decay, the parameters stay, and nothing is divided by zero."""
    if takes(case.cls, "weight_decay"):
        case = OptimizerCase(case.cls, case.options | {"weight_decay": 0.0}, 0)
    optimizer = case.make()
    vector = optimizer.model.parameter_vector
    before = vector.copy()
    optimizer.model.gradient_vector[:] = 0
    for _ in range(3):
        optimizer.step()
    if not np.isfinite(vector).all():
        raise CheckError(
            "a gradient of zero makes parameters infinite or NaN.",
            mistake="a division by the size of the gradient, which may be zero",
            fix="scratch += self.epsilon  # before the division",
        )
    if not np.array_equal(vector, before):
        factor = constant_factor(vector, before)
        shrunk = factor is not None and not takes(case.cls, "weight_decay")
        raise CheckError(
            f"three steps with a gradient of zero changed the parameters by up to {np.abs(vector - before).max():.3g}.",
            mistake="parameters shrink without a weight_decay that says so"
            if shrunk
            else "a term without the gradient",
            fix="weight_decay=0.0  # as an argument of __init__" if shrunk else "every term times the gradient",
        )


def learning_rate(case: OptimizerCase) -> None:
    """A learning rate that is reassigned takes effect at the next step; at 0 from the start, the parameters stay."""
    usual, doubled = case.make(), case.make()
    for optimizer in (usual, doubled):
        run(optimizer, 2)
    doubled.learning_rate = 2 * _RATE
    if np.allclose(run(usual, 1), run(doubled, 1), rtol=1e-9, atol=0):
        raise CheckError(
            "a step after learning_rate was doubled is the same as without.",
            mistake="the learning rate is read in __init__ only, and kept under another name",
            fix="self.learning_rate  # in update, at each step",
        )
    idle = case.make(0.0)
    before = idle.model.parameter_vector.copy()
    if not np.array_equal(run(idle, 2), before):
        raise CheckError(
            "steps with learning_rate=0 changed the parameters.",
            mistake="a term of the step is not multiplied by the learning rate",
            fix="scratch *= self.learning_rate  # the whole step",
        )


def deterministic(case: OptimizerCase) -> None:
    """The same steps from the same start lead to the same parameters, to the bit."""
    if not np.array_equal(run(case.make(), 5), run(case.make(), 5)):
        raise CheckError(
            "two equal optimizers on equal networks end at different parameters.",
            mistake="state shared between objects, or random numbers without a generator of the optimizer's own",
            fix="state_names = (...)  # vectors that each optimizer gets for itself",
        )


def own_state(case: OptimizerCase) -> None:
    """Two optimizers do not share state: steps of one do not show in the other."""
    expected = run(case.make(), 4)
    first, second = case.make(), case.make()
    for _ in range(4):
        result = run(first, 1)
        run(second, 1, pull=-3.0)
    if not np.array_equal(result, expected):
        raise CheckError(
            "an optimizer ends at other parameters when a second one takes steps in between.",
            mistake="state shared between objects: it lies on the class, in a module or in a default argument",
            fix='state_names = ("velocity",)  # and update(self, value, grad, scratch, velocity)',
        )


def blocks(case: OptimizerCase) -> None:
    """Many parameters are changed as few are: what happens to one does not depend on their number."""
    if case.cls.step is not Optimizer.step:
        return  # a rule of its own may look at all parameters together
    few, many = run(case.make(), 4), run(case.make(size=_MANY), 4)
    expected = np.resize(few, _MANY)
    wrong = np.flatnonzero(~np.isclose(many, expected, rtol=1e-9, atol=0))
    if wrong.size:
        raise CheckError(
            f"of {_MANY} parameters, number {wrong[0]} becomes {many[wrong[0]]:.9g} in four steps, where among eight "
            f"parameters an equal one becomes {expected[wrong[0]]:.9g}.",
            mistake="update is called once for each block of parameters: it counts its calls as steps, keeps state "
            "that is not named in state_names, or takes a sum or norm of its block",
            fix="self.steps  # the number of steps; and state_names for every vector that is kept",
        )


def precision(case: OptimizerCase) -> None:
    """Float32 leads where float64 leads."""
    results = {dtype: run(case.make(dtype=dtype), 10) for dtype in (FLOAT32, FLOAT64)}
    if not np.allclose(results[FLOAT32], results[FLOAT64], rtol=1e-3, atol=1e-5):
        raise CheckError(
            f"ten steps in float32 end {np.abs(results[FLOAT32] - results[FLOAT64]).max():.2g} from those in float64.",
            mistake="the rule loses its digits in float32",
            fix="a form without the subtraction of nearly equal numbers, or a larger epsilon",
        )


def state(case: OptimizerCase) -> None:
    """State follows a network that becomes part of another, and goes along in copies."""
    optimizer = case.make()
    run(optimizer, 2)
    expected = run(copy.deepcopy(optimizer), 3)
    twins = {"deepcopy": copy.deepcopy(optimizer)}
    if "<locals>" not in case.cls.__qualname__:
        twins["pickle"] = pickle.loads(pickle.dumps(optimizer))
    Sequential(optimizer.model, Dense(1, 1), rng=0, dtype=FLOAT64)
    twins["the original, whose network is part of another by now"] = optimizer
    uninterrupted = run(case.make(), 5)
    for what, twin in twins.items():
        if not (np.array_equal(run(twin, 3), uninterrupted) and np.array_equal(expected, uninterrupted)):
            raise CheckError(
                f"two steps and then three end elsewhere than five steps: {what} does not go on where it was.",
                mistake="state is kept elsewhere than in the vectors of state_names and in self.steps",
                fix='state_names = ("velocity",)  # and update(self, value, grad, scratch, velocity)',
            )


def refusal(case: OptimizerCase) -> None:
    """A learning rate below 0 or NaN, and a model that is no Sequential, are refused with ConfigError."""
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("learning_rate=-1", lambda: case.make(-1.0)),
        ("learning_rate=nan", lambda: case.make(math.nan)),
        ("a layer in place of a model", lambda: case.cls(Dense(2, 1), learning_rate=_RATE, **case.options)),  # type: ignore[arg-type]  # on purpose
    ]
    for what, attempt in attempts:
        try:
            attempt()
        except ConfigError:
            continue
        except Exception as error:
            found = f"raised {type(error).__name__}: {error}"
        else:
            found = "was accepted"
        raise CheckError(
            f"{what} {found}; expected ConfigError.",
            mistake="__init__ does not hand model and learning rate on",
            fix="super().__init__(model, learning_rate)  # in __init__",
        )


QUESTIONS: tuple[Callable[[OptimizerCase], None], ...] = (
    in_place,
    deterministic,
    own_state,
    descends,
    gradient_kept,
    zero_gradient,
    learning_rate,
    blocks,
    precision,
    state,
    refusal,
)

"""Checks of an optimizer: what a step does to the parameters of a network."""

import copy
import math
from collections.abc import Callable

import numpy as np

from layerkit.errors import CheckError, ConfigError
from layerkit.layers import Dense
from layerkit.network import Sequential
from layerkit.testing.check import instead_of, takes
from layerkit.testing.diagnosis import constant_factor, simple_factor
from layerkit.testing.optimizer_subject import CURVATURES, RATE, OptimizerSubject, descend
from layerkit.testing.twins import copies_of, rebuilt
from layerkit.validation import FLOAT32, FLOAT64

__all__ = ["CONTRACT"]

# More parameters than one span of `Optimizer.spans` has, and no multiple of it.
_MANY = 70_001


def in_place(subject: OptimizerSubject) -> None:
    """A step changes the network's own parameter vector, and so what its layers see.

    Likely mistake: step computes a new array, which is lost: theta = theta - ... binds a local name.
    Write: theta -= ...  # changes the vector in place
    """
    optimizer = subject.make()
    model, vector, weight = optimizer.model, optimizer.model.parameter_vector, optimizer.model[0].weight
    before, after = vector.copy(), descend(optimizer, 1)
    if model.parameter_vector is not vector or not np.array_equal(np.ravel(weight.value), after[:-1]):
        raise CheckError(
            "after a step, the layers have other parameters than the parameter vector.",
            mistake="the vector is replaced instead of changed",
            fix="self.model.parameter_vector[:] -= ...  # in place",
        )
    if np.array_equal(after, before):
        raise CheckError("a step with a gradient leaves every parameter as it was.")


def descends(subject: OptimizerSubject) -> None:
    """Three hundred steps lead down a bowl of eight dimensions.

    Likely mistake: steps are far too small, or grow until they jump across.
    Write: theta -= self.learning_rate * g
    """
    start, end = subject.model().parameter_vector, descend(subject.make(), 300)
    height, depth = (float(CURVATURES @ theta**2) / 2 for theta in (start, end))
    if not depth < height / 2:
        error = CheckError(
            f"300 steps with learning rate {RATE} changed the loss from {height:.4g} to {depth:.4g}; at most half was "
            "expected."
        )
        opposite = float(CURVATURES @ descend(subject.make(), 300, pull=-1.0) ** 2) / 2
        if not depth <= height and opposite < height:
            error.mistake, error.fix = "the sign is wrong: the step goes up the gradient", "theta -= ..."
        raise error


def gradient_kept(subject: OptimizerSubject) -> None:
    """A step leaves a small gradient as it is; a large one it may clip in place.

    Likely mistake: the gradient is used as memory for the step.
    Write: theta -= self.learning_rate * g  # a new array for the product; not g *= ...
    """
    optimizer = subject.without_decay().make()
    for _ in range(3):
        optimizer.model.gradient_vector[:] = before = 1e-3 * CURVATURES
        optimizer.step()
        if not np.array_equal(optimizer.model.gradient_vector, before):
            factor = constant_factor(optimizer.model.gradient_vector, before)
            by = f": it is {simple_factor(factor)} times what it was" if factor else ""
            raise CheckError(f"a step changed the gradient vector{by}.")


def zero_gradient(subject: OptimizerSubject) -> None:
    """Without gradient and weight decay, the parameters stay, and nothing is divided by zero.

    Likely mistake: a term without the gradient.
    Write: every term times the gradient
    """
    optimizer = subject.without_decay().make()
    vector = optimizer.model.parameter_vector
    before = vector.copy()
    optimizer.model.gradient_vector[:] = 0
    for _ in range(3):
        optimizer.step()
    if not np.isfinite(vector).all():
        raise CheckError(
            "a gradient of zero makes parameters infinite or NaN.",
            mistake="a division by the size of the gradient, which may be zero",
            fix="g / (size + self.epsilon)  # epsilon before the division",
        )
    if not np.array_equal(vector, before):
        change = np.abs(vector - before).max()
        error = CheckError(f"three steps with a gradient of zero changed the parameters by up to {change:.3g}.")
        if constant_factor(vector, before) is not None and not takes(subject.cls, "weight_decay"):
            error.mistake = "parameters shrink without a weight_decay that says so"
            error.fix = "weight_decay=0.0  # as an argument of __init__"
        raise error


def learning_rate(subject: OptimizerSubject) -> None:
    """A learning rate that is reassigned takes effect at the next step; at 0 from the start, the parameters stay.

    Likely mistake: the learning rate is read in __init__ only, and kept under another name.
    Write: self.learning_rate  # in step, each time
    """
    usual, doubled = subject.make(), subject.make()
    for optimizer in (usual, doubled):
        descend(optimizer, 2)
    doubled.learning_rate = 2 * RATE
    if np.allclose(descend(usual, 1), descend(doubled, 1), rtol=1e-9, atol=0):
        raise CheckError("a step after learning_rate was doubled is the same as without.")
    idle = subject.make(0.0)
    before = idle.model.parameter_vector.copy()
    if not np.array_equal(descend(idle, 2), before):
        raise CheckError(
            "steps with learning_rate=0 changed the parameters.",
            mistake="a term of the step is not multiplied by the learning rate",
            fix="theta -= self.learning_rate * (...)  # the whole step",
        )


def deterministic(subject: OptimizerSubject) -> None:
    """The same steps from the same start lead to the same parameters, to the bit.

    Likely mistake: state shared between objects, or random numbers without a generator of the optimizer's own.
    Write: self.velocity = np.zeros_like(model.parameter_vector)  # in __init__, and changed in place by step
    """
    if not np.array_equal(descend(subject.make(), 5), descend(subject.make(), 5)):
        raise CheckError("two equal optimizers on equal networks end at different parameters.")


def own_state(subject: OptimizerSubject) -> None:
    """Two optimizers do not share state: steps of one do not show in the other.

    Likely mistake: state shared between objects: it lies on the class, in a module or in a default argument.
    Write: self.velocity = np.zeros_like(model.parameter_vector)  # in __init__, and changed in place by step
    """
    expected = descend(subject.make(), 4)
    first, second = subject.make(), subject.make()
    for _ in range(4):
        result = descend(first, 1)
        descend(second, 1, pull=-3.0)
    if not np.array_equal(result, expected):
        raise CheckError("an optimizer ends at other parameters when a second one takes steps in between.")


def spans(subject: OptimizerSubject) -> None:
    """Where the rule goes through many parameters span by span, it does what it would do with all at once.

    Likely mistake: the rule counts spans as steps, keeps state that it does not pass to self.spans, or takes the
    sum or norm of a span.
    Write: np.linalg.norm(self.model.gradient_vector)  # before the loop over the spans; self.steps += 1 as well
    """
    optimizer, whole = subject.make(size=_MANY), subject.make(size=_MANY)
    whole.spans = lambda *state: [(whole.model.parameter_vector, whole.model.gradient_vector, *state)]
    found, expected = descend(optimizer, 4), descend(whole, 4)
    wrong = np.flatnonzero(~np.isclose(found, expected, rtol=1e-9, atol=0))
    if wrong.size:
        raise CheckError(
            f"of {_MANY} parameters, number {wrong[0]} becomes {found[wrong[0]]:.9g} in four steps, and "
            f"{expected[wrong[0]]:.9g} if all are in one span."
        )


def precision(subject: OptimizerSubject) -> None:
    """Float32 leads where float64 leads.

    Likely mistake: the rule loses its digits in float32.
    Write: a form without the subtraction of nearly equal numbers, or a larger epsilon
    """
    results = {dtype: descend(subject.make(dtype=dtype), 10) for dtype in (FLOAT32, FLOAT64)}
    if not np.allclose(results[FLOAT32], results[FLOAT64], rtol=1e-3, atol=1e-5):
        raise CheckError(
            f"ten steps in float32 end {np.abs(results[FLOAT32] - results[FLOAT64]).max():.2g} from those in float64."
        )


def copies(subject: OptimizerSubject) -> None:
    """Copies of a network and its optimizer, by deepcopy and by pickle, go on alike.

    Likely mistake: state is kept elsewhere than in the optimizer's attributes, or found by an address.
    Write: self.velocity = np.zeros_like(model.parameter_vector)  # in __init__, and changed in place by step
    """
    uninterrupted, optimizer = descend(subject.make(), 5), subject.make()
    descend(optimizer, 2)
    for how, (model, twin) in copies_of((optimizer.model, optimizer), subject.cls).items():
        if twin.model is not model or not np.array_equal(descend(twin, 3), uninterrupted):
            raise CheckError(f"two steps and then three, of a copy by {how}, end elsewhere than five steps.")


def larger_network(subject: OptimizerSubject) -> None:
    """An optimizer goes on alike where its network becomes part of another one.

    Likely mistake: the parameter or gradient vector is kept from step to step, but networks move their parameters.
    Write: self.model.parameter_vector  # in step, each time; keep none of it
    """
    uninterrupted, optimizer = descend(subject.make(), 5), subject.make()
    descend(optimizer, 2)
    _ = Sequential(optimizer.model, Dense(1, 1), rng=0).parameter_vector  # a vector for all moves the parameters
    if not np.array_equal(descend(optimizer, 3), uninterrupted):
        raise CheckError("five steps end elsewhere where the network became part of another after two of them.")


def restore(subject: OptimizerSubject) -> None:
    """An optimizer that is restored to a state goes on from there, and so does a new one.

    Likely mistake: a number that changes from step to step is not named in runtime, or an array is no attribute.
    Write: runtime = ("learning_rate", "steps")  # on the class; arrays are found among the attributes
    """
    optimizer = subject.make()
    parameters = descend(optimizer, 2)
    saved = copy.deepcopy(optimizer.state())
    expected = descend(optimizer, 3)
    for what, other in (("the same optimizer", optimizer), ("a new optimizer", subject.make())):
        other.model.parameter_vector[:] = parameters
        try:
            other.restore(saved)
            found = descend(other, 3)
        except (AttributeError, LookupError) as error:
            raise CheckError(
                f"{what} cannot be restored: {type(error).__name__}: {error}.",
                mistake="state is not there from the start",
                fix="self.velocity = np.zeros_like(model.parameter_vector)  # in __init__",
            ) from error
        if not np.array_equal(found, expected):
            raise CheckError(f"{what}, restored to an earlier state, ends elsewhere after the same three steps.")


def config(subject: OptimizerSubject) -> None:
    """to_config() survives JSON, and an optimizer rebuilt from it takes the same steps.

    Likely mistake: an argument is changed before it is kept, or an attribute that to_config() leaves out matters.
    Write: self.decay = decay  # as it came; compute with it later
    """
    optimizer = subject.make()
    if not np.array_equal(descend(rebuilt(optimizer, model=subject.model()), 3), descend(optimizer, 3)):
        raise CheckError(f"rebuilt from {optimizer.to_config()!r}, it takes other steps.")


def refusal(subject: OptimizerSubject) -> None:
    """A learning rate below 0 or NaN, and a model that is no network, are refused with ConfigError.

    Likely mistake: __init__ does not hand model and learning rate on.
    Write: super().__init__(model, learning_rate)  # in __init__
    """
    calls: dict[str, Callable[[], object]] = {
        "learning_rate=-1": lambda: subject.make(-1.0),
        "learning_rate=nan": lambda: subject.make(math.nan),
        "a layer in place of a model": lambda: subject.cls(Dense(2, 1), learning_rate=RATE, **subject.options),  # type: ignore[arg-type]  # on purpose
    }
    for what, call in calls.items():
        if found := instead_of(ConfigError, call):
            raise CheckError(f"{what} {found}; expected ConfigError.")


CONTRACT: tuple[Callable[[OptimizerSubject], None], ...] = (
    in_place,
    deterministic,
    own_state,
    descends,
    gradient_kept,
    zero_gradient,
    learning_rate,
    spans,
    precision,
    copies,
    larger_network,
    restore,
    config,
    refusal,
)

"""Wrong optimizers."""

import numpy as np
from testing.wrong.base import Wrong

import layerkit as lk


class OptimizerBase(lk.Optimizer):
    """Plain gradient descent, for one method to be overridden."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def step(self):
        for theta, g in self.spans():
            self.update(theta, g)

    def update(self, theta, g):
        theta -= self.learning_rate * g


class Ascends(OptimizerBase):
    def update(self, theta, g):
        theta += self.learning_rate * g


class NotInPlace(OptimizerBase):
    def update(self, theta, g):
        theta = theta - self.learning_rate * g  # the mistake


class GradientScaled(OptimizerBase):
    def update(self, theta, g):
        g *= self.learning_rate
        theta -= g


class RateKept(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        self._kept = learning_rate

    def update(self, theta, g):
        theta -= self._kept * g


class DecayWithoutRate(OptimizerBase):
    def update(self, theta, g):
        theta *= 0.999
        super().update(theta, g)


class SignWithoutRate(OptimizerBase):
    def update(self, theta, g):
        super().update(theta, g)
        theta -= 1e-5 * np.sign(g)


class DividesByZero(OptimizerBase):
    def update(self, theta, g):
        theta -= self.learning_rate * g / np.sqrt(g * g)


class NormOfSpan(OptimizerBase):
    def update(self, theta, g):
        theta -= self.learning_rate * g / (1e-8 + np.sqrt(np.mean(g**2)))


class CountsSpans(OptimizerBase):
    runtime = ("learning_rate", "calls")
    calls = 0

    def update(self, theta, g):
        self.calls += 1
        theta -= self.learning_rate / self.calls**0.1 * g


class StateOnClass(OptimizerBase):
    velocities: dict = {}  # noqa: RUF012  # the mistake

    def update(self, theta, g):
        velocity = self.velocities.setdefault(theta.size, np.zeros_like(theta))
        velocity *= 0.9
        velocity += g.astype(velocity.dtype)
        theta -= self.learning_rate * velocity


class RandomStep(OptimizerBase):
    def update(self, theta, g):
        theta -= self.learning_rate * g * np.random.default_rng().uniform(0.9, 1.1)


class TinySteps(OptimizerBase):
    def update(self, theta, g):
        theta -= self.learning_rate**4 * g


class StateOutside(OptimizerBase):
    """Its velocity is found by the address of the parameters, and so not by a copy."""

    def update(self, theta, g):
        place = theta.__array_interface__["data"][0]
        velocity = vars(self).setdefault("_velocities", {}).setdefault(place, np.zeros_like(theta))
        velocity *= 0.9
        velocity += g
        theta -= self.learning_rate * velocity


class AnyRate(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, abs(learning_rate))


class NewArrays(OptimizerBase):
    def step(self):
        for parameter in self.model.parameters():
            vars(parameter)["_value"] = parameter.value - self.learning_rate * parameter.grad


class StateOfTheLatest(OptimizerBase):
    """The velocity lies on the class; each new object starts it anew."""

    velocity = None

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        StateOfTheLatest.velocity = np.zeros_like(model.parameter_vector)

    def update(self, theta, g):
        StateOfTheLatest.velocity *= 0.9
        StateOfTheLatest.velocity += g
        theta -= self.learning_rate * StateOfTheLatest.velocity


class CancellingStep(OptimizerBase):
    def update(self, theta, g):
        theta -= self.learning_rate * ((g + 1e7) - 1e7)


class AssertsRate(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        assert learning_rate >= 0
        super().__init__(model, learning_rate)


class KeepsVectors(OptimizerBase):
    """Asks its network for the vectors once, though parameters may move; copies ask anew."""

    def step(self):
        if "_vectors" not in vars(self):
            self._vectors = self.model.parameter_vector, self.model.gradient_vector
        self.update(*self._vectors)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "_vectors"}


class CountsAside(OptimizerBase):
    """A count of the steps that `runtime` does not name."""

    steps = 0

    def step(self):
        self.steps += 1
        super().step()

    def update(self, theta, g):
        theta -= self.learning_rate / self.steps**0.1 * g


class StateFromTheFirstStep(OptimizerBase):
    def step(self):
        if "velocity" not in vars(self):
            self.velocity = np.zeros_like(self.model.parameter_vector)
        for theta, g, velocity in self.spans(self.velocity):
            velocity *= 0.9
            velocity += g
            theta -= self.learning_rate * velocity


class ArgumentUnderAnotherName(OptimizerBase):
    def __init__(self, model, learning_rate=0.01, factor=0.5):
        super().__init__(model, learning_rate)
        self._factor = factor

    def update(self, theta, g):
        theta -= self.learning_rate * self._factor * g


class ArgumentChanged(OptimizerBase):
    def __init__(self, model, learning_rate=0.01, factor=0.5):
        super().__init__(model, learning_rate)
        self.factor = 2 * factor

    def update(self, theta, g):
        theta -= self.learning_rate * self.factor * g


wrong_optimizers = {
    "ascends": Wrong(Ascends, "descends", "goes up the gradient"),
    "not in place": Wrong(NotInPlace, "in_place", "binds a local name"),
    "gradient scaled": Wrong(GradientScaled, "gradient_kept", "it is 1/100 times what it was"),
    "rate kept from the start": Wrong(RateKept, "learning_rate", "read in __init__ only"),
    "decay of its own": Wrong(DecayWithoutRate, "zero_gradient", "without a weight_decay"),
    "a term without the rate": Wrong(SignWithoutRate, "learning_rate", "with learning_rate=0"),
    "divides by zero": Wrong(DividesByZero, "zero_gradient", "self.epsilon"),
    "norm of a span": Wrong(NormOfSpan, "spans", "sum or norm of a span"),
    "counts spans as steps": Wrong(CountsSpans, "spans", "self.steps"),
    "state on the class": Wrong(StateOnClass, "deterministic", "shared between objects"),
    "random steps": Wrong(RandomStep, "deterministic", "random numbers"),
    "tiny steps": Wrong(TinySteps, "descends", "far too small"),
    "state by address": Wrong(StateOutside, "copies", "found by an address"),
    "any rate": Wrong(AnyRate, "refusal", "learning_rate=-1 was accepted"),
    "new arrays": Wrong(NewArrays, "in_place", "replaced instead of changed"),
    "state of the latest": Wrong(StateOfTheLatest, "own_state", "lies on the class"),
    "cancels in float32": Wrong(CancellingStep, "precision", "loses its digits in float32"),
    "asserts the rate": Wrong(AssertsRate, "refusal", "raised AssertionError: ; expected ConfigError"),
    "vectors kept": Wrong(KeepsVectors, "larger_network", "where the network became part of another"),
    "count not in runtime": Wrong(CountsAside, "restore", "not named in runtime"),
    "state from the first step on": Wrong(StateFromTheFirstStep, "restore", "state is not there from the start"),
    "argument lost": Wrong(ArgumentUnderAnotherName, "config", "self.alpha = alpha"),
    "argument changed": Wrong(ArgumentChanged, "config", "changed before it is kept"),
}

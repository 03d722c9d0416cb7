"""Wrong optimizers."""

import numpy as np
from testing.wrong.base import Wrong

import layerkit as lk


class OptimizerBase(lk.Optimizer):
    """Plain gradient descent, for one method to be overridden."""

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)

    def update(self, value, grad, scratch, *state):
        np.multiply(grad, self.learning_rate, out=scratch)
        value -= scratch


class Ascends(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value += self.learning_rate * grad


class NotInPlace(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value = value - self.learning_rate * grad  # the mistake


class GradientScaled(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        grad *= self.learning_rate
        value -= grad


class RateKept(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        self._kept = learning_rate

    def update(self, value, grad, scratch, *state):
        value -= self._kept * grad


class DecayWithoutRate(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value *= 0.999
        super().update(value, grad, scratch)


class SignWithoutRate(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        super().update(value, grad, scratch)
        value -= 1e-5 * np.sign(grad)


class DividesByZero(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad / np.sqrt(grad * grad)


class NormOfBlock(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad / (1e-8 + np.sqrt(np.mean(grad**2)))


class CountsUpdates(OptimizerBase):
    calls = 0

    def update(self, value, grad, scratch, *state):
        self.calls += 1
        value -= self.learning_rate / self.calls**0.1 * grad


class StateOnClass(OptimizerBase):
    velocities: dict = {}  # noqa: RUF012  # the mistake

    def update(self, value, grad, scratch, *state):
        velocity = self.velocities.setdefault(value.size, np.zeros_like(value))
        velocity *= 0.9
        velocity += grad.astype(velocity.dtype)
        value -= self.learning_rate * velocity


class RandomStep(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * grad * np.random.default_rng().uniform(0.9, 1.1)


class TinySteps(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate**4 * grad


class StateOutside(OptimizerBase):
    """Its velocity is found by the address of the parameters, and so not by a copy."""

    def update(self, value, grad, scratch, *state):
        place = value.__array_interface__["data"][0]
        velocity = vars(self).setdefault("_velocities", {}).setdefault(place, np.zeros_like(value))
        velocity *= 0.9
        velocity += grad
        value -= self.learning_rate * velocity


class AnyRate(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, abs(learning_rate))


class NewArrays(OptimizerBase):
    def step(self):
        for parameter in self.model.parameters():
            vars(parameter)["value"] = parameter.value - self.learning_rate * parameter.grad


class StateOfTheLatest(OptimizerBase):
    """The velocity lies on the class; each new object starts it anew."""

    velocity = None

    def __init__(self, model, learning_rate=0.01):
        super().__init__(model, learning_rate)
        StateOfTheLatest.velocity = np.zeros_like(model.parameter_vector)

    def update(self, value, grad, scratch, *state):
        StateOfTheLatest.velocity *= 0.9
        StateOfTheLatest.velocity += grad
        value -= self.learning_rate * StateOfTheLatest.velocity


class CancellingStep(OptimizerBase):
    def update(self, value, grad, scratch, *state):
        value -= self.learning_rate * ((grad + 1e7) - 1e7)


class AssertsRate(OptimizerBase):
    def __init__(self, model, learning_rate=0.01):
        assert learning_rate >= 0
        super().__init__(model, learning_rate)


wrong_optimizers = {
    "ascends": Wrong(Ascends, "descends", "goes up the gradient"),
    "not in place": Wrong(NotInPlace, "in_place", "binds a local name"),
    "gradient scaled": Wrong(GradientScaled, "gradient_kept", "it is 1/100 times what it was"),
    "rate kept from the start": Wrong(RateKept, "learning_rate", "read in __init__ only"),
    "decay of its own": Wrong(DecayWithoutRate, "zero_gradient", "without a weight_decay"),
    "a term without the rate": Wrong(SignWithoutRate, "learning_rate", "with learning_rate=0"),
    "divides by zero": Wrong(DividesByZero, "zero_gradient", "self.epsilon"),
    "norm of a block": Wrong(NormOfBlock, "blocks", "sum or norm of its block"),
    "counts updates as steps": Wrong(CountsUpdates, "blocks", "self.steps"),
    "state on the class": Wrong(StateOnClass, "deterministic", "shared between objects"),
    "random steps": Wrong(RandomStep, "deterministic", "random numbers"),
    "tiny steps": Wrong(TinySteps, "descends", "far too small"),
    "state by address": Wrong(StateOutside, "state", "does not go on where it was"),
    "any rate": Wrong(AnyRate, "refusal", "learning_rate=-1 was accepted"),
    "new arrays": Wrong(NewArrays, "in_place", "replaced instead of changed"),
    "state of the latest": Wrong(StateOfTheLatest, "own_state", "lies on the class"),
    "cancels in float32": Wrong(CancellingStep, "precision", "loses its digits in float32"),
    "asserts the rate": Wrong(AssertsRate, "refusal", "raised AssertionError: ; expected ConfigError"),
}

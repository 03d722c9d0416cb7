"""Checks of what a layer remembers: passes, copies, configurations."""

from typing import Any

import numpy as np

from layerkit.errors import CheckError, StateError
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter, Randomness
from layerkit.testing.batches import close, copied
from layerkit.testing.check import instead_of
from layerkit.testing.layer_subject import LayerSubject
from layerkit.testing.twins import copies_of, rebuilt
from layerkit.validation import FLOAT64

__all__ = ["before_forward", "config", "copies", "instances", "last_forward", "prediction"]


def before_forward(subject: LayerSubject) -> None:
    """backward raises StateError as long as there was no forward with training=True.

    Likely mistake: what backward needs is kept elsewhere than in self.cache, or is kept without training.
    Write: if training: self.cache = x  # in forward; reading self.cache too early raises StateError
    """
    layer, x = subject.fresh(), subject.input()
    grad = subject.gradient(layer.forward(x, True))
    right = copied(layer.backward(grad))
    unused, predicted = subject.fresh(), subject.fresh()
    predicted.forward(x, False)
    returned: list[Any] = []
    for twin in (unused, predicted):
        found = instead_of(StateError, lambda twin=twin: returned.append(twin.backward(grad)))  # type: ignore[misc]
        if twin is unused and found and returned and close(returned[0], right) and not layer.parameters():
            return  # it needs nothing of forward
        if found:
            raise CheckError(f"backward before any forward with training=True {found}; expected StateError.")


def last_forward(subject: LayerSubject) -> None:
    """After two forwards, backward goes back through the last one with training=True.

    Likely mistake: state shared between calls: something of an earlier pass is left over in the next.
    Write: compute everything from x, and keep only self.cache
    """
    x, other = subject.input(), subject.input(stream=4)
    layer = subject.fresh()
    y = layer.forward(x, True)
    grad = subject.gradient(y)
    first = copied(layer.backward(grad))
    if subject.is_random:
        return  # each pass draws anew
    layer = subject.fresh()
    layer.forward(other, True)
    layer.forward(x, True)
    layer.forward(other, False)
    last = layer.backward(grad)
    if close(last, first):
        return
    layer = subject.fresh()
    layer.forward(other, True)
    if close(last, layer.backward(grad)):
        raise CheckError(
            "after forward(first), forward(last) and a prediction, backward does not use the last.",
            mistake="the state of an earlier pass, or of a prediction, is used",
            fix="if training: self.cache = x  # in every forward",
        )
    raise CheckError("backward after two forwards gives neither the gradient of the first nor that of the last.")


def instances(subject: LayerSubject) -> None:
    """Two objects do not share state: what one goes through does not show in the other.

    Likely mistake: state shared between objects: it lies on the class, in a module or in a default argument.
    Write: self.cache = x  # on the object, not type(self).cache nor a global
    """
    x, other = subject.input(), subject.input(stream=4)
    layer, first, second = subject.fresh(), subject.fresh(), subject.fresh()
    for cls in {cls for _, part in layer.walk() for cls in type(part).__mro__}:
        for attribute, value in vars(cls).items():
            if isinstance(value, Parameter | Layer):
                kind = type(value).__name__
                raise CheckError(
                    f"all objects of {cls.__name__} have the same {kind} {attribute!r}.",
                    mistake=f"state shared between objects: the {kind.lower()} lies on the class",
                    fix=f"self.{attribute} = {kind}(...)  # in __init__",
                )
    y = layer.forward(x, True)
    grad = subject.gradient(y)
    expected = copied(layer.backward(grad))
    first.forward(x, True)
    second.forward(other, True)
    if not close(first.backward(grad), expected):
        raise CheckError("backward of one object gives another gradient after a forward of a second object.")


def prediction(subject: LayerSubject) -> None:
    """forward with training=False writes nothing on the layer, its class or its parameters.

    Likely mistake: state is written also when not training, so that threads would disturb each other.
    Write: if training: self.cache = x
    """
    layer, x = subject.fresh(), subject.input()
    for state in ("at first", "after training"):
        before = _snapshot(layer)
        layer.forward(x, False)
        after = _snapshot(layer)
        changed = sorted({name.partition("[")[0] for name in before | after if before.get(name) != after.get(name)})
        if changed:
            raise CheckError(f"forward(x, training=False) changed {', '.join(changed)} ({state}).")
        layer.forward(x, True)


def copies(subject: LayerSubject) -> None:
    """A copy, also one by pickle, gives the same results.

    Likely mistake: state is kept outside of the object's attributes.
    Write: self.name = value  # for everything that forward uses
    """
    layer, x = subject.fresh(), subject.input()
    layer.forward(x, True)
    y = copied(layer.forward(x, False))
    for how, twin in copies_of(layer, type(layer)).items():
        if not close(twin.forward(x, False), y):
            raise CheckError(f"a copy by {how} gives another result.")


def config(subject: LayerSubject) -> None:
    """to_config() survives JSON, and a layer rebuilt from it gives the same results with the same parameters.

    Likely mistake: an argument is changed before it is kept, or an attribute that to_config() leaves out matters.
    Write: self.alpha = alpha  # as it came; compute with it later
    """
    layer, x = subject.fresh(), subject.input()
    twin: Layer = rebuilt(layer).astype(FLOAT64).draw(subject.rng())
    ours, theirs = layer.named_parameters(), twin.named_parameters()
    if [(name, p.shape) for name, p in ours.items()] != [(name, p.shape) for name, p in theirs.items()]:
        raise CheckError(
            f"rebuilt from to_config(), the parameters are {theirs}, where they were {ours}.",
            mistake="an argument that the parameters depend on is missing in to_config()",
            fix="self.features = features  # in __init__, for every argument",
        )
    for our, their in zip(ours.values(), theirs.values(), strict=True):
        their.value = our.value
    for (_, our_part), (_, their_part) in zip(layer.walk(), twin.walk(), strict=True):
        for name, buffer in our_part.buffers().items():
            if isinstance(buffer, np.ndarray) and name not in our_part.arguments():
                setattr(their_part, name, buffer.copy())
    if not close(twin.forward(x, False), layer.forward(x, False)):
        raise CheckError(f"rebuilt from {layer.to_config()!r}, it gives another result.")


def _snapshot(thing: Any, path: str = "self") -> dict[str, Any]:
    # every attribute that is there, and what identifies its value
    if isinstance(thing, np.ndarray):
        return {path: (id(thing), thing.tobytes())}
    if isinstance(thing, np.random.Generator):
        return {path: repr(thing.bit_generator.state)}
    if isinstance(thing, list | tuple):
        parts = [_snapshot(part, f"{path}[{i}]") for i, part in enumerate(thing)]
        return {path: len(thing)} | {name: value for part in parts for name, value in part.items()}
    if isinstance(thing, dict):
        return {
            name: value for key, part in thing.items() for name, value in _snapshot(part, f"{path}[{key!r}]").items()
        }
    if not isinstance(thing, Layer | Parameter | Randomness):
        return {path: id(thing)}
    attributes = [(f"{path}.{name}", part) for name, part in vars(thing).items()]
    if isinstance(thing, Layer):
        own = [(f"{type(thing).__name__}.{name}", part) for name, part in vars(type(thing)).items()]
        attributes += [(name, part) for name, part in own if isinstance(part, np.ndarray | list | dict)]
    return {name: value for where, part in attributes for name, value in _snapshot(part, where).items()}

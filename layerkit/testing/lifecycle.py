"""Questions about what a layer remembers: passes, copies, configurations."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np

from layerkit.errors import CheckError, ConfigError, StateError
from layerkit.layers.base import Layer
from layerkit.parameter import Parameter
from layerkit.network.sequential import Sequential
from layerkit.testing.cases import LayerCase, close

__all__ = ["before_forward", "config", "copies", "instances", "last_forward", "prediction"]


def before_forward(case: LayerCase) -> None:
    """backward raises StateError as long as there was no forward with training=True."""
    layer, x = case.fresh(), case.input()
    grad = case.gradient(np.asarray(layer.forward(x, False)))
    try:
        layer.backward(grad)
    except StateError:
        return
    except Exception as error:
        found = f"raised {type(error).__name__}: {error}"
    else:
        found = "returned a result"
    raise CheckError(
        f"backward before any forward with training=True {found}; expected StateError.",
        mistake="what backward needs is kept elsewhere than in self.cache, or is kept without training",
        fix="if training: self.cache = x  # in forward; reading self.cache too early raises StateError",
    )


def last_forward(case: LayerCase) -> None:
    """After two forwards, backward goes back through the last one with training=True."""
    x, other = case.input(), case.input(stream=4)
    layer = case.fresh()
    y = layer.forward(x, True)
    grad = case.gradient(y)
    first = np.array(layer.backward(grad))
    if case.is_random:
        return  # each pass draws anew
    layer = case.fresh()
    layer.forward(other, True)
    layer.forward(x, True)
    layer.forward(other, False)
    last = layer.backward(grad)
    if close(last, first):
        return
    layer = case.fresh()
    layer.forward(other, True)
    if close(last, layer.backward(grad)):
        raise CheckError(
            "after forward(first), forward(last) and a prediction, backward does not use the last.",
            mistake="the state of an earlier pass, or of a prediction, is used",
            fix="if training: self.cache = x  # in every forward",
        )
    raise CheckError(
        "backward after two forwards gives neither the gradient of the first nor that of the last.",
        mistake="state shared between calls: something of an earlier pass is left over in the next",
        fix="compute everything from x, and keep only self.cache",
    )


def instances(case: LayerCase) -> None:
    """Two objects do not share state: what one goes through does not show in the other."""
    x, other = case.input(), case.input(stream=4)
    layer, first, second = case.fresh(), case.fresh(), case.fresh()
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        if ours is theirs:
            raise CheckError(
                f"two objects have the same parameter {ours.name!r}.",
                mistake="state shared between objects: the parameter lies on the class",
                fix=f"self.{ours.name} = Parameter(...)  # in __init__",
            )
    y = layer.forward(x, True)
    grad = case.gradient(y)
    expected = np.array(layer.backward(grad))
    first.forward(x, True)
    second.forward(other, True)
    if not close(first.backward(grad), expected):
        raise CheckError(
            "backward of one object gives another gradient after a forward of a second object.",
            mistake="state shared between objects: it lies on the class, in a module or in a default argument",
            fix="self.cache = x  # on the object, not type(self).cache nor a global",
        )


def prediction(case: LayerCase) -> None:
    """forward with training=False writes nothing on the layer, its class or its parameters."""
    layer, x = case.fresh(), case.input()
    for state in ("at first", "after training"):
        before = _snapshot(layer)
        layer.forward(x, False)
        after = _snapshot(layer)
        changed = sorted({name.partition("[")[0] for name in before | after if before.get(name) != after.get(name)})
        if changed:
            raise CheckError(
                f"forward(x, training=False) changed {', '.join(changed)} ({state}).",
                mistake="state is written also when not training, so that threads would disturb each other",
                fix="if training: self.cache = x",
            )
        layer.forward(x, True)


def copies(case: LayerCase) -> None:
    """A copy, also one by pickle, gives the same results."""
    layer, x = case.fresh(), case.input()
    y = np.array(layer.forward(x, False))
    twins = {"copy.deepcopy": copy.deepcopy(layer)}
    if "<locals>" not in type(layer).__qualname__:  # pickle cannot find a class inside of a function
        try:
            twins["pickle"] = pickle.loads(pickle.dumps(layer))
        except Exception as error:
            raise CheckError(
                f"pickle refuses it: {type(error).__name__}: {error}",
                mistake="the object keeps a lambda, a local function, a lock or an open file",
                fix="a method or a module-level function in place of the lambda",
            ) from error
    for how, twin in twins.items():
        if not close(twin.forward(x, False), y):
            raise CheckError(
                f"a copy by {how} gives another result.",
                mistake="state is kept outside of the object's attributes",
                fix="self.name = value  # for everything that forward uses",
            )


def config(case: LayerCase) -> None:
    """config() survives JSON, and a layer rebuilt from it gives the same results with the same parameters."""
    layer, x = case.fresh(), case.input()
    try:
        settings = layer.config()
        text = json.dumps(settings)
    except (ConfigError, TypeError, ValueError) as error:
        raise CheckError(
            f"config() is of no use: {error}",
            mistake="an argument of __init__ is not kept under its name, or is no number, string or list",
            fix="self.alpha = alpha  # in __init__, for every argument, as it came",
        ) from error
    try:
        twin = _rebuilt(layer, json.loads(text))
    except Exception as error:
        raise CheckError(
            f"{type(layer).__name__}(**{settings!r}) raised {type(error).__name__}: {error}",
            mistake="config() does not give the constructor's arguments",
            fix="leave config out: the inherited one reads every argument from the attribute of its name",
        ) from error
    Sequential(twin, rng=case.rng(), dtype=np.float64)
    ours, theirs = layer.parameters(), twin.parameters()
    if [(p.name, p.shape) for p in ours] != [(p.name, p.shape) for p in theirs]:
        raise CheckError(
            f"rebuilt from config(), the parameters are {theirs}, where they were {ours}.",
            mistake="an argument that the parameters depend on is missing in config()",
            fix="self.features = features  # in __init__, for every argument",
        )
    for our, their in zip(ours, theirs, strict=True):
        their.value = our.value
    if not close(twin.forward(x, False), layer.forward(x, False)):
        raise CheckError(
            f"rebuilt as {type(layer).__name__}(**{settings!r}), it gives another result.",
            mistake="an argument is changed before it is kept, or an attribute that config() leaves out matters",
            fix="self.alpha = alpha  # as it came; compute with it later",
        )


def _rebuilt(layer: Layer, settings: dict[str, Any]) -> Layer:
    if isinstance(layer, Sequential):  # its arguments are its layers
        inner = [_rebuilt(one, spec["config"]) for one, spec in zip(layer.layers, settings["layers"], strict=True)]
        return Sequential(*inner, dtype=settings["dtype"])
    return type(layer)(**settings)


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
    if not isinstance(thing, Layer | Parameter):
        return {path: id(thing)}
    attributes = [(f"{path}.{name}", part) for name, part in vars(thing).items()]
    if isinstance(thing, Layer):
        own = [(f"{type(thing).__name__}.{name}", part) for name, part in vars(type(thing)).items()]
        attributes += [(name, part) for name, part in own if isinstance(part, np.ndarray | list | dict)]
    return {name: value for where, part in attributes for name, value in _snapshot(part, where).items()}

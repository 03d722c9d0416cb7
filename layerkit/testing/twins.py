"""Copies of an object: by deepcopy, by pickle, and rebuilt from its configuration."""

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

from layerkit.configured import Configured
from layerkit.errors import CheckError, ConfigError

__all__ = ["copies_of", "rebuilt"]


def copies_of(thing: Any, cls: type) -> dict[str, Any]:
    """Return copies by the name of what made them, by pickle only if it can find the class."""
    twins = {"copy.deepcopy": copy.deepcopy(thing)}
    if "<locals>" in cls.__qualname__:
        return twins
    try:
        twins["pickle"] = pickle.loads(pickle.dumps(thing))
    except Exception as error:
        raise CheckError(
            f"pickle refuses it: {type(error).__name__}: {error}",
            mistake="the object keeps a lambda, a local function, a lock or an open file",
            fix="a method or a module-level function in place of the lambda",
        ) from error
    return twins


def rebuilt(thing: Configured, **context: Any) -> Any:
    """Return an object made by `from_config` from what `to_config` gives, by way of JSON."""
    try:
        config = thing.to_config()
        text = json.dumps(config)
    except (ConfigError, TypeError, ValueError) as error:
        raise CheckError(
            f"to_config() is of no use: {error}",
            mistake="an argument of __init__ is not kept under its name, or is no number, string or list",
            fix="self.alpha = alpha  # in __init__, for every argument, as it came",
        ) from error
    try:
        return type(thing).from_config(json.loads(text), classes=list(_classes(thing)), **context)
    except Exception as error:
        raise CheckError(
            f"from_config({config!r}) raised {type(error).__name__}: {error}",
            mistake="to_config() does not give the constructor's arguments",
            fix="leave to_config out: the inherited one reads every argument from the attribute of its name",
        ) from error


def _classes(value: Any) -> Iterator[type]:
    # that of an object, and those of the objects among its arguments
    if isinstance(value, Configured):
        yield type(value)
        value = list(value.arguments().values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _classes(item)

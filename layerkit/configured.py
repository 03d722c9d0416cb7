"""Configured: objects that their constructor's arguments describe."""

import inspect
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from layerkit.errors import ConfigError
from layerkit.provenance import published_name, qualified_name
from layerkit.text import one_line

__all__ = ["Configured"]

# Arguments that are no part of a description: a source of randomness, and the network that an optimizer updates.
_CONTEXT = ("rng", "model")


class Configured:
    """Something that can be made again from its constructor's arguments: each is an attribute of the same name.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.ELU(alpha=2.0).to_config()
    {'class': 'elu', 'alpha': 2.0}
    >>> lk.Layer.from_config({"class": "elu", "alpha": 2.0})
    ELU(alpha=2.0)
    """

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, read from the attributes of the same names.

        Returns
        -------
        dict
            The arguments, without `rng` and `model`. Those of ``*args`` are one tuple.

        Raises
        ------
        ConfigError
            If an argument is kept under another name.
        """
        values = {}
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if name in _CONTEXT or parameter.kind is parameter.VAR_KEYWORD:
                continue
            if not hasattr(self, name):
                raise ConfigError(
                    f"{type(self).__name__} takes the argument {name!r} but has no attribute {name!r} to describe it "
                    f"by. Write self.{name} = {name} in __init__."
                )
            values[name] = getattr(self, name)
        return values

    def to_config(self) -> dict[str, Any]:
        """Return a description that JSON can hold: the published name of the class, and its arguments.

        Returns
        -------
        dict
            What `from_config` takes. Learned values and generators are not in it.

        Raises
        ------
        ConfigError
            If an argument is not an attribute of the same name, or JSON cannot hold it.
        """
        try:
            described = {name: _plain(value) for name, value in self.arguments().items()}
        except TypeError as error:
            raise ConfigError(f"{one_line(self)} cannot be described in JSON: {error}") from None
        return {"class": qualified_name(type(self)), **described}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], classes: Iterable[type] = (), **context: Any) -> Self:
        """Make an object from its description. Nothing is imported that the description names.

        Parameters
        ----------
        config : mapping
            What `to_config` returned.
        classes : iterable of type
            Classes of your own that the description names and no installed package publishes.
        **context
            Arguments that a description leaves out: `rng`, or the `model` of an optimizer.

        Returns
        -------
        Configured
            A new object, of this class or a subclass.

        Raises
        ------
        ConfigError
            If the description is malformed, or does not fit the constructor of the class that it names.
        UnknownNameError
            If neither `classes` nor an installed package has a class of that name.
        """
        if not isinstance(config, Mapping) or not isinstance(config.get("class"), str):
            raise ConfigError(f"config must be a mapping with the key 'class', as to_config() returns, got {config!r}.")
        classes = tuple(classes)
        kind = _find(config["class"], classes)
        if not issubclass(kind, cls):
            raise ConfigError(
                f"config describes {config['class']!r}, which is {kind.__name__}, no {cls.__name__}. "
                f"Call {kind.__name__}.from_config."
            )
        arguments = {str(name): _built(value, classes) for name, value in config.items() if name != "class"} | context
        parameters = inspect.signature(kind).parameters
        positional: list[Any] = []
        kinds = [parameter.kind for parameter in parameters.values()]
        for name, parameter in parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                positional += arguments.pop(name, ())
            elif parameter.VAR_POSITIONAL in kinds and parameter.kind < parameter.VAR_POSITIONAL and name in arguments:
                positional.append(arguments.pop(name))  # what comes before *args cannot be passed by name
        try:
            inspect.signature(kind).bind(*positional, **arguments)
        except TypeError as error:
            raise ConfigError(
                f"the config of {config['class']!r} does not fit {kind.__name__}"
                f"({', '.join(map(str, parameters))}): {error}."
            ) from None
        return kind(*positional, **arguments)

    @reprlib.recursive_repr()  # an argument named as a method is: that method's repr has the object's
    def __repr__(self) -> str:
        try:
            arguments = self.arguments()
        except ConfigError:  # the name alone still helps
            return f"{type(self).__name__}(...)"
        parts: list[str] = []
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if name not in arguments or name == "dtype":  # as little a part of what it is as its values are
                continue
            value = arguments[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                parts += map(repr, value)
            elif parameter.default is parameter.empty:
                parts.append(repr(value))
            elif repr(value) != repr(parameter.default):  # arrays compare by element
                parts.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


def _plain(value: Any) -> Any:
    if isinstance(value, Configured):
        return value.to_config()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, np.dtype):
        return value.name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} is neither a number, a string, a list nor an object with to_config().")


def _built(value: Any, classes: tuple[type, ...]) -> Any:
    if isinstance(value, Mapping):
        if "class" in value:
            return Configured.from_config(value, classes)
        return {key: _built(item, classes) for key, item in value.items()}
    return tuple(_built(item, classes) for item in value) if isinstance(value, list | tuple) else value


def _find(name: str, classes: tuple[type, ...]) -> type[Any]:
    for cls in classes:
        if name in (qualified_name(cls), published_name(cls)):
            return cls
    from layerkit.plugins import find_class  # published names lie above everything that has one

    return find_class(name)

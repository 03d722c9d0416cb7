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
        kept = [p.name for p in _parameters(self) if p.name not in _CONTEXT and p.kind is not p.VAR_KEYWORD]
        try:
            return {name: getattr(self, name) for name in kept}
        except AttributeError as error:
            raise ConfigError(
                f"{type(self).__name__} takes the argument {error.name!r} but has no attribute of that name to be "
                f"described by. Write self.{error.name} = {error.name} in __init__."
            ) from None

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
        described = {name: _plain(value, self) for name, value in self.arguments().items()}
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
                f"config describes a {kind.__name__}, no {cls.__name__}. Call {kind.__name__}.from_config."
            )
        arguments = {str(name): _built(value, classes) for name, value in config.items() if name != "class"} | context
        signature = inspect.signature(kind)
        bound = signature.bind_partial()
        bound.arguments.update(arguments)  # from where they are taken in their places, by position or by name
        try:
            for unknown in arguments.keys() - signature.parameters.keys():
                raise TypeError(f"got an unexpected argument {unknown!r}")
            signature.bind(*bound.args, **bound.kwargs)
        except TypeError as error:
            call = f"{kind.__name__}({', '.join(map(str, signature.parameters))})"
            raise ConfigError(f"the config of {config['class']!r} does not fit {call}: {error}.") from None
        return kind(*bound.args, **bound.kwargs)

    @reprlib.recursive_repr()  # an argument named as a method is: that method's repr has the object's
    def __repr__(self) -> str:
        try:
            arguments = self.arguments()
        except ConfigError:  # the name alone still helps
            return f"{type(self).__name__}(...)"
        parts: list[str] = []
        for parameter in _parameters(self):
            if parameter.name not in arguments or parameter.name == "dtype":  # as little a part of it as its values
                continue
            value = arguments[parameter.name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                parts += map(repr, value)
            elif parameter.default is parameter.empty:
                parts.append(repr(value))
            elif repr(value) != repr(parameter.default):  # arrays compare by element
                parts.append(f"{parameter.name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


def _parameters(thing: object) -> Iterable[inspect.Parameter]:
    return inspect.signature(type(thing)).parameters.values()


def _plain(value: Any, owner: Configured) -> Any:
    if isinstance(value, Configured):
        return value.to_config()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, owner) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, owner) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, np.dtype):
        return value.name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ConfigError(
        f"{one_line(owner)} cannot be described in JSON: {value!r} is neither a number, a string, a list nor an object "
        f"with to_config()."
    )


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

"""Configured: what its constructor's arguments describe."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from layerkit.errors import ConfigError

__all__ = ["Configured"]

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Configured:
    """Something that can be made again from its constructor's arguments: each is an attribute of its name.

    Examples
    --------
    >>> import layerkit as lk
    >>> lk.ELU(alpha=2.0).config()
    {'alpha': 2.0}
    >>> lk.ELU(alpha=2.0), lk.ELU()
    (ELU(alpha=2.0), ELU())
    """

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, fit for JSON: enough to make it again, learnt values aside.

        Returns
        -------
        dict
            What ``type(self)(**config)`` takes: every argument, read from the attribute of its name. A
            random generator is left out.

        Raises
        ------
        ConfigError
            If an argument is kept under another name.
        """
        arguments = self._arguments().items()
        return {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in arguments
            if not isinstance(value, np.random.Generator)
        }

    def _arguments(self) -> dict[str, Any]:
        arguments = {}
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if parameter.kind in _VARIADIC:
                continue
            if not hasattr(self, name):
                raise ConfigError(
                    f"{type(self).__name__} takes the argument {name!r} but has no attribute {name!r} to rebuild it "
                    f"from. Write self.{name} = {name} in __init__, or a config() of its own."
                )
            arguments[name] = getattr(self, name)
        return arguments

    def __repr__(self) -> str:
        try:
            arguments = self._arguments()
        except ConfigError:  # a name is still better than nothing
            return f"{type(self).__name__}(...)"
        parts = []
        for name, value in arguments.items():
            default = inspect.signature(type(self)).parameters[name].default
            if default is inspect.Parameter.empty:
                parts.append(repr(value))
            elif repr(value) != repr(default):  # arrays compare by element
                parts.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

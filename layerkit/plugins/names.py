"""What every name of an activation stands for, and what to say when it stands for none."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from layerkit.plugins.discovery import Plugin, PluginFailure
from layerkit.errors import AmbiguousActivationError, ConfigError, LayerkitError, PluginError, UnknownActivationError
from layerkit.layers.base import Layer

__all__ = ["ActivationInfo", "Names", "option_error"]

Status: TypeAlias = Literal["ok", "shadowed", "ambiguous"]


@dataclass(frozen=True)
class ActivationInfo:
    """What is known of one activation.

    Attributes
    ----------
    name, qualified_name : str
        The bare name, and ``"distribution:name"``, which always works.
    cls : type
        The class.
    distribution, version, entry_point : str
        Where it comes from; for a plugin that was registered, its module or class, and nothing else.
    status : str
        ``"ok"``; ``"shadowed"`` where a built-in keeps the bare name; ``"ambiguous"`` where others claim it.
    """

    name: str
    qualified_name: str
    cls: type[Layer]
    distribution: str
    version: str
    entry_point: str
    status: Status


class Names:
    """The names that plugins give to classes.

    Parameters
    ----------
    builtin : Plugin
        The one whose bare names nobody can take.
    others : iterable of Plugin
        All others.
    complete : bool
        Whether these are all that there are. If not, no bare name of the others stands for anything yet,
        because one who is still to come might claim it.

    Attributes
    ----------
    infos : list of ActivationInfo
        All activations, in the order of the plugins.
    classes : dict of str to type
        What the names stand for, bare and qualified.
    """

    def __init__(self, builtin: Plugin, others: Iterable[Plugin], complete: bool) -> None:
        self._builtin = builtin
        published = [(plugin, cls) for plugin in (builtin, *others) for cls in plugin.activations or ()]
        owners: dict[str, type[Layer] | None] = {}
        for _, cls in published:
            if owners.setdefault(cls.name, cls) is not cls and cls.name not in builtin.names:
                owners[cls.name] = None  # two distributions claim it: neither wins
        self.infos: list[ActivationInfo] = []
        self.classes: dict[str, type[Layer]] = {}
        for plugin, cls in published:
            owner, qualified = owners[cls.name], f"{plugin.distribution}:{cls.name}"
            origin = plugin.distribution, plugin.version, plugin.entry_point
            status: Status = "ok" if owner is cls else "ambiguous" if owner is None else "shadowed"
            self.infos.append(ActivationInfo(cls.name, qualified, cls, *origin, status))
            self.classes[qualified] = cls
            if owner is not None and (complete or cls.name in builtin.names):
                self.classes[cls.name] = owner

    def shadowed(self, plugin: Plugin) -> list[PluginError]:
        """Return what is to be said of a plugin that claims names of built-ins."""
        return [
            PluginError(
                f"{plugin} claims {name!r}, the name of a built-in activation, which keeps it. "
                f"Reach the other one as '{plugin.distribution}:{name}'."
            )
            for name in sorted(plugin.names & self._builtin.names)
        ]

    def missing(self, name: str, failures: Iterable[PluginFailure]) -> LayerkitError:
        """Return the error for a name that stands for nothing, given the plugins that might have given it."""
        claims = [info for info in self.infos if info.name == name]
        if claims:
            owners = " and ".join(f"{info.distribution} {info.version}".rstrip() for info in claims)
            choices = " or ".join(repr(info.qualified_name) for info in claims)
            return AmbiguousActivationError(f"activation {name!r} is published by {owners}. Say which: {choices}.")
        known = {info.qualified_name if ":" in name else info.name for info in self.infos}
        close = " or ".join(map(repr, difflib.get_close_matches(name.lower(), sorted(known))))
        unused = "; ".join(f"{failure}: {failure.cause}" for failure in failures)
        return UnknownActivationError(
            f"no activation is named {name!r}. "
            + (f"Did you mean {close}? " if close else "layerkit.activations() lists all. ")
            + (f"It may belong to a plugin that is not in use: {unused}. " if unused else "")
            + "A plugin that was installed just now is found when Python is started again."
        )


def option_error(name: str, cls: type[Layer], options: dict[str, Any]) -> ConfigError | None:
    """Return the error for options that the constructor does not take; None if it takes them."""
    signature = inspect.signature(cls)
    try:
        signature.bind(**options)
    except TypeError as mismatch:
        arguments = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
        return ConfigError(
            f"activation {name!r} cannot be made: {mismatch}. "
            f"Its signature is {cls.__name__}{inspect.Signature(arguments)}."
        )
    return None

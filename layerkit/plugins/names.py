"""The classes that plugins publish by name, and the errors for a name that finds none."""

import difflib
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from layerkit.errors import AmbiguousNameError, ConfigError, UnknownActivationError, UnknownNameError

__all__ = ["ANY", "Published", "UnusedPlugin", "checked", "claims", "find", "make", "normalized", "with_status"]

ANY = "class"  # the kind to look up where any will do


@dataclass(frozen=True)
class Published:
    """A class that can be used by name.

    Attributes
    ----------
    name, qualified_name : str
        The bare name, and ``"distribution:name"``, which is never ambiguous.
    kind : str
        ``"activation"``, ``"layer"``, ``"loss"``, ``"optimizer"`` or ``"initializer"``.
    cls : type
        The class.
    distribution, version, entry_point : str
        The installed package that publishes it. For a registered class or plugin, `distribution` is its module or
        class, and the other two are empty.
    status : str
        Whether the bare name finds this class: ``"ok"`` if it does, ``"shadowed"`` if it finds a built-in class,
        ``"ambiguous"`` if several distributions publish it, so that it finds none.
    """

    name: str
    qualified_name: str
    kind: str
    cls: type[Any]
    distribution: str
    version: str
    entry_point: str
    status: Literal["ok", "shadowed", "ambiguous"] = "ok"


@dataclass(frozen=True)
class UnusedPlugin:
    """An installed plugin that is disabled, or broken, altogether or in part.

    Attributes
    ----------
    distribution, version, entry_point : str
        Where the plugin comes from.
    status : str
        ``"broken"`` or ``"disabled"``.
    cause : str
        The reason.
    """

    distribution: str
    version: str = ""
    entry_point: str = ""
    status: Literal["broken", "disabled"] = "broken"
    cause: str = ""

    def __str__(self) -> str:
        title = f"plugin {self.distribution} {self.version}".rstrip()
        return f"{title} (entry point {self.entry_point!r})" if self.entry_point else title


def claims(rows: Iterable[Published], kind: str, name: str) -> list[Published]:
    """Return the classes that a bare or qualified name stands for: more than one if it is ambiguous.

    A built-in class keeps its bare name against others of its kind.
    """
    distribution, _, bare = name.rpartition(":")
    names = {name, f"{normalized(distribution)}:{bare}"}
    found = [row for row in rows if kind in (row.kind, ANY) and names & {row.name, row.qualified_name}]
    builtin = [row for row in found if row.distribution == "layerkit"]
    return list({row.cls: row for row in builtin or found}.values())


def with_status(rows: list[Published]) -> list[Published]:
    """Return classes with the status that each has among them."""

    def status(row: Published) -> Any:
        owners = [owner.cls for owner in claims(rows, row.kind, row.name)]
        return "ambiguous" if len(owners) > 1 else "ok" if owners == [row.cls] else "shadowed"

    return [replace(row, status=status(row)) for row in rows]


def find(rows: list[Published], kind: str, name: str, unused: Iterable[UnusedPlugin]) -> type[Any]:
    """Return the class that a name stands for, or raise an error that names what might publish it."""
    found = claims(rows, kind, name)
    if len(found) > 1:
        owners = " and ".join(f"{row.distribution} {row.version}".rstrip() for row in found)
        choices = " or ".join(repr(row.qualified_name) for row in found)
        raise AmbiguousNameError(f"{kind} {name!r} is published by {owners}. Say which: {choices}.")
    if found:
        return found[0].cls
    known = [row.qualified_name if ":" in name else row.name for row in rows if kind in (row.kind, ANY)]
    close = difflib.get_close_matches(name, known) or difflib.get_close_matches(name.lower(), known)
    listing = "list_activations" if kind == "activation" else "list_classes"
    hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"layerkit.{listing}() lists all names."
    for row in claims(rows, ANY, name):
        hint = f"It is the name of another kind of class: call layerkit.{row.kind}({name!r})."
    causes = "; ".join(f"{plugin}: {plugin.cause}" for plugin in unused)
    hint += f" It may belong to a plugin that is not in use: {causes}." if causes else ""
    error = UnknownActivationError if kind == "activation" else UnknownNameError
    raise error(f"no {kind} is named {name!r}. {hint} If you have just installed a plugin, start Python again.")


def make(kind: str, name: str, cls: type[Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return a new object of a class that was found by its name."""
    try:
        return cls(*arguments, **options)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:  # raised within the constructor
            raise
        signature = inspect.signature(cls)
        plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
        shown = f"{cls.__name__}{inspect.Signature(plain)}"
        raise ConfigError(f"{kind} {name!r} cannot be made: {error}. Its signature is {shown}.") from None


def normalized(name: str) -> str:
    """Return the name of a distribution as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def checked(name: str) -> str:
    """Return a name, or raise `ConfigError` if it is not a string."""
    if not isinstance(name, str):
        raise ConfigError(f"name must be a string such as 'relu' or 'layerkit-gelu', got {name!r}.")
    return name

"""What a name stands for among the published classes, and the errors for a name that finds none or several."""

import difflib
from collections.abc import Iterable
from dataclasses import replace

from layerkit.errors import AmbiguousNameError, LayerkitError, UnknownActivationError, UnknownNameError
from layerkit.plugins.plugin import Plugin, Published, normalized
from layerkit.validation import check_kind

ANY = "class"  # the kind to look up where any will do


def claims(rows: Iterable[Published], kind: str, name: str) -> list[Published]:
    """Return the classes that a bare or qualified name stands for: more than one if it is ambiguous.

    A built-in class keeps its bare name against others of its kind.
    """
    check_kind("name", name, str)
    distribution, _, bare = name.rpartition(":")
    names = {name, f"{normalized(distribution)}:{bare}"}
    found = [row for row in rows if kind in (row.kind, ANY) and names & {row.name, row.qualified_name}]
    builtin = [row for row in found if row.distribution == "layerkit"]
    return list({row.cls: row for row in builtin or found}.values())


def with_status(row: Published, rows: Iterable[Published]) -> Published:
    """Return a class with the status that it has among others."""
    owners = [owner.cls for owner in claims(rows, row.kind, row.name)]
    if row.cls not in owners:
        return replace(row, status="shadowed")
    return replace(row, status="ambiguous") if len(owners) > 1 else row


def ambiguous(kind: str, name: str, found: Iterable[Published]) -> LayerkitError:
    """Return the error for a name that several distributions publish."""
    owners = " and ".join(f"{row.distribution} {row.version}".rstrip() for row in found)
    choices = " or ".join(repr(row.qualified_name) for row in found)
    return AmbiguousNameError(f"{kind} {name!r} is published by {owners}. Say which: {choices}.")


def unknown(kind: str, name: str, rows: Iterable[Published], plugins: Iterable[Plugin]) -> LayerkitError:
    """Return the error for a name that no class has; it names the plugins that might publish it."""
    known = [row.qualified_name if ":" in name else row.name for row in rows if kind in (row.kind, ANY)]
    close = difflib.get_close_matches(name, known) or difflib.get_close_matches(name.lower(), known)
    listing = "list_activations" if kind == "activation" else "list_classes"
    hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"layerkit.{listing}() lists all names."
    causes = "; ".join(f"{plugin}: {plugin.cause}" for plugin in plugins if plugin.cause)
    hint += f" It may belong to a plugin that is not in use: {causes}." if causes else ""
    error = UnknownActivationError if kind == "activation" else UnknownNameError
    return error(f"no {kind} is named {name!r}. {hint} If you have just installed a plugin, start Python again.")

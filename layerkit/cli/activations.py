"""``layerkit activations``: the activations that can be used by name, and the plugins that are not in use."""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any

from layerkit.errors import PluginWarning
from layerkit.plugins import Plugin, Published, list_activations, list_unused_plugins
from layerkit.text import Console, table

__all__ = ["add_subcommand", "installed"]

_HEAD = ("name", "distribution", "version", "gain", "kinks", "status")


def add_subcommand(subcommands: Any) -> None:
    """Add the parser of ``layerkit activations``."""
    parser = subcommands.add_parser(
        "activations",
        help="list the installed activations",
        description="List every activation that can be used by name, and the plugins that are broken or disabled.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    console = Console(sys.stdout)
    activations, unused = installed()
    rows = [_HEAD, *map(_row, activations)]
    rows += [("(none)", plugin.distribution, plugin.version, "", "", plugin.status) for plugin in unused]
    head, *lines = table(rows, "<<<<<<").splitlines()
    console.print("\n".join([console.paint(head, "bold"), *lines]))
    for plugin in unused:
        console.print(f"\n{plugin} is {plugin.status}: {plugin.cause}")
    return 0


def installed() -> tuple[list[Published], list[Plugin]]:
    """Return all activations and the unused plugins, without the warnings, which the table replaces."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        return list_activations(), list_unused_plugins()


def _row(published: Published) -> tuple[str, ...]:
    name = published.name if published.status == "ok" else published.qualified_name
    origin = published.distribution, published.version
    try:
        layer = published.cls()
        gain = "none" if layer.gain is None else f"{layer.gain:.4f}"
        kinks = ", ".join(f"{kink:g}" for kink in getattr(layer, "kinks", ()))
    except Exception as error:  # the constructor of a plugin's class may do anything
        return name, *origin, "?", "?", f"{published.status}, but {type(error).__name__}: {error}"
    return name, *origin, gain, kinks or "none", published.status

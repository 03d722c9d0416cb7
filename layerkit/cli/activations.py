"""``layerkit activations``: what can be used by name, and which plugins are broken."""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any

import layerkit as lk
from layerkit import registry
from layerkit.text import Console
from layerkit.plugins.discovery import PluginFailure
from layerkit.errors import PluginWarning
from layerkit.plugins.names import ActivationInfo

__all__ = ["add_subcommand", "installed"]

_HEAD = ("name", "distribution", "version", "gain", "kinks", "status")


def add_subcommand(subcommands: Any) -> None:
    """Add the parser of ``layerkit activations``."""
    parser = subcommands.add_parser(
        "activations",
        help="list the installed activations",
        description="List every activation that can be used by name, and the plugins that are broken or blocked.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    console = Console(sys.stdout)
    infos, failures = installed()
    rows = [_HEAD, *map(_row, infos)]
    rows += [("(none)", f.distribution, f.version, "", "", f.status) for f in failures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        console.print(console.paint(line, "bold") if number == 0 else line)
    for failure in failures:
        console.print(f"\n{failure} is {failure.status}: {failure.cause}")
    return 0


def installed() -> tuple[list[ActivationInfo], list[PluginFailure]]:
    """Return all activations, and the plugins that give none; a table says what warnings would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        return lk.activations(), registry.failures()


def _row(info: ActivationInfo) -> tuple[str, ...]:
    name = info.name if info.status == "ok" else info.qualified_name
    try:
        layer = info.cls()
        gain = "none" if layer.gain is None else f"{layer.gain:.4f}"
        kinks = ", ".join(f"{kink:g}" for kink in getattr(layer, "kinks", ()))
    except Exception as error:  # a plugin's constructor may do anything
        return name, info.distribution, info.version, "?", "?", f"{info.status}, but {type(error).__name__}: {error}"
    return name, info.distribution, info.version, gain, kinks or "none", info.status

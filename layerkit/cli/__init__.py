"""The command ``layerkit``, one module a subcommand."""

from layerkit.cli.command import main

__all__ = ["main"]

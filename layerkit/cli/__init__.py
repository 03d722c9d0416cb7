"""The command ``layerkit``, one module a subcommand."""

from layerkit.cli.main import main

__all__ = ["main"]

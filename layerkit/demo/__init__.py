"""``layerkit demo``: train a network on handwritten digits, and show how it reads new ones."""

from layerkit.demo.command import add_subcommand

__all__ = ["add_subcommand"]

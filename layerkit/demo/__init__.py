"""``layerkit demo``: a network learns to read handwritten digits, and shows what it makes of new ones."""

from layerkit.demo.command import add_subcommand

__all__ = ["add_subcommand"]

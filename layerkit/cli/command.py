"""The command ``layerkit``: it finds the subcommand, and turns errors into messages."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import layerkit
from layerkit import demo
from layerkit.cli import activations, check, new_plugin
from layerkit.errors import LayerkitError
from layerkit.text import Console

__all__ = ["main"]

# Each adds the parser of its subcommand and sets the default `run`, a function (arguments) -> exit code.
_SUBCOMMANDS: tuple[Callable[[Any], None], ...] = (
    demo.add_subcommand,
    activations.add_subcommand,
    check.add_subcommand,
    new_plugin.add_subcommand,
)

_ERROR, _INTERRUPTED, _CLOSED_PIPE = 2, 130, 141  # the latter two as shells count signals: 128 + SIGINT, SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``layerkit`` on the command line; by default, what followed it.

    Returns
    -------
    int
        The exit code: 0, 2 for what layerkit refuses, 130 after Ctrl-C, or what the subcommand says.

    Examples
    --------
    >>> from layerkit.cli import main
    >>> main(["demo", "--seed", "-1"])
    2
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    errors = Console(sys.stderr)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            return run(options)
        except LayerkitError as error:
            errors.print(f"layerkit: {error}")
            return _ERROR
        except KeyboardInterrupt:
            errors.print("layerkit: interrupted")
            return _INTERRUPTED
        except BrokenPipeError:
            # whoever read the output has left; what is still buffered would raise again at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _CLOSED_PIPE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="layerkit", description=layerkit.__doc__)
    parser.add_argument("--version", action="version", version=f"layerkit {layerkit.__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add_subcommand in _SUBCOMMANDS:
        add_subcommand(subcommands)
    return parser


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # at a command line it says nothing where in the code a warning comes from
    Console(sys.stderr).print(f"layerkit: {category.__name__}: {message}")

"""``layerkit new-plugin``: write a complete package for a new activation."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import layerkit
from layerkit.errors import ConfigError
from layerkit.text import Console

__all__ = ["add_subcommand", "write_plugin"]

# The file that each template becomes. Templates end in .txt, so that no tool takes them for source files.
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "LICENSE.txt": "LICENSE",
    "gitignore.txt": ".gitignore",
    "workflow.yml.txt": ".github/workflows/test.yml",
    "init.py.txt": "${module}/__init__.py",
    "activation.py.txt": "${module}/activation.py",
    "typed.txt": "${module}/py.typed",
    "test.py.txt": "tests/test_${activation}.py",
}


def add_subcommand(subcommands: Any) -> None:
    """Add the parser of ``layerkit new-plugin``."""
    parser = subcommands.add_parser(
        "new-plugin",
        help="write a package for a new activation",
        description="Write a complete package that publishes an activation. It can be installed and passes its tests "
        "as generated; replace the example by your function and its derivative.",
    )
    parser.add_argument("name", metavar="NAME", help="the name of the activation, such as snake or soft-step")
    parser.add_argument(
        "--directory", type=Path, default=Path(), help="the directory to write it to (default: the current one)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the package and print the next steps."""
    root = write_plugin(options.name, options.directory)
    console = Console(sys.stdout)
    console.print(f"Wrote {root}:")
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        console.print(f"  {path.relative_to(root)}")
    source = next(root.glob("layerkit_*/activation.py")).relative_to(root)
    console.print(f"\nNext:\n  cd {root}\n  pip install -e '.[test]' && pytest")
    console.print(f"Then write your function and its derivative in {source}, and run pytest again.")
    return 0


def write_plugin(name: str, directory: Path) -> Path:
    """Write the package of a new plugin.

    Parameters
    ----------
    name : str
        The name of the activation, with or without ``layerkit-`` before it.
    directory : Path
        The directory to write the package to.

    Returns
    -------
    Path
        The directory of the package, ``layerkit-NAME``.

    Raises
    ------
    ConfigError
        If the name cannot be that of a package, or the directory of the package exists.
    """
    bare = name.removeprefix("layerkit-").removeprefix("layerkit_")
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9]*([-_][a-zA-Z0-9]+)*", bare):
        raise ConfigError(
            f"NAME must begin with a letter and consist of letters, digits and single hyphens, got {name!r}. "
            f"Choose one such as snake or soft-step."
        )
    words = re.split("[-_]", bare)
    values = {
        "activation": "_".join(words).lower(),
        "cls": "".join(word[0].upper() + word[1:] for word in words),
        "distribution": "-".join(["layerkit", *words]).lower(),
        "module": "_".join(["layerkit", *words]).lower(),
        "layerkit": layerkit.__version__,
        "year": str(date.today().year),
    }
    root = directory / values["distribution"]
    if root.exists():
        raise ConfigError(f"{root} already exists, and nothing is overwritten. Choose another name or directory.")
    templates = files("layerkit.cli") / "template"
    for source, target in _FILES.items():
        path = root / Template(target).substitute(values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template((templates / source).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return root

"""Revisions: the package as git has it, under another name, so that two versions can be imported side by side."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

_NAME = re.compile(r"\blayerkit\b")  # neither `layerkit_activations` nor `layerkit_before`


def extract(revision: str, folder: Path, name: str) -> None:
    """Write the package of a git revision to a folder, renamed.

    The name is replaced as a whole word in every Python file, in strings too: imports by ``import_module``, look-ups in
    ``sys.modules`` and the group of the entry points follow. The renamed package therefore finds no plugins.

    Parameters
    ----------
    revision : str
        Anything that git takes for a commit.
    folder : pathlib.Path
        An existing folder, which becomes an entry of ``sys.path``.
    name : str
        The new name of the package.
    """
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", revision, "layerkit"]
    answer = subprocess.run(command, capture_output=True, check=False)
    if answer.returncode:
        raise SystemExit(f"git has no package layerkit at {revision!r}: {answer.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
        archive.extractall(folder, filter="data")
    package = (folder / "layerkit").rename(folder / name)
    for pattern in ("*.py", "*.pyi"):
        for path in package.rglob(pattern):
            text = path.read_text(encoding="utf-8")
            path.write_text(_NAME.sub(name, text), encoding="utf-8")

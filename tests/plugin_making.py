"""Plugins for tests: made in memory, and installed in a directory."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import numpy as np

import layerkit as lk

# The plugins in this repository may be installed where the tests run; what is tested must not depend on them.
BUNDLED = "layerkit-gelu,layerkit-optimizers,layerkit-periodic,layerkit-trainable"


def make_class(name, base=lk.Activation):
    """Return a new activation class, x + sin²(a x)/a under any name."""

    class Snake(base):
        def __init__(self, a=1.0):
            self.a = a

        def function(self, z):
            return z + np.sin(self.a * z) ** 2 / self.a

        def derivative(self, z):
            return 1 + np.sin(2 * self.a * z)

    Snake.name = name
    return Snake


def make_plugin(*classes, title="notebook"):
    """Return a module that publishes the classes."""
    return with_hook(lambda: list(classes), title=title)


def with_hook(function, name="layerkit_activations", title="notebook"):
    """Return a module with one function that is marked as a hook."""
    plugin = types.ModuleType(title)
    setattr(plugin, name, lk.hookimpl(function))
    return plugin


SNAKE = textwrap.dedent("""
    import numpy as np
    import layerkit as lk

    class Snake(lk.Activation):
        name = "snake"
        def function(self, z):
            return z + np.sin(z) ** 2
        def derivative(self, z):
            return 1 + np.sin(2 * z)

    @lk.hookimpl
    def layerkit_activations():
        return [Snake]
""")


def snake(name):
    """Return the source of a plugin that publishes one activation."""
    return SNAKE.replace('"snake"', repr(name))


def files(distribution, source=SNAKE, *, version="1.0", entry_points=None):
    """Return the files of an installed distribution of one module, by path; the text of each."""
    module = distribution.replace("-", "_").lower()
    stem = f"{module}-{version}"
    entry_points = {module: module} if entry_points is None else entry_points
    lines = [f"{name} = {value}" for name, value in entry_points.items()]
    contents = {
        f"{module}.py": source,
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/entry_points.txt": "\n".join(["[layerkit]", *lines, ""]),
    }
    record = f"{stem}.dist-info/RECORD"
    return contents | {record: "".join(f"{path},,\n" for path in [*contents, record])}


def install(site: Path, distribution, source=SNAKE, **options):
    """Lay out an installed distribution in a directory, as a wheel that is unpacked."""
    for path, text in files(distribution, source, **options).items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    importlib.invalidate_caches()  # directories are told apart by a clock that is coarser than this function


def run(code, *sites: Path, **environment) -> str:
    """Return what a fresh interpreter prints, with the directories on its path."""
    root = Path(lk.__file__).parents[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LAYERKIT_")}
    variables |= {"PYTHONPATH": os.pathsep.join(map(str, [*sites, root])), "LAYERKIT_DISABLE_PLUGINS": BUNDLED}
    done = subprocess.run(
        [sys.executable, "-W", "always::UserWarning", "-c", textwrap.dedent(code)],
        env=variables | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

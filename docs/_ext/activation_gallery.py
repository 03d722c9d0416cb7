"""The directive ``activation-gallery``: every activation that is installed when the pages are built.

Pictures, formulas, gains and kinks come from the installed code. Errors and times are those in benchmarks/results, with
their dates: a build measures nothing.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from docutils import nodes
from matplotlib import pyplot as plt
from pictures import reset
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import layerkit as lk
from layerkit.errors import ConfigError
from layerkit.plugins import Published

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
PICTURES = "gallery"  # in the folder of the documentation, not under version control
FINITE = 2 * 255 * 2**23  # float32 numbers, which are the inputs of a finished run of accuracy.py
TIMED = 100_000  # elements


class ActivationGallery(SphinxDirective):
    """An overview, and then a section for each activation."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of all of them."""
        self.env.note_reread()  # what is installed may have changed
        folder = Path(self.env.srcdir) / PICTURES
        folder.mkdir(exist_ok=True)
        measured = Measured(RESULTS)
        infos = [info for info in lk.list_activations() if info.status == "ok"]
        lines = [*overview(infos, measured)]
        for info in infos:
            lines += section(info, measured, draw(info, folder))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class Measured:
    """The results of the benchmarks, as far as there are any."""

    def __init__(self, results: Path) -> None:
        accuracy, elementwise = results / "accuracy.json", results / "elementwise.json"
        self._errors = json.loads(accuracy.read_text()) if accuracy.exists() else {}
        self._times = json.loads(elementwise.read_text()) if elementwise.exists() else {"results": []}

    def errors(self, name: str) -> dict[str, Any] | None:
        """Return the records of f and f′, of the runs that went through all numbers."""
        found: dict[str, Any] = self._errors.get(name, {})
        return found if found and all(record["inputs"] == FINITE for record in found.values()) else None

    def nanoseconds(self, name: str) -> tuple[float, float] | None:
        """Return the times of an element, forward and backward."""
        medians = {
            result["case"]["size"]: result["median"]["layerkit"] / result["case"]["batch"] * 1e9
            for result in self._times["results"]
            if result["case"]["batch"] == TIMED
        }
        passes = f"{name} forward", f"{name} backward"
        return (medians[passes[0]], medians[passes[1]]) if medians.keys() >= {*passes} else None

    @property
    def circumstances(self) -> str:
        """The date and the machine of the times."""
        machine = self._times["machine"]
        return (
            f"{machine['date']}, one core of {machine['cpu']}, Python {machine['python']}, "
            f"NumPy {machine['packages']['numpy']}"
        )


def overview(infos: list[Published], measured: Measured) -> Iterator[str]:
    """Yield the table of all."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    yield from row(["name", "distribution", "gain", "kinks", "f, ULP", "f′, ULP", "forward, ns", "backward, ns"])
    for info in infos:
        layer = info.cls()
        errors, times = measured.errors(info.name), measured.nanoseconds(info.name)
        cells = [f":ref:`{info.name} <activation {info.qualified_name}>`", info.distribution, gain(layer), kinks(layer)]
        cells += [f"{errors[which]['ulp']:.2f}" for which in ("f", "f′")] if errors else ["–", "–"]
        cells += [f"{time:.2f}" for time in times] if times else ["–", "–"]
        yield from row(cells)
    yield ""


def row(cells: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a row."""
    for position, cell in enumerate(cells):
        yield f"   {' ' if position else '*'} - {cell}"


def section(info: Published, measured: Measured, picture: str) -> Iterator[str]:
    """Yield the section of one activation."""
    yield from (f".. _activation {info.qualified_name}:", "", info.name, "-" * len(info.name), "")
    if picture:
        yield from (f".. image:: {picture}", f"   :alt: {described(info)}", "   :class: curve", "")
    yield from (introduction(info.cls), "", ".. rst-class:: facts", "")
    for head, text in facts(info, measured):
        yield f":{head}: {text}"
    yield ""


def described(info: Published) -> str:
    """Return the picture in words."""
    layer, z = info.cls(), np.array([-2.0, 0.0, 2.0], np.float32)
    values = ", ".join(f"{value:.2f} at {at:g}" for at, value in zip(z, layer.forward(z, training=False), strict=True))
    return f"The curves of {info.name} and its derivative. The function is {values}."


def facts(info: Published, measured: Measured) -> Iterator[tuple[str, str]]:
    """Yield the entries of the list below the formulas."""
    layer = info.cls()
    own = info.distribution == "layerkit"
    name = f":py:class:`layerkit.{info.cls.__name__}`" if own else f"``{info.cls.__module__}.{info.cls.__name__}``"
    yield "Class", f"{name}, from ``lk.activation({info.name!r})``"
    yield "Distribution", f"{info.distribution} {info.version}"
    yield "Gain", gain(layer)
    yield "Kinks", kinks(layer)
    if errors := measured.errors(info.name):
        worst = [
            f"{which} {errors[which]['ulp']:.2f} ULP"
            + (f" at z = {errors[which]['z']:.6g}" * (errors[which]["ulp"] > 0))
            for which in ("f", "f′")
        ]
        yield "Largest error", f"{', '.join(worst)}; {errors['f′']['date']}, NumPy {errors['f′']['numpy']}"
    if times := measured.nanoseconds(info.name):
        text = f"{times[0]:.2f} ns forward and {times[1]:.2f} ns backward of {TIMED:,} elements"
        yield "Time of an element", f"{text}; {measured.circumstances}"


def gain(layer: lk.Layer) -> str:
    """Return the factor of the weights before an activation."""
    return "none" if layer.gain is None else f"{layer.gain:.4f}"


def kinks(layer: lk.Layer) -> str:
    """Return the points where the derivative jumps."""
    return ", ".join(f"{kink:g}" for kink in getattr(layer, "kinks", ())) or "none"


def introduction(cls: type) -> str:
    """Return a docstring up to its first section: the summary and the formulas."""
    text = inspect.getdoc(cls) or ""
    return re.split(r"^\w[\w ]*\n-{3,}$", text, maxsplit=1, flags=re.MULTILINE)[0].strip()


def draw(info: Published, folder: Path) -> str:
    """Draw an activation's curves, and return the picture's address; nothing for one that has no curve."""
    reset({}, "")
    with mpl.rc_context({"svg.hashsalt": "layerkit"}):  # the same ids at every build
        fig, ax = plt.subplots(figsize=(6.0, 2.6))
        try:
            lk.plots.activation(info.cls(), ax=ax)
        except ConfigError:  # an output depends on several inputs
            return ""
        finally:
            plt.close(fig)
        ax.set_title("")
        file = folder / f"{info.qualified_name.replace(':', '-')}.svg"
        fig.savefig(file, metadata={"Date": None})
    return f"/{PICTURES}/{file.name}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("activation-gallery", ActivationGallery)
    return {"parallel_read_safe": True}

"""Results of the benchmarks in the pages: ``.. results:: compare`` and ``.. step-chart::``.

The files in benchmarks/results are written by the scripts in benchmarks/. A page that shows them claims nothing that was
not measured, and can be built before all of it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, ClassVar

import matplotlib as mpl
from docutils import nodes, utils
from docutils.parsers.rst import directives
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from myst_parser.parsers.sphinx_ import MystParser
from pictures import COLORS, GRAY, reset
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
CHART = "gallery/step.svg"  # in the folder of the documentation, not under version control
SIZES = ("tiny", "small", "medium", "large")
PEERS = ("layerkit", "GEMMs alone", "JAX, compiled epoch", "JAX, jit per step", "PyTorch", "scikit-learn")


class Results(SphinxDirective):
    """The tables of one report, without its title: all, those under one heading, or all but those under some."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"part": directives.unchanged, "without": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the report."""
        name = self.arguments[0]
        path = RESULTS / f"{name}.md"
        self.env.note_dependency(str(path))
        if not path.exists():
            return self.parse(f"No results are kept yet. `python benchmarks/{name}.py` measures them.")
        text = select(path.read_text(encoding="utf-8"), **self.options)
        # a heading within a report is no section of the page
        return self.parse(re.sub(r"^#+ (.*)$", r"```{rubric} \1\n```", text, flags=re.MULTILINE))

    def parse(self, text: str) -> list[nodes.Node]:
        """Return the nodes of Markdown, whatever the page around it is written in."""
        parser = MystParser()
        document = utils.new_document(str(self.env.doc2path(self.env.docname)), self.state.document.settings)
        parser.parse(text, document)
        document.transformer.populate_from_components((parser,))
        document.transformer.apply_transforms()
        return document.children


def select(report: str, part: str = "", without: str = "") -> str:
    """Return a report without its title: the part whose heading begins with `part`, or all but some, by commas."""
    opening, *parts = re.split(r"^(?=## )", report.partition("\n")[2], flags=re.MULTILINE)
    if part:
        return next(text for text in parts if text.startswith(f"## {part}")).partition("\n")[2]
    left_out = tuple(f"## {heading.strip()}" for heading in without.split(",") if heading.strip())
    return "".join([opening, *(text for text in parts if not text.startswith(left_out))])


class StepChart(SphinxDirective):
    """The times of a training step, drawn from the kept results in the style of the pages."""

    def run(self) -> list[nodes.Node]:
        """Return the picture, and its caption."""
        path = RESULTS / "compare.json"
        self.env.note_dependency(str(path))
        if not path.exists():
            return []
        found = json.loads(path.read_text(encoding="utf-8"))
        times = {
            result["case"]["size"]: {peer: result["median"][peer] for peer in PEERS if peer in result["median"]}
            for result in found["results"]
            if result["case"]["variant"] == "base"
        }
        draw(Path(self.env.srcdir) / CHART, times)
        return [nodes.image(uri=f"/{CHART}", alt=described(times), classes=["curve"])]


def draw(path: Path, times: dict[str, dict[str, float]]) -> None:
    """Draw one row of points for each size: the time of each package on a logarithmic axis."""
    reset({}, "")
    sizes = [size for size in SIZES if size in times]
    figure, axes = plt.subplots(len(sizes), 1, figsize=(7.0, 1.9 * len(sizes)), squeeze=False)
    for ax, size in zip(axes[:, 0], sizes, strict=True):
        row(ax, size, times[size])
    axes[-1, 0].set_xlabel("time of a step, as a multiple of layerkit's")
    path.parent.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "layerkit"}):  # the same ids at every build
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def row(ax: Axes, size: str, times: dict[str, float]) -> None:
    """Draw the packages of one size, the slowest at the top."""
    ordered = sorted(times, key=times.__getitem__)
    for position, peer in enumerate(ordered):
        ratio = times[peer] / times["layerkit"]
        ax.plot(ratio, position, "o", color=COLORS[1] if peer == "layerkit" else COLORS[0], markersize=7)
        ax.annotate(f"{ratio:.2f}", (ratio, position), (8, -4), textcoords="offset points", fontsize=9, color=GRAY)
    ax.axvline(1, color=GRAY, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_xlim(0.1, 100)
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    ax.set_yticks(range(len(ordered)), ordered, fontsize=9)
    ax.set_ylim(-0.6, len(ordered) - 0.4)
    ax.set_title(size, fontsize=11, loc="left")
    ax.grid(axis="x", alpha=0.3)


def described(times: dict[str, dict[str, float]]) -> str:
    """Return the chart in words: the ratios of each size."""
    lines = []
    for size in SIZES:
        if size in times:
            own = times[size]["layerkit"]
            ratios = ", ".join(f"{peer} {time / own:.2f}" for peer, time in times[size].items() if peer != "layerkit")
            lines.append(f"{size}: {ratios}")
    return f"The time of a training step as a multiple of layerkit's. {'; '.join(lines)}."


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("results", Results)
    app.add_directive("step-chart", StepChart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

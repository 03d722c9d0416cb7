"""Results of the benchmarks in the pages: ``.. results:: compare`` and ``.. step-chart::``.

The files in benchmarks/results are written by the scripts in benchmarks/. A page that shows them claims nothing that
was not measured, and can be built before all of it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median
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
        ratios = multiples(json.loads(path.read_text(encoding="utf-8"))["results"])
        draw(Path(self.env.srcdir) / CHART, ratios)
        return [nodes.image(uri=f"/{CHART}", alt=described(ratios), classes=["curve"])]


def multiples(results: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the time of each peer as a multiple of layerkit's, by size: the median of the rounds, as in the tables."""
    found = {}
    for result in results:
        times = result["times"]
        if result["case"]["variant"] == "base":
            found[result["case"]["size"]] = {
                peer: median(one / own for one, own in zip(times[peer], times["layerkit"], strict=True))
                for peer in PEERS
                if peer in times
            }
    return found


def draw(path: Path, ratios: dict[str, dict[str, float]]) -> None:
    """Draw one panel for each size, with a point for each peer on a logarithmic axis."""
    reset({}, "")
    sizes = [size for size in SIZES if size in ratios]
    figure, axes = plt.subplots(len(sizes), 1, figsize=(7.0, 1.9 * len(sizes)), squeeze=False)
    for ax, size in zip(axes[:, 0], sizes, strict=True):
        panel(ax, size, ratios[size])
    axes[-1, 0].set_xlabel("time of a step, as a multiple of layerkit's")
    path.parent.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "layerkit"}):  # the same ids at every build
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def panel(ax: Axes, size: str, ratios: dict[str, float]) -> None:
    """Draw the peers of one size, the slowest at the top."""
    ordered = sorted(ratios, key=ratios.__getitem__)
    ax.axvline(1, color=GRAY, linewidth=0.8)
    for position, peer in enumerate(ordered):
        color = COLORS[1] if peer == "layerkit" else COLORS[0]
        ax.plot(ratios[peer], position, "o", color=color, markersize=7)
        side, ha = (1, "left") if ratios[peer] >= 1 else (-1, "right")
        text, place = f"{ratios[peer]:.2f}", (ratios[peer], position)
        ax.annotate(text, place, (8 * side, -4), textcoords="offset points", fontsize=9, color=GRAY, ha=ha)
    ax.set_xscale("log")
    ax.set_xlim(min(0.1, *ratios.values()) / 1.6, max(30, *ratios.values()) * 1.6)
    ax.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.set_yticks(range(len(ordered)), ordered, fontsize=9)
    ax.set_ylim(-0.6, len(ordered) - 0.4)
    ax.set_title(size, fontsize=11, loc="left")
    ax.grid(axis="x", alpha=0.3)


def described(ratios: dict[str, dict[str, float]]) -> str:
    """Return the chart in words."""
    lines = [
        f"{size}: {', '.join(f'{peer} {ratio:.2f}' for peer, ratio in ratios[size].items() if peer != 'layerkit')}"
        for size in SIZES
        if size in ratios
    ]
    return f"The time of a training step as a multiple of layerkit's. {'; '.join(lines)}."


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("results", Results)
    app.add_directive("step-chart", StepChart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

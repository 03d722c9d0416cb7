"""``.. results:: compare`` shows what benchmarks/results/compare.md holds, or says how to make it.

The files are written by the scripts in benchmarks/. A page that shows them says nothing that was not measured, and can
be built before all of it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes, utils
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


class Results(SphinxDirective):
    """The tables of one benchmark, without the title of their file, and its chart where there is one."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the report."""
        name = self.arguments[0]
        path, chart = RESULTS / f"{name}.md", RESULTS / f"{name}.png"
        self.env.note_dependency(str(path))
        if path.exists():
            _, _, text = path.read_text(encoding="utf-8").partition("\n")
        else:
            text = f"No results are kept yet. `python benchmarks/{name}.py` measures them."
        # a heading within a report is no section of the page
        text = re.sub(r"^#+ (.*)$", r"```{rubric} \1\n```", text, flags=re.MULTILINE)
        result = self.parse(text)
        if chart.exists():
            self.env.note_dependency(str(chart))
            result.append(nodes.image(uri=f"/../benchmarks/results/{chart.name}", alt=f"Chart of {name}"))
        return result

    def parse(self, text: str) -> list[nodes.Node]:
        """Return the nodes of Markdown, whatever the page around it is written in."""
        parser = MystParser()
        document = utils.new_document(str(self.env.doc2path(self.env.docname)), self.state.document.settings)
        parser.parse(text, document)
        document.transformer.populate_from_components((parser,))
        document.transformer.apply_transforms()
        return document.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("results", Results)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The directive ``floor-plan``: the rooms of the package from top to bottom, as the architecture test has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
TEST = ROOT / "tests" / "test_architecture.py"


class FloorPlan(SphinxDirective):
    """A table with a row for each floor."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        self.env.note_dependency(str(TEST))
        lines = [".. list-table::", "   :header-rows: 1", "", "   * - floor", "     - room", "     - what is in it"]
        plan = floors()
        for height, rooms in reversed(list(enumerate(plan))):
            for position, room in enumerate(sorted(rooms)):
                lines += [f"   * - {height if not position else ''}", f"     - ``{room}``", f"     - {purpose(room)}"]
        return self.parse_text_to_nodes("\n".join(lines))


def floors() -> Iterator[set[str]]:
    """Yield the floors from the ground up."""
    for node in ast.parse(TEST.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            yield from ast.literal_eval(node.value)


def purpose(room: str) -> str:
    """Return the first line of the docstring of a room."""
    package = ROOT / "layerkit"
    places = [package / f"{room}.py", package / room / "__init__.py"]
    source = next((place for place in places if place.exists()), package / "__init__.py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("floor-plan", FloorPlan)
    return {"parallel_read_safe": True}

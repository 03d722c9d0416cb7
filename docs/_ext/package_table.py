"""The directive ``package-table``: packages and modules by layers of dependency, as the architecture test has them."""

from __future__ import annotations

import ast
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
TEST = ROOT / "tests" / "test_architecture.py"


class PackageTable(SphinxDirective):
    """A table of packages and modules, each below everything that may import it."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        self.env.note_dependency(str(TEST))
        lines = [".. list-table::", "   :header-rows: 1", "", "   * - level", "     - module", "     - contents"]
        for level, names in reversed(list(enumerate(layers()))):
            for position, name in enumerate(sorted(names)):
                lines += [f"   * - {level if not position else ''}", f"     - ``{name}``", f"     - {purpose(name)}"]
        return self.parse_text_to_nodes("\n".join(lines))


def layers() -> list[set[str]]:
    """Return the names of the packages and modules, from the bottom up."""
    for node in ast.parse(TEST.read_text(encoding="utf-8")).body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and target.id == "LAYERS":
            found: list[set[str]] = ast.literal_eval(node.value or ast.List([]))
            return found
    raise LookupError(f"{TEST} has no list LAYERS.")


def purpose(name: str) -> str:
    """Return the first line of the docstring of a package or module."""
    package = ROOT / "layerkit"
    places = [package / f"{name}.py", package / name / "__init__.py"]
    source = next((place for place in places if place.exists()), package / "__init__.py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("package-table", PackageTable)
    return {"parallel_read_safe": True}

"""Every public name is in the reference, and every equation in the list of equations."""

import re
from pathlib import Path

import pytest

import layerkit
import layerkit.datasets
import layerkit.plots
import layerkit.testing

DOCS = Path(__file__).parents[1] / "docs"
REFERENCE = DOCS / "api"
MODULES = (layerkit, layerkit.datasets, layerkit.errors, layerkit.initializers, layerkit.plots, layerkit.testing)


def documented():
    """Return the full names that the pages list, and the modules that they show whole."""
    found = set()
    for page in REFERENCE.glob("*.rst"):
        module = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"\.\. currentmodule:: (\S+)", line):
                module = match[1]
            elif match := re.match(r"\.\. (?:auto\w+|py:\w+):: (\S+)", line):
                found.add(match[1] if "." in match[1] else f"{module}.{match[1]}")
            elif match := re.fullmatch(r"   (\w+)", line):
                found.add(f"{module}.{match[1]}")
    return found


DOCUMENTED = documented()


NAMES = [f"{module.__name__}.{name}" for module in MODULES for name in module.__all__]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {module.__name__ for module in MODULES}))
def test_name_is_in_the_reference(name):
    assert name in DOCUMENTED or name.rpartition(".")[0] in DOCUMENTED - {"layerkit"}


def test_every_equation_of_the_chain_rule_page_is_listed_with_its_code():
    derived = re.findall(r"^#    :label: (\S+)", (DOCS / "examples" / "chain_rule.py").read_text("utf-8"), re.MULTILINE)
    listed = re.findall(r"^   \* - :eq:`(\S+)`", (DOCS / "backpropagation.rst").read_text("utf-8"), re.MULTILINE)
    assert len(derived) == 8
    assert listed == derived


def test_every_decision_has_the_number_of_its_file_and_its_three_sections():
    pages = sorted((DOCS / "decisions").glob("[01]*.rst"))
    assert [int(page.name[:2]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        title, *rest = page.read_text("utf-8").splitlines()
        assert title.startswith(f"{int(page.name[:2])}. ")
        assert [line for line in rest if line in ("Context", "Decision", "Consequence")] == [
            "Context",
            "Decision",
            "Consequence",
        ]

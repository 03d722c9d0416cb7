"""Every public name has its place in the reference."""

import re
from pathlib import Path

import pytest

import layerkit
import layerkit.datasets
import layerkit.plots
import layerkit.testing

REFERENCE = Path(__file__).parents[1] / "docs" / "api"
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
                found.add(match[1])
            elif match := re.fullmatch(r"   (\w+)", line):
                found.add(f"{module}.{match[1]}")
    return found


DOCUMENTED = documented()


NAMES = [f"{module.__name__}.{name}" for module in MODULES for name in module.__all__]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {module.__name__ for module in MODULES}))
def test_name_is_in_the_reference(name):
    assert name in DOCUMENTED or name.rpartition(".")[0] in DOCUMENTED - {"layerkit"}

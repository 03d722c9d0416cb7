"""The README does what it says."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import layerkit as lk

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
RESULTS = README.parent / "benchmarks" / "results"
PICTURES = re.findall(r'(?:src|srcset)="([^"]+)"', TEXT)


def test_its_two_commands_are_there_and_are_its_only_ones():
    commands = [text for language, text in BLOCKS if language == "sh"]
    assert commands == ["pip install . && layerkit demo\n", 'pip install -e ".[test]" && pytest\n']


def test_its_examples_print_what_it_shows(monkeypatch, capsys):
    script = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", script)
    shown = [text for language, text in BLOCKS if language == "text"]
    printed = []
    for language, text in BLOCKS:
        if language == "python":
            exec(compile(text, str(README), "exec"), vars(script))
            printed += filter(None, [capsys.readouterr().out])
    lk.unregister(script)
    assert len(printed) == 2
    assert printed == shown


def test_its_examples_are_as_short_as_it_says():
    first, plugin = [text for language, text in BLOCKS if language == "python"][:2]
    assert len(list(filter(None, first.splitlines()))) == 12
    assert len(list(filter(None, plugin.splitlines()))) == 10


@pytest.mark.parametrize("link", [*re.findall(r"\]\(([^)]+)\)", TEXT), *PICTURES])
def test_its_links_lead_somewhere(link):
    assert (README.parent / link).exists()


def test_its_figures_are_those_of_the_kept_results():
    """Each row of a table stands in a report: the same first cell, and every other cell in that row."""
    reports = [line for path in RESULTS.glob("*.md") for line in path.read_text(encoding="utf-8").splitlines()]
    measured = [[cell.strip() for cell in line.strip("|").split("|")] for line in reports if line.startswith("|")]
    tables = re.findall(r"^\|(?:---\|)+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for table in tables for line in table.splitlines()]
    assert len(rows) >= 6
    for name, *figures in rows:
        assert any(row[0] == name and set(figures) <= set(row) for row in measured), (name, figures)


def test_its_pictures_show_the_numbers_that_the_network_has_today(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="the pictures need the plot extra")
    script = README.parent / "docs" / "pictures" / "passes.py"
    subprocess.run([sys.executable, "-W", "error", script, tmp_path], check=True)
    assert len(PICTURES) == 2
    for picture in map(Path, PICTURES):
        kept, drawn = image.open(README.parent / picture), image.open(tmp_path / picture.name)
        assert kept.size == drawn.size
        assert "C = " in kept.text["Description"]
        assert kept.text["Description"] == drawn.text["Description"]

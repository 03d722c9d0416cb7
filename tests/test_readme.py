"""The README does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
RESULTS = README.parent / "benchmarks" / "results"
PICTURES = re.findall(r'(?:src|srcset)="([^"]+)"', TEXT)


def test_its_two_commands_are_there_and_are_its_only_ones():
    commands = [text for language, text in BLOCKS if language == "sh"]
    assert commands == ["pip install . && layerkit demo\n", 'pip install -e ".[test]" && pytest\n']


def test_its_examples_print_what_it_shows():
    """They run as one program, with no plugin that could publish the names in them."""
    program = "".join(text for language, text in BLOCKS if language == "python")
    environment = os.environ | {"LAYERKIT_DISABLE_PLUGINS": "*", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    assert done.stderr == ""
    assert done.stdout == "".join(text for language, text in BLOCKS if language == "text")
    assert len(BLOCKS) > 6


def test_its_layer_and_its_activation_are_right():
    """It calls the two checks itself, and they raise if something is wrong."""
    program = "".join(text for language, text in BLOCKS if language == "python")
    assert "\ncheck_layer(Affine(" in program
    assert "\ncheck_activation(Snake)" in program


@pytest.mark.parametrize("link", [*re.findall(r"\]\(([^)]+)\)", TEXT), *PICTURES])
def test_its_links_lead_somewhere(link):
    assert (README.parent / link).exists()


def test_its_figures_are_those_of_the_kept_results():
    """Each row of a table is in a report: the same first cell, and every other cell in that row."""
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

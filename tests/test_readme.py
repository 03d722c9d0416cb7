"""The README does what it says."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import layerkit as lk

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


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


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", README.read_text(encoding="utf-8")))
def test_its_links_lead_somewhere(link):
    assert (README.parent / link).exists()

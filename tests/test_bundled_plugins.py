"""The plugins of this repository: complete, and written with documented names of layerkit only."""

import tomllib
from pathlib import Path

import pytest
from public_names import undocumented_names

ROOT = Path(__file__).parents[1] / "plugins"
PLUGINS = sorted(path.parent for path in ROOT.glob("*/pyproject.toml"))
SOURCES = sorted(path for plugin in PLUGINS for path in plugin.rglob("*.py") if "build" not in path.parts)

pytestmark = pytest.mark.skipif(not PLUGINS, reason="the plugins are in a checkout, not in an installed package")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_plugin_uses_documented_names_only(path):
    assert undocumented_names(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import layerkit as lk\nlk.Dense(1, 1)\nlk.errors.ConfigError\nlk.initializers.Uniform", []),
        ("from layerkit.activations import in_float64\nfrom layerkit import errors", []),
        ("from layerkit.layers.base import Layer", ["line 1: layerkit.layers.base.Layer"]),
        ("from layerkit.activations.base import in_float64", ["line 1: layerkit.activations.base.in_float64"]),
        ("from layerkit.activations import elementwise", ["line 1: layerkit.activations.elementwise"]),
        ("import layerkit.network.composite", ["line 1: layerkit.network.composite"]),
        ("import layerkit as lk\nlk.text.one_line(1)", ["line 2: layerkit.text", "line 2: layerkit.text.one_line"]),
        ("import layerkit as lk\n\n\ndef f():\n    return lk.nonsense", ["line 5: layerkit.nonsense"]),
        ("import layerkit as lk\nlk.errors.NoSuchError", ["line 2: layerkit.errors.NoSuchError"]),
        ("from ..other import x", ["line 1: ..other"]),
    ],
)
def test_an_undocumented_name_is_found(source, names):
    assert undocumented_names(source) == names


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_is_a_complete_project(plugin):
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (module,) = project["entry-points"]["layerkit"].values()
    files = [
        plugin / "README.md",
        plugin / "LICENSE",
        plugin / "docs" / "index.md",
        plugin / "src" / module / "py.typed",
    ]
    assert [path for path in files if not path.is_file()] == []
    assert project["name"] == plugin.name == module.replace("_", "-")
    assert "layerkit[test]" in project["optional-dependencies"]["test"]
    assert list((plugin / "tests").glob("test_*.py"))


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_readme_installs_what_can_be_installed(plugin):
    text = (plugin / "README.md").read_text(encoding="utf-8")
    assert f"./plugins/{plugin.name}" in text
    assert plugin.name in (ROOT / "README.md").read_text(encoding="utf-8")

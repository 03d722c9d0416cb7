"""``layerkit new-plugin``: what it writes works as generated, and nothing is overwritten."""

import importlib.metadata
import os
import subprocess
import sys
import tomllib

import pytest
from public_names import undocumented_names

import layerkit as lk
from layerkit.cli import main
from layerkit.cli.new_plugin import write_plugin
from layerkit.testing import activation_checks


@pytest.fixture
def plugin(tmp_path):
    return write_plugin("soft-step", tmp_path)


def fresh(plugin, *arguments):
    """Run Python with the package on its path, as an editable installation puts it there."""
    metadata = plugin / "layerkit_soft_step-0.1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: layerkit-soft-step\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[layerkit]\nsoft_step = layerkit_soft_step\n")
    environment = os.environ | {"PYTHONPATH": str(plugin)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=plugin, env=environment, capture_output=True, text=True, check=False
    )


def test_package_is_complete(plugin):
    paths = sorted(str(path.relative_to(plugin).as_posix()) for path in plugin.rglob("*") if path.is_file())
    assert paths == [
        ".github/workflows/test.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "layerkit_soft_step/__init__.py",
        "layerkit_soft_step/activation.py",
        "layerkit_soft_step/py.typed",
        "pyproject.toml",
        "tests/test_soft_step.py",
    ]
    for path in paths:
        text = (plugin / path).read_text(encoding="utf-8")
        assert "${activation}" not in text
        assert "${module}" not in text


def test_project_file_declares_the_entry_point_and_this_layerkit(plugin):
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == "layerkit-soft-step"
    assert project["project"]["entry-points"]["layerkit"] == {"soft_step": "layerkit_soft_step"}
    assert f"layerkit>={lk.__version__}" in project["project"]["dependencies"]
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["layerkit_soft_step"]
    assert importlib.metadata.version("layerkit") == lk.__version__


def test_workflow_keeps_its_own_placeholders(plugin):
    workflow = (plugin / ".github/workflows/test.yml").read_text(encoding="utf-8")
    assert "python-version: ${{ matrix.python-version }}" in workflow


def test_its_own_tests_pass_as_generated(plugin):
    done = fresh(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    checks = len(activation_checks(lk.Tanh))
    assert f"{checks + 1} passed" in done.stdout  # every check, and the example of the class


def test_its_own_tests_fail_once_the_derivative_is_wrong(plugin):
    source = plugin / "layerkit_soft_step" / "activation.py"
    source.write_text(source.read_text(encoding="utf-8").replace("1 + np.sin", "1 - np.sin"))
    done = fresh(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 1
    assert "fails the check 'derivative'" in done.stdout


def test_it_uses_documented_names_only(plugin):
    for path in plugin.rglob("*.py"):
        assert undocumented_names(path.read_text(encoding="utf-8")) == []


def test_the_readme_describes_no_function_that_is_going_to_be_replaced(plugin):
    assert "sin" not in (plugin / "README.md").read_text(encoding="utf-8").replace("using", "")


def test_installed_it_is_found_by_name(plugin):
    done = fresh(plugin, "-c", "import layerkit as lk; print(lk.activation('soft_step', a=2.0))")
    assert done.stdout.strip() == "SoftStep(a=2.0)", done.stderr


def test_command_says_what_it_wrote_and_how_to_go_on(tmp_path, capsys):
    assert main(["new-plugin", "layerkit-Wave", "--directory", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "layerkit_wave/activation.py" in out
    assert "pip install -e '.[test]' && pytest" in out
    assert "class Wave(lk.Activation)" in (tmp_path / "layerkit-wave" / "layerkit_wave" / "activation.py").read_text()


def test_nothing_is_overwritten(plugin, capsys):
    mine = plugin / "README.md"
    mine.write_text("mine")
    assert main(["new-plugin", "soft-step", "--directory", str(plugin.parent)]) == 2
    assert "layerkit-soft-step already exists, and nothing is overwritten" in capsys.readouterr().err
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["", "2fast", "a b", "a--b", "../evil", "layerkit-", "ünder", "a.b", "class-"])
def test_names_that_make_no_package_are_refused(name, tmp_path):
    with pytest.raises(lk.errors.ConfigError, match="NAME must begin with a letter"):
        write_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())

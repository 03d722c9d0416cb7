"""The packaging files and the installed metadata."""

import importlib.metadata
import importlib.resources
import re
import tomllib
from pathlib import Path

import pytest

import layerkit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(requirements):
    return {re.match(r"[\w-]+", requirement).group() for requirement in requirements}


def test_installed_version_is_that_of_the_code():
    # an editable installation that is older than the version in the code must be made again
    assert importlib.metadata.version("layerkit") == layerkit.__version__


def test_installed_metadata_has_the_license_and_the_command():
    metadata = importlib.metadata.metadata("layerkit")
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    (command,) = importlib.metadata.distribution("layerkit").entry_points.select(group="console_scripts")
    assert (command.name, command.value) == ("layerkit", "layerkit.cli:main")
    assert callable(command.load())


@pytest.mark.parametrize("file", ["py.typed", "datasets/digits.npz", "datasets/DIGITS.txt"])
def test_data_file_lies_in_the_package(file):
    assert importlib.resources.files(layerkit).joinpath(file).is_file()


def test_the_package_needs_five_others_at_run_time():
    assert names(PROJECT["dependencies"]) == {"numpy", "pluggy", "tqdm", "lazy-loader", "packaging"}


def test_all_the_extras_are_there():
    extras = PROJECT["optional-dependencies"]
    assert set(extras) == {"plot", "test", "docs", "dev", "bench", "all"}
    assert extras["all"] == ["layerkit[plot,test,docs,dev,bench]"]


def test_tests_need_no_deep_learning_package():
    test = PROJECT["optional-dependencies"]["test"]
    others = {"pandas", "cloudpickle", "joblib"}  # histories become tables, and networks are pickled
    assert names(test) == {"pytest", "pytest-cov", "hypothesis", "scipy", "layerkit", *others}
    assert "layerkit[plot]" in test  # pictures are tested, too


def test_changelog_has_a_section_for_this_version_or_for_what_is_unreleased():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] in {"Unreleased", layerkit.__version__}


def test_every_python_version_of_the_classifiers_is_tested_by_the_workflow():
    promised = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    matrix = re.search(r"^ +python: \[(.*)\]$", workflow, re.MULTILINE)[1]
    assert re.findall(r"[\d.]+", matrix) == promised == ["3.11", "3.12", "3.13", "3.14"]
    for system in ("macos", "windows"):
        assert re.findall(rf'os: {system}-latest, python: "(.+?)"', workflow) == ["3.11", "3.14"]

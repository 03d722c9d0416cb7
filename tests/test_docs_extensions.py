"""The parts of the pages that the project's own Sphinx extensions write."""

import json
import re
import sys
from pathlib import Path

import pytest
from legibility import contrast

import layerkit as lk

ROOT = Path(__file__).parents[1]
for package in ("sphinx", "matplotlib"):
    pytest.importorskip(package, reason="the extra docs is not installed")


@pytest.fixture(scope="module", autouse=True)
def extensions():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs" / "_ext"))
        yield


@pytest.fixture
def gallery():
    import activation_gallery

    yield activation_gallery
    sys.modules["matplotlib"].rcdefaults()


def info(name):
    return next(info for info in lk.list_activations() if info.name == name)


def record(ulp, inputs=4278190080):
    return {"ulp": ulp, "z": 0.5, "inputs": inputs, "date": "2026-01-02", "numpy": "2.4.0"}


@pytest.fixture
def results(tmp_path):
    errors = {
        "relu": {"f": record(0.0), "f′": record(0.0)},
        "tanh": {"f": record(1.25), "f′": record(2.5)},
        "mish": {"f": record(1.0), "f′": record(1.0, inputs=4278190079)},
    }
    (tmp_path / "accuracy.json").write_text(json.dumps(errors))
    times = [
        {"case": {"size": f"tanh {which}", "batch": batch}, "median": {"layerkit": seconds}}
        for which, batch, seconds in [
            ("forward", 1_000, 9.0),
            ("forward", 100_000, 2e-4),
            ("backward", 100_000, 3e-4),
        ]
    ]
    machine = {"date": "2026-03-04", "cpu": "a processor", "python": "3.11.9", "packages": {"numpy": "2.4.1"}}
    (tmp_path / "elementwise.json").write_text(json.dumps({"machine": machine, "results": times}))
    return tmp_path


def test_facts_are_those_of_the_class_and_of_the_results(gallery, results):
    facts = dict(gallery.facts(info("tanh"), gallery.Measured(results)))
    assert facts == {
        "Class": ":py:class:`layerkit.Tanh`, from ``lk.activation('tanh')``",
        "Distribution": f"layerkit {lk.__version__}",
        "Gain": "1.5925",  # 1/√E[tanh²(z)] = 1/√0.39429
        "Kinks": "none",
        "Largest error": "f 1.25 ULP at z = 0.5, f′ 2.50 ULP at z = 0.5; 2026-01-02, NumPy 2.4.0",
        "Time of an element": "2.00 ns forward and 3.00 ns backward of 100,000 elements; 2026-03-04, one core of a "
        "processor, Python 3.11.9, NumPy 2.4.1",
    }


def test_run_that_is_not_complete_is_not_shown(gallery, results):
    measured = gallery.Measured(results)
    assert measured.errors("mish") is None
    assert measured.errors("elu") is None
    assert measured.errors("relu")["f"]["ulp"] == 0
    assert measured.nanoseconds("relu") is None


def test_nothing_is_said_where_nothing_was_measured(gallery, tmp_path):
    facts = dict(gallery.facts(info("relu"), gallery.Measured(tmp_path)))
    assert list(facts) == ["Class", "Distribution", "Gain", "Kinks"]
    assert facts["Kinks"] == "0"


def test_every_activation_has_a_row(gallery, tmp_path):
    infos = lk.list_activations()
    text = "\n".join(gallery.overview(infos, gallery.Measured(tmp_path)))
    assert re.findall(r"<activation (.+?)>", text) == [info.qualified_name for info in infos]


def test_introduction_ends_before_the_first_section_and_has_the_formula(gallery):
    text = gallery.introduction(lk.LeakyReLU)
    assert text.startswith("Leaky rectified linear unit")
    assert ".. math::" in text
    assert text.endswith("Shapes: any.")


@pytest.mark.parametrize(("name", "drawn"), [("relu", True), ("softmax", False)])
def test_curve_is_drawn_where_there_is_one_and_is_the_same_every_time(gallery, tmp_path, name, drawn):
    address = gallery.draw(info(name), tmp_path)
    if not drawn:
        assert address == ""
        assert list(tmp_path.iterdir()) == []
        return
    assert address == f"/gallery/layerkit-{name}.svg"
    first = (tmp_path / f"layerkit-{name}.svg").read_bytes()
    gallery.draw(info(name), tmp_path)
    assert (tmp_path / f"layerkit-{name}.svg").read_bytes() == first


def test_package_table_has_every_module_with_its_first_line():
    import package_table

    layers = package_table.layers()
    assert any("errors" in names for names in layers)
    assert layers[-1] != layers[0]
    assert package_table.purpose("errors") == "Every error and warning of the package."
    assert package_table.purpose("layers") == lk.layers.__doc__.partition("\n")[0]
    assert all(package_table.purpose(name) for names in layers for name in names)


REPORT = "# Title\nmachine\n## Targets\nmissed\n## ReLU, SGD\ntimes\n## With Adam\nothers\n"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "machine\n## Targets\nmissed\n## ReLU, SGD\ntimes\n## With Adam\nothers\n"),
        ({"part": "ReLU"}, "times\n"),
        ({"without": "Targets, ReLU"}, "machine\n## With Adam\nothers\n"),
    ],
)
def test_report_is_shown_whole_or_in_part(options, shown):
    import results

    assert results.select(REPORT, **options) == shown


def test_step_chart_shows_every_peer_of_every_size_and_says_the_same_in_words(tmp_path):
    import results

    base = [
        {"case": {"size": "tiny", "variant": "base"}, "times": {"layerkit": [1, 2, 1], "PyTorch": [5, 6, 9]}},
        {"case": {"size": "large", "variant": "base"}, "times": {"layerkit": [4, 4], "PyTorch": [2, 2]}},
        {"case": {"size": "tiny", "variant": "adam"}, "times": {"layerkit": [1], "PyTorch": [7]}},
    ]
    ratios = results.multiples(base)
    assert ratios == {"tiny": {"layerkit": 1, "PyTorch": 5}, "large": {"layerkit": 1, "PyTorch": 0.5}}
    results.draw(tmp_path / "step.svg", ratios)
    assert (tmp_path / "step.svg").read_text(encoding="utf-8").count("<!-- PyTorch -->") == 2
    assert results.described(ratios).endswith("tiny: PyTorch 5.00; large: PyTorch 0.50.")


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_picture_of_a_curve_is_described_by_values_of_the_function(gallery, name):
    value = {"relu": "0.00 at -2, 0.00 at 0, 2.00 at 2", "tanh": "-0.96 at -2, 0.00 at 0, 0.96 at 2"}[name]
    assert gallery.described(info(name)) == f"The curves of {name} and its derivative. The function is {value}."


@pytest.mark.parametrize("background", ["#ffffff", "#131416"])  # furo's pages
def test_pictures_can_be_read_on_light_and_on_dark_pages(background):
    import pictures

    assert contrast("#000000", "#ffffff") == 21
    assert contrast(pictures.GRAY, background) > 4
    assert all(contrast(color, background) > 3 for color in pictures.COLORS[:4])


def test_every_error_has_a_section_on_its_page():
    text = (ROOT / "docs" / "errors.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)\n-{4,}$", text, re.MULTILINE)) == set(lk.errors.__all__)

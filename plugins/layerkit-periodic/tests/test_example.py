import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the example draws with matplotlib, the extra 'plot'")

EXAMPLE = Path(__file__).parents[1] / "examples" / "fit_picture.py"


@pytest.fixture(scope="module")
def example():
    specification = importlib.util.spec_from_file_location("fit_picture", EXAMPLE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_example_writes_its_picture(example, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    output = tmp_path / "fit.png"
    example.main(["--size", "16", "--epochs", "2", "--output", str(output)])
    assert output.read_bytes().startswith(b"\x89PNG")
    assert f"Wrote {output}." in capsys.readouterr().out


def test_the_picture_is_the_same_each_time_and_within_range(example):
    picture = example.moonrise(32, seed=0)
    assert picture.shape == (32, 32, 3)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < 0.1 < 0.9 < picture.max() <= 1
    np.testing.assert_array_equal(picture, example.moonrise(32, seed=0))


def test_sine_paints_closer_than_relu(example):
    picture = example.moonrise(32, seed=0)
    closeness = {
        name: example.psnr(example.fit(model, picture, epochs=60, seed=0, progress=False)[0], picture)
        for name, model in example.networks(0).items()
    }
    assert closeness["Sine"] > closeness["ReLU"] + 5

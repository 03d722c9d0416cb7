import sys
from pathlib import Path

import numpy as np
import pytest

import layerkit as lk
from layerkit.demo.picture import check_path, write_picture
from layerkit.demo.reading import Reading
from layerkit.errors import ConfigError

READING = Reading(np.zeros((20, 64), np.float32), np.arange(20) % 10, np.eye(10)[np.arange(20) % 10])


def history(epochs):
    columns = ("loss", "accuracy", "val_loss", "val_accuracy")
    recorded = lk.History()
    for epoch in range(epochs):
        recorded.append(dict.fromkeys(columns, 0.5 / (epoch + 1)))
    return recorded


@pytest.fixture
def matplotlib():
    return pytest.importorskip("matplotlib", reason="the picture needs the plot extra")


@pytest.mark.usefixtures("matplotlib")
@pytest.mark.parametrize(
    ("suffix", "signature"), [(".png", b"\x89PNG"), (".PNG", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")]
)
def test_picture_is_written_in_the_format_of_its_name(tmp_path, suffix, signature):
    path = tmp_path / f"curves{suffix}"
    assert write_picture(path, history(3), READING) == f"Picture of the learning curves and the hardest digits: {path}"
    assert path.read_bytes().startswith(signature)


@pytest.mark.usefixtures("matplotlib")
def test_one_epoch_is_enough(tmp_path):
    write_picture(tmp_path / "one.png", history(1), READING)
    assert (tmp_path / "one.png").stat().st_size > 10_000


@pytest.mark.usefixtures("matplotlib")
def test_picture_says_what_is_drawn(tmp_path, matplotlib):
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        write_picture(tmp_path / "words.svg", history(3), READING)
    text = (tmp_path / "words.svg").read_text(encoding="utf-8")
    for words in ("20 of 20 held-out digits read right: 100.00 %", "epoch", "accuracy in %", "held out", "0 read as 0"):
        assert f">{words}</text>" in text


@pytest.mark.usefixtures("matplotlib")
def test_no_epoch_gives_no_picture(tmp_path):
    path = tmp_path / "none.png"
    assert write_picture(path, history(0), READING) == "There is no picture, since no epoch was finished."
    assert not path.exists()


@pytest.mark.usefixtures("matplotlib")
def test_place_that_cannot_be_written_to_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "taken.png"
    path.mkdir()
    with pytest.raises(ConfigError, match=r"cannot write the picture to .*taken\.png: .+ Choose another --output\."):
        write_picture(path, history(1), READING)


def test_without_matplotlib_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    message = write_picture(tmp_path / "no.png", history(3), READING)
    assert 'pip install "layerkit[plot]"' in message
    assert len(message.splitlines()) == 1
    assert not (tmp_path / "no.png").exists()


@pytest.mark.parametrize("name", ["demo.jpg", "demo", "png"])
def test_unknown_format_is_refused(name):
    with pytest.raises(ConfigError, match=rf"--output must end in one of \.png, \.pdf, \.svg, got '{name}'"):
        check_path(Path(name))


def test_directory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"must lie in an existing directory, got .*missing.*Make .*missing first"):
        check_path(tmp_path / "missing" / "demo.png")


def test_name_without_a_directory_means_the_current_one():
    check_path(Path("demo.png"))

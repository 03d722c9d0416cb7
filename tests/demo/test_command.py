"""The demo as a user sees it."""

import os
import re
import signal
import subprocess
import sys

import pytest

from layerkit.cli import main
from layerkit.demo import command

DEMO = [sys.executable, "-m", "layerkit", "demo"]
EPOCH_LINE = re.compile(r" *(\d+)/(\d+)   \d\.\d{4}    +\d+\.\d\d %   \d\.\d{4}    +\d+\.\d\d %")


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """Work in an empty directory, with 80 columns and without matplotlib."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    return tmp_path


def demo(capsys, *options):
    assert main(["demo", *options]) == 0
    return capsys.readouterr().out


def confusion(out):
    """Return the table of counts that was printed."""
    lines = out.splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith("Confusion"))
    rows = [line.split() for line in lines[start + 2 : start + 12]]
    assert [row[0] for row in rows] == list("0123456789")
    return [[0 if cell in "·." else int(cell) for cell in row[1:]] for row in rows]


def test_default_settings_read_96_percent_of_the_held_out_digits(capsys):
    counts = confusion(demo(capsys))
    assert sum(counts[digit][digit] for digit in range(10)) / sum(map(sum, counts)) >= 0.96


def test_whole_run_in_a_process_of_its_own(place):
    done = subprocess.run([*DEMO, "--epochs", "2", "--seed", "1"], capture_output=True, encoding="utf-8", check=True)
    assert "1438 to learn from, 359 held out" in done.stdout
    assert "Dense(64, 256)" in done.stdout
    assert [line[:6].strip() for line in done.stdout.splitlines() if EPOCH_LINE.fullmatch(line)] == ["1/2", "2/2"]
    assert sum(map(sum, confusion(done.stdout))) == 359
    assert done.stdout.count("read as") == 8
    assert "██" in done.stdout
    # not a terminal: no bar, no colors
    assert done.stderr == ""
    assert not {"\r", "\x1b"} & set(done.stdout)


def test_share_that_is_printed_is_that_of_the_confusion_and_of_the_last_epoch(capsys):
    out = demo(capsys, "--epochs", "2")
    counts = confusion(out)
    right = sum(counts[digit][digit] for digit in range(10))
    assert f"{right} of 359 held-out digits read right: {100 * right / 359:.2f} %" in out
    last = [line for line in out.splitlines() if EPOCH_LINE.fullmatch(line)][-1]
    assert last.endswith(f" {100 * right / 359:.2f} %")


def test_mistakes_are_drawn_first(capsys):
    drawn = re.findall(r"(\d) read as (\d)( ✗)?", demo(capsys, "--epochs", "5"))
    assert len(drawn) == 8
    marks = [mark for _, _, mark in drawn]
    assert marks == sorted(marks, reverse=True)
    assert all((true != read) == bool(mark) for true, read, mark in drawn)


def test_same_seed_gives_the_same_output_and_another_one_another(capsys):
    first, again, other = (demo(capsys, "--epochs", "1", "--seed", seed) for seed in ("5", "5", "6"))
    assert first == again
    assert first != other


@pytest.mark.parametrize(("name", "shown"), [("tanh", "Tanh()"), ("layerkit:silu", "SiLU()")])
def test_hidden_layer_gets_the_activation_of_that_name(capsys, name, shown):
    out = demo(capsys, "--epochs", "1", "--activation", name)
    assert shown in out
    assert "ReLU" not in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--activation", "rellu"], "rellu"),
        (["--epochs", "0"], "--epochs must be an integer of at least 1, got 0"),
        (["--seed", "-1"], "--seed must be an integer of at least 0, got -1"),
        (["--output", "demo.gif"], "--output must end in"),
    ],
)
def test_wrong_option_ends_with_2_and_a_message_before_any_training(capsys, options, message):
    assert main(["demo", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("layerkit: ")
    assert message in err


def test_help_names_every_option_and_what_ctrl_c_does(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["demo", "--help"])
    out = capsys.readouterr().out
    for option in ("--seed", "--epochs", "--activation", "--output", "Ctrl-C", "130"):
        assert option in out
    assert f"(default: {command._EPOCHS})" in out


def test_without_matplotlib_the_last_line_says_how_to_get_the_picture(capsys, place):
    assert 'pip install "layerkit[plot]"' in demo(capsys, "--epochs", "1").splitlines()[-1]
    assert list(place.iterdir()) == []


def test_picture_is_written_to_the_current_directory(capsys, monkeypatch, place):
    monkeypatch.undo()
    monkeypatch.chdir(place)
    pytest.importorskip("matplotlib", reason="the picture needs the plot extra")
    assert demo(capsys, "--epochs", "1").splitlines()[-1].endswith(": layerkit-demo.png")
    assert (place / "layerkit-demo.png").read_bytes().startswith(b"\x89PNG")


def test_terminal_gets_a_progress_bar_below_the_lines(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["demo", "--epochs", "2"]) == 0
    out, err = capsys.readouterr()
    assert "180/180" in err  # 90 batches an epoch
    assert len([line for line in out.splitlines() if EPOCH_LINE.fullmatch(line)]) == 2


def test_output_that_knows_ascii_only_gets_ascii():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*DEMO, "--epochs", "1"], capture_output=True, env=environment, check=True)
    out = done.stdout.decode("ascii")
    assert "\\u" not in out
    assert sum(map(sum, confusion(out))) == 359
    assert re.search(r"\*\*|##", out)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_shows_what_was_learned_so_far():
    code = (
        "import signal, sys\n"
        # a shell that starts the tests in the background lets them ignore SIGINT, and they pass that on
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from layerkit.cli import main\n"
        "sys.exit(main(['demo', '--epochs', '100000']))\n"
    )
    command_line, pipe = [sys.executable, "-c", code], subprocess.PIPE
    with subprocess.Popen(command_line, stdout=pipe, stderr=pipe, encoding="utf-8") as process:
        before = ""
        while "3/100000 " not in before:
            before += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        after, errors = process.communicate()
    finished = int(re.search(r"Interrupted after (\d+) of 100000 epochs", after)[1])
    assert finished >= 3
    assert sum(map(sum, confusion(after))) == 359
    assert after.count("read as") == 8
    assert (process.returncode, errors) == (130, "")


def test_ctrl_c_before_the_training_ends_with_130(capsys, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "load_digits", interrupt)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "layerkit: interrupted\n"


def test_ctrl_c_in_the_first_epoch_shows_what_an_untrained_network_makes_of_it(capsys, monkeypatch):
    def interrupt(table, run):
        raise KeyboardInterrupt

    monkeypatch.setattr(command._EpochTable, "on_epoch_start", interrupt)
    assert main(["demo"]) == 130
    out = capsys.readouterr().out
    assert "Interrupted after 0 of 20 epochs." in out
    assert sum(map(sum, confusion(out))) == 359

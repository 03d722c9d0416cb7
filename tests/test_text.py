import io
import os
import subprocess
import sys

import pytest

from layerkit.text import Console, Text, one_line, printable, table


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def colorful_environment(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def printed(text, encoding):
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="\n")
    Console(stream).print(text)
    return buffer.getvalue()  # all there, although nobody but print has flushed the stream


def test_signs_are_printed_where_they_can_be():
    assert printed("· × ░▒▓█ ✗", "utf-8") == "· × ░▒▓█ ✗\n".encode()


def test_signs_become_plain_ones_where_they_cannot_be_encoded():
    assert printed("─ · × → ░▒▓█ ✗ ✓", "ascii") == b"- . x -> .+*# x ok\n"


def test_sign_without_a_plain_form_is_escaped():
    assert printed("snäke", "ascii") == b"sn\\xe4ke\n"


def test_stream_without_an_encoding_gets_the_text_as_it_is():
    stream = io.StringIO()
    Console(stream).print("✗")
    assert stream.getvalue() == "✗\n"


def test_terminal_has_colors():
    assert Console(Terminal()).paint("no", "red") == "\x1b[31mno\x1b[0m"


def test_file_has_no_colors():
    assert Console(io.StringIO()).paint("no", "red") == "no"


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_environment_can_turn_colors_off(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert Console(Terminal()).paint("no", "red") == "no"


def test_empty_no_color_means_nothing(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    assert Console(Terminal()).colors


def test_what_stdout_cannot_encode_is_replaced(monkeypatch):
    text = "δ ∘ σ′ · Wᵀ → ∂C, 3 × 4, snäke, 漢"
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert printable(text) == text
    for encoding in ("ascii", "cp1252"):
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        print(printable(text))
        assert printable(text, "utf-8") == text
    assert printable(text, "ascii") == "delta * sigma' . W^T -> dC, 3 x 4, sn\\xe4ke, \\u6f22"
    assert printable("ä · ×", "cp1252") == "ä · ×"


@pytest.mark.parametrize("stdout", [None, io.StringIO()])
def test_stdout_without_an_encoding_gets_everything(monkeypatch, stdout):
    monkeypatch.setattr("sys.stdout", stdout)
    assert printable("δ") == "δ"


def test_repr_on_one_line():
    class Long:
        def __repr__(self):
            return "Long(\n    1,\n    2,\n)"

    assert one_line(Long()) == "Long( 1, 2, )"


def test_text_shows_as_it_prints():
    assert repr(Text("a\nb")) == "a\nb"
    assert Text("a") == "a"


def test_table_aligns_columns_and_draws_a_line_below_the_heading():
    rows = [("name", "count"), ("a", "10"), ("long name", "5")]
    assert table(rows, "<>").splitlines() == ["name       count", "a             10", "long name      5"]
    assert table(rows, "><", rule=True).splitlines() == [
        "     name  count",
        "────────────────",
        "        a  10",
        "long name  5",
    ]


def test_check_error_prints_where_the_output_takes_ascii_only():
    code = "from layerkit.errors import CheckError; print(CheckError('1 - tanh²', fix='4·e∘δ'))"
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["1 - tanh^2", "Write: 4.e*delta"]

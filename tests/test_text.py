import io

import pytest

from layerkit.text import Console


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def colourful_environment(monkeypatch):
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


def test_terminal_has_colours():
    assert Console(Terminal()).paint("no", "red") == "\x1b[31mno\x1b[0m"


def test_file_has_no_colours():
    assert Console(io.StringIO()).paint("no", "red") == "no"


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_environment_can_turn_colours_off(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert Console(Terminal()).paint("no", "red") == "no"


def test_empty_no_color_means_nothing(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    assert Console(Terminal()).colours

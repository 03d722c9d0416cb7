import io

import numpy as np
import pytest

from layerkit.demo.reading import Reading, confusion_table, draw_digits
from layerkit.text import Console

PLAIN = Console(io.StringIO())


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def reading():
    """Four images: a 3 read as 8 by a little, a sure 1, a 0 read as 5 by much, an unsure 7."""
    scores = np.zeros((4, 10), np.float32)
    scores[0, [3, 8]] = 0.4, 0.5
    scores[1, 1] = 1.0
    scores[2, [0, 5]] = 0.1, 0.9
    scores[3, [7, 2]] = 0.5, 0.4
    images = np.zeros((4, 64), np.float32)
    images[:, :5] = 0, 0.25, 0.5, 0.75, 1
    return Reading(images, np.array([3, 1, 0, 7]), scores)


def test_hardest_come_first_from_the_clearest_mistake_to_the_clearest_success(reading):
    assert reading.hardest_first.tolist() == [2, 0, 3, 1]


def test_mistake_by_a_tie_still_comes_before_every_success():
    scores = np.zeros((2, 10), np.float32)  # a tie is read as 0
    assert Reading(np.zeros((2, 64), np.float32), np.array([0, 9]), scores).hardest_first.tolist() == [1, 0]


def test_summary_counts_what_was_read_right(reading):
    assert str(reading) == "2 of 4 held-out digits read right: 50.00 %"


def test_confusion_counts_what_is_in_the_row_and_what_was_read_in_the_column(reading):
    lines = confusion_table(reading, PLAIN).splitlines()
    assert lines[0] == "Confusion: a row for each true digit, a column for each digit read"
    assert lines[1] == "     0  1  2  3  4  5  6  7  8  9"
    assert lines[2] == "  0  ·  ·  ·  ·  ·  1  ·  ·  ·  ·"
    assert lines[3] == "  1  ·  1  ·  ·  ·  ·  ·  ·  ·  ·"
    assert lines[5] == "  3  ·  ·  ·  ·  ·  ·  ·  ·  1  ·"
    assert lines[9] == "  7  ·  ·  ·  ·  ·  ·  ·  1  ·  ·"
    assert len(lines) == 12


def test_columns_stay_aligned_where_counts_are_large():
    y = np.repeat([4, 6], [123, 5])
    lines = confusion_table(Reading(np.zeros((128, 64), np.float32), y, np.eye(10)[y]), PLAIN).splitlines()[1:]
    assert {len(line) for line in lines} == {3 + 10 * 5}
    assert lines[5].split() == ["4", "·", "·", "·", "·", "123", "·", "·", "·", "·", "·"]


def test_mistakes_are_red_and_the_diagonal_green_on_a_terminal(reading):
    table = confusion_table(reading, Console(Terminal()))
    assert table.count("\x1b[31m  1\x1b[0m") == 2
    assert table.count("\x1b[32m  1\x1b[0m") == 2
    assert draw_digits(reading, Console(Terminal())).count("\x1b[31m") == 2


def test_pixel_is_two_characters_wide_and_darker_with_more_ink(reading):
    assert draw_digits(reading, PLAIN).splitlines()[2].startswith("  ░░▒▒▓▓██")


def test_drawings_stand_side_by_side_over_what_they_are_and_were_read_as(reading):
    lines = draw_digits(reading, PLAIN).splitlines()
    assert lines[2].count("░░▒▒▓▓██") == 4
    captions = [caption.strip() for caption in lines[-1].split("   ") if caption.strip()]
    assert captions == ["0 read as 5 ✗", "3 read as 8 ✗", "7 read as 7", "1 read as 1"]


@pytest.mark.parametrize(("columns", "across"), [("200", 4), ("76", 4), ("75", 3), ("40", 2), ("10", 1)])
def test_narrow_terminal_gets_fewer_side_by_side(monkeypatch, reading, columns, across):
    monkeypatch.setenv("COLUMNS", columns)
    lines = draw_digits(reading, PLAIN).splitlines()
    assert max(line.count("read as") for line in lines) == across
    assert sum(line.count("read as") for line in lines) == 4

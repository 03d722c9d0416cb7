"""Text for people: tables, and what to print where a terminal or file cannot show every character."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

__all__ = ["Console", "Text", "one_line", "printable", "table"]

# What characters become where they cannot be encoded; all others become their escapes.
_PLAIN: Mapping[int, str] = str.maketrans(
    {"·": ".", "×": "x", "→": "->", "─": "-", "–": "-", "✗": "x", "✓": "ok", "░": ".", "▒": "+", "▓": "*", "█": "#"}
    | {"…": "...", "µ": "u", "∘": "*", "′": "'", "ᵀ": "^T", "Σ": "sum", "∂": "d", "δ": "delta", "²": "^2", "σ": "sigma"}
)
_CODES = {"red": "31", "green": "32", "bold": "1"}


def printable(text: str, encoding: str | None = None) -> str:
    """Return `text` with every character that `encoding`, by default that of stdout, cannot hold replaced."""
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def one_line(thing: object) -> str:
    """Return the repr of an object on one line."""
    return " ".join(repr(thing).split())


class Text(str):
    """A text whose repr is the text itself, so that a prompt and a notebook show it as print does."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def table(rows: Sequence[Sequence[str]], align: str, rule: bool = False) -> str:
    """Return rows of cells as lines of aligned columns.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells, the heading first.
    align : str
        ``"<"`` or ``">"`` for each column.
    rule : bool
        Whether to draw a line below the heading.

    Returns
    -------
    str
        The lines.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:{a}{width}}" for cell, a, width in zip(row, align, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]] if rule else lines)


class Console:
    """A stream to print on, without an error for a character that it cannot encode.

    Colors appear only on a terminal, and not where the environment variable NO_COLOR is set
    (https://no-color.org) or TERM is "dumb".

    Parameters
    ----------
    stream : file or None
        Where to print; None, as for a standard output that is closed, prints nothing.

    Attributes
    ----------
    colors : bool
        Whether `paint` does anything.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.colors = stream is not None and stream.isatty() and not plain

    def print(self, text: str = "") -> None:
        """Print a text at once, so that a log shows how far a long task is."""
        if self._stream is not None:
            print(printable(text, self._stream.encoding or "utf-8"), file=self._stream, flush=True)

    def paint(self, text: str, look: str) -> str:
        """Return the text in a color, or as it is where there are none.

        Parameters
        ----------
        text : str
            What to print, already padded: codes take no room but count as characters.
        look : {"red", "green", "bold"}
            How it should look.

        Returns
        -------
        str
            The text, with codes around it on a terminal.
        """
        return f"\x1b[{_CODES[look]}m{text}\x1b[0m" if self.colors else text

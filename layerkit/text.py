"""Console: printing what the terminal, or the file behind it, can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

__all__ = ["Console"]

# What signs become where they cannot be encoded; others become their escapes.
_PLAIN: Mapping[int, str] = str.maketrans(
    {"·": ".", "×": "x", "→": "->", "─": "-", "✗": "x", "✓": "ok", "░": ".", "▒": "+", "▓": "*", "█": "#"}
)
_CODES = {"red": "31", "green": "32", "bold": "1"}


class Console:
    """A stream to print on, never with an error for a sign that it cannot encode.

    Colours come only on a terminal, and not where the environment variable NO_COLOR is set
    (https://no-color.org) or TERM is "dumb".

    Parameters
    ----------
    stream : file
        Where to print.

    Attributes
    ----------
    colours : bool
        Whether `paint` does anything.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        environment = os.environ
        self.colours = stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"

    def print(self, text: str = "") -> None:
        """Print a text at once, so that a log shows how far a long task is."""
        encoding = self._stream.encoding or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
        print(text, file=self._stream, flush=True)

    def paint(self, text: str, look: str) -> str:
        """Return the text in a colour, or as it is where there are none.

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
        return f"\x1b[{_CODES[look]}m{text}\x1b[0m" if self.colours else text

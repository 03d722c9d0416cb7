"""Reading: how a network reads images of digits, shown in characters."""

from __future__ import annotations

import shutil
from functools import cached_property

import numpy as np
import numpy.typing as npt

from layerkit.text import Console
from layerkit.validation import Array

__all__ = ["Reading", "confusion_table", "draw_digits"]

_SHADES = np.array(list(" ░▒▓█"))
_DRAWN = 8  # digits


class Reading:
    """Images of digits, the true digits, and the digits that a network read.

    Parameters
    ----------
    X : numpy.ndarray
        The images, shape ``(samples, 64)``.
    y : numpy.ndarray
        The true digits, 0 to 9, shape ``(samples,)``.
    scores : numpy.ndarray
        The network's score of each digit, shape ``(samples, 10)``; the largest is the digit that it read.

    Attributes
    ----------
    images : numpy.ndarray
        Shape ``(samples, 8, 8)``.
    true, read : numpy.ndarray
        The digit of each image, and the digit that was read.
    right : numpy.ndarray
        Whether they are equal.
    """

    def __init__(self, X: Array, y: npt.NDArray[np.int64], scores: Array) -> None:
        self.images, self.true, self.read = X.reshape(-1, 8, 8), y, scores.argmax(axis=1)
        self.right = self.read == self.true
        self._scores = scores

    @cached_property
    def hardest_first(self) -> npt.NDArray[np.intp]:
        """The samples from the clearest mistake to the clearest success."""
        rows = np.arange(len(self.true))
        others = self._scores.copy()
        others[rows, self.true] = -np.inf
        margin = self._scores[rows, self.true] - others.max(axis=1)
        return np.lexsort((margin, self.right))

    def caption(self, sample: int) -> str:
        """Return the true digit of a sample and the digit that was read."""
        return f"{self.true[sample]} read as {self.read[sample]}"

    def __str__(self) -> str:
        right, total = int(self.right.sum()), len(self.right)
        return f"{right} of {total} held-out digits read right: {100 * right / total:.2f} %"


def confusion_table(reading: Reading, console: Console) -> str:
    """Return how often each digit was read as which, with a dot for never."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (reading.true, reading.read), 1)
    width = len(str(counts.max())) + 2
    lines = ["Confusion: a row for each true digit, a column for each digit read"]
    lines.append(" " * 3 + "".join(f"{digit:>{width}}" for digit in range(10)))
    for true, row in enumerate(counts):
        cells = [f"{count or '·':>{width}}" for count in row]
        for read in np.flatnonzero(row):
            cells[read] = console.paint(cells[read], "green" if read == true else "red")
        lines.append(f"{true:>3}{''.join(cells)}")
    return "\n".join(lines)


def draw_digits(reading: Reading, console: Console) -> str:
    """Return the hardest digits as characters, as many side by side as the terminal is wide."""
    side, gap = 2 * 8, "   "  # a character is about twice as high as it is wide
    across = max(1, min(4, shutil.get_terminal_size().columns // (side + len(gap))))
    samples = reading.hardest_first[:_DRAWN]
    lines = ["The hardest digits, mistakes (✗) first"]
    for start in range(0, len(samples), across):
        some = samples[start : start + across]
        drawn = [_characters(reading.images[sample]) for sample in some]
        lines += ["", *(gap.join(line).rstrip() for line in zip(*drawn, strict=True)), ""]
        captions = []
        for sample in some:
            right = reading.right[sample]
            text = f"{reading.caption(sample)}{'' if right else ' ✗'}"
            captions.append(text.center(side) if right else console.paint(text.center(side), "red"))
        lines.append(gap.join(captions).rstrip())
    return "\n".join(lines)


def _characters(image: Array) -> list[str]:
    levels = np.rint(image * (len(_SHADES) - 1)).astype(int)
    return ["".join(row) for row in _SHADES[levels].repeat(2, axis=1)]

"""Draw the README's picture: one training step on handwritten digits, from the live network.

python docs/pictures/passes.py [DIRECTORY]
"""

import sys
from pathlib import Path

import matplotlib as mpl

import layerkit as lk
from layerkit.datasets import load_digits

mpl.use("agg")

THEMES = {"light": "#1f2328", "dark": "#e6edf3"}  # of the text, on a transparent ground


def draw(directory: Path) -> None:
    """Write passes-light.png and passes-dark.png."""
    digits = load_digits()
    model = lk.Sequential(lk.Dense(64, 32), lk.Tanh(), lk.Dense(32, 10), rng=0)
    trace = lk.trace(model, digits.X[:128], digits.y[:128], lk.CrossEntropyLoss())
    for theme, color in THEMES.items():
        roles = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
        with mpl.rc_context(dict.fromkeys(roles, color) | {"axes.facecolor": "none"}):
            figure = trace.plot().figure
            path = directory / f"passes-{theme}.png"
            # with the numbers that are drawn, so that a picture can be held against a network of today
            figure.savefig(path, dpi=200, transparent=True, metadata={"Description": str(trace)})


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

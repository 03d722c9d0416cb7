"""How the pictures of the documentation look: one drawing that can be read on a light and on a dark page."""

import matplotlib as mpl
from cycler import cycler

# Its contrast is above 4:1 on white as well as on furo's dark background.
GRAY = "#787878"
# The colors of Okabe and Ito (2008) that color-blind readers can tell apart, the ones with most contrast first.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def reset(gallery_conf: dict[str, object], file: str) -> None:
    """Give each example the same start, whatever was drawn before it; sphinx-gallery calls this."""
    mpl.rcdefaults()
    mpl.use("agg")
    mpl.rcParams.update(
        {
            "axes.edgecolor": GRAY,
            "axes.facecolor": "none",
            "axes.labelcolor": GRAY,
            "axes.prop_cycle": cycler(color=COLORS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": GRAY,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "figure.figsize": (7.0, 3.6),
            "font.size": 11.0,
            "grid.alpha": 0.3,
            "grid.color": GRAY,
            "legend.frameon": False,
            "legend.labelcolor": GRAY,
            "savefig.transparent": True,
            "text.color": GRAY,
            "xtick.color": GRAY,
            "ytick.color": GRAY,
        }
    )

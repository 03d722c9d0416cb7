"""How the pictures of the documentation look: one drawing that can be read on a light and on a dark page."""

import matplotlib as mpl
from cycler import cycler

# Its contrast is above 4:1 on white as well as on furo's dark background.
GREY = "#787878"
# The colours of Okabe and Ito (2008) that colour-blind readers can tell apart, the ones with most contrast first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def reset(gallery_conf: dict[str, object], file: str) -> None:
    """Give each example the same start, whatever was drawn before it; sphinx-gallery calls this."""
    mpl.rcdefaults()
    mpl.use("agg")
    mpl.rcParams.update(
        {
            "axes.edgecolor": GREY,
            "axes.facecolor": "none",
            "axes.labelcolor": GREY,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": GREY,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "figure.figsize": (7.0, 3.6),
            "font.size": 11.0,
            "grid.alpha": 0.3,
            "grid.color": GREY,
            "legend.frameon": False,
            "legend.labelcolor": GREY,
            "savefig.transparent": True,
            "text.color": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
        }
    )

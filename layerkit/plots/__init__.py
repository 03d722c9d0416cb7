"""Pictures of training, activations and models, drawn with matplotlib, which comes with the extra ``plot``.

Each function returns the Axes that it drew on: the `ax` that it got, or those of a new pyplot figure. A picture of
several panels divides these Axes among them and returns the first one; the others follow it in ``ax.figure.axes``.
Make a figure of your own with ``layout="constrained"``, which leaves room for names and legends. Texts and frames have
the colors of matplotlib's rcParams; the lines contrast with white and with black.
"""

from layerkit.plots.curves import history
from layerkit.plots.diagrams import diagram
from layerkit.plots.functions import activation
from layerkit.plots.quantities import distributions

__all__ = ["activation", "diagram", "distributions", "history"]

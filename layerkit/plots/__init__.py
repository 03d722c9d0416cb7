"""Pictures of training, activations and models, drawn with matplotlib, which comes with the extra ``plot``.

Each function that draws with matplotlib returns the Axes that it drew on: those it got as `ax`, or those of a new
pyplot figure. A picture of several panels shares the place of these Axes among them and returns the first one; the
others follow it in ``ax.figure.axes``. A figure of your own is best made with ``layout="constrained"``, which leaves
room for names and legends. Texts and frames have the colours of matplotlib's rcParams, and the lines
contrast with white and with black.
"""

from layerkit.plots.curves import history
from layerkit.plots.diagrams import Diagram, diagram
from layerkit.plots.functions import activation
from layerkit.plots.distributions import distributions

__all__ = ["Diagram", "activation", "diagram", "distributions", "history"]

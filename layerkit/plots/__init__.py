"""Pictures of training, activations and models, drawn with matplotlib, which comes with the extra ``plot``.

Each function returns the Axes that it drew on: those it got as `ax`, or those of a new pyplot figure. A picture of
several panels shares the place of these Axes among them and returns the first one; the others are in
``ax.figure.axes``. Texts and frames follow matplotlib's rcParams, and the colours contrast with white and with black.
"""

from layerkit.plots.canvas import axes as axes

__all__: list[str] = []

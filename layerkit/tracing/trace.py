"""Trace: what a pass forward and one backward computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from layerkit.validation import Array
from layerkit.losses import Loss
from layerkit.tracing.diagram import draw
from layerkit.tracing.equations import loss_equations
from layerkit.tracing.findings import Findings
from layerkit.tracing.record import Quantity, Step
from layerkit.tracing.detectors import look
from layerkit.tracing.table import as_html, as_text

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["Trace"]


class Trace:
    r"""Everything that one pass forward and one backward computed; `trace` makes it.

    It prints as a table, and shows as one in a notebook. As a sequence it holds the steps.

    .. math::

        \begin{aligned}
        \text{forward:}\quad & x \to a^{(1)} \to \dots \to a^{(L)} \to C \\
        \text{backward:}\quad & \frac{\partial C}{\partial x} \gets \frac{\partial C}{\partial a^{(1)}} \gets \dots
        \gets \frac{\partial C}{\partial a^{(L)}} \gets C
        \end{aligned}

    Parameters
    ----------
    x, y : numpy.ndarray
        Samples and targets.
    loss : Loss
        The loss, after its pass.
    cost : float
        What it returned.
    steps : sequence of Step
        The layers' part, from the first to the last.

    Attributes
    ----------
    x, y : numpy.ndarray
        Samples and targets, in the form in which network and loss took them.
    loss : Loss
        A copy of the loss.
    cost : float
        C.
    steps : tuple of Step
        What each layer took and gave, from the first to the last.

    Examples
    --------
    >>> import numpy as np
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(2, 8), lk.Tanh(), lk.Dense(8, 1), rng=0)
    >>> x = np.linspace(-1, 1, 32).reshape(16, 2)
    >>> trace = lk.trace(model, x, x[:, :1] ** 2, lk.MSELoss())
    >>> len(trace), trace[1].name, trace[1].output.shape
    (3, 'Tanh()', (16, 8))
    >>> np.array_equal(trace[0].output_grad, trace[1].input_grad)
    True
    >>> trace[2].parameters[0].grad.shape
    (8, 1)
    >>> trace.findings()
    Nothing stands out.
    """

    def __init__(self, x: Array, y: npt.NDArray[Any], loss: Loss, cost: float, steps: Sequence[Step]) -> None:
        self.x, self.y, self.loss, self.cost, self.steps = x, y, loss, cost, tuple(steps)

    @property
    def prediction(self) -> Array:
        """What the network said: the output of the last step."""
        return self.steps[-1].output

    @property
    def loss_name(self) -> str:
        """The loss in one line."""
        return " ".join(repr(self.loss).split())

    @property
    def loss_forward(self) -> str:
        """The equation of the cost."""
        return loss_equations(self.loss, self.y)["forward"]

    @property
    def loss_backward(self) -> Quantity:
        """∂C/∂prediction, which the loss sends back."""
        return Quantity(loss_equations(self.loss, self.y)["backward"], self.steps[-1].output_grad)

    def findings(self) -> Findings:
        """Return what a practitioner would notice; nothing if nothing stands out.

        ========================  =================================================================================
        kind                      threshold, and its reason
        ========================  =================================================================================
        not finite                A single NaN or infinity, the first in the order of computation. All that is
                                  computed from it is not finite either, and no other finding is looked for.
        dead units                More than half of an activation's units are 0, with slope 0, for all of at least
                                  16 rows. In a healthy ReLU network, up to a third of them are silent for 16 rows
                                  and speak for others.
        saturated activation      More than half of the elements of an activation that is flat on both sides, such
                                  as Tanh, have a slope below 5 % of the steepest, and more than half of the gradient
                                  arrives there: most of it is lost. In the last layer, elements that are right to a
                                  tenth of the target's range do not count.
        zero gradient             All parameter gradients of a layer are exactly 0: it cannot learn from this batch.
        vanishing gradient        The norm of ∂C/∂output at the first layer with parameters is below 1/1000 of that
                                  at the last one. Weights that are scaled by the gain keep it within a factor of
                                  about 10; with 1000, no learning rate suits both ends.
        exploding gradient        It is above 1000 times that at the last one.
        loss scale                Targets whose mean, in at least 16 rows, is more than 3, and more than 3 of their
                                  standard deviations, away from 0 and from that of the predictions: nine tenths of
                                  a squared error are then the difference of the means. Targets with a standard
                                  deviation above 10 and above 10 times that of the predictions; or, in at least 16
                                  rows, all within 1/10 of their mean, with a standard deviation below a tenth of
                                  that of the predictions: networks start with outputs of about 1, and squares are
                                  then a hundred times off. A cross-entropy above 5 times that of guessing: the
                                  network is sure of wrong answers.
        probabilities as logits   A cross-entropy on logits gets rows that sum to 1, or the output of a sigmoid:
                                  squashed twice, its gradient can hardly move a prediction.
        ========================  =================================================================================

        Returns
        -------
        Findings
            A tuple of `Finding`, each with layer, evidence and remedy, that prints as text.

        Examples
        --------
        >>> import numpy as np
        >>> import layerkit as lk
        >>> model = lk.Sequential(lk.Dense(2, 8), lk.ReLU(), lk.Dense(8, 1), rng=0)
        >>> model[0].bias.value = np.full(8, -100.0)
        >>> x = np.linspace(-1, 1, 32).reshape(16, 2)
        >>> for finding in lk.trace(model, x, x[:, :1] ** 2, lk.MSELoss()).findings():
        ...     print(finding.kind, "in", finding.layer)
        dead units in 1  ReLU()
        zero gradient in 0  Dense(2, 8)
        """
        return look(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw section 7 of the source document: the layers in a row, and what flows between them.

        Values go right above the middle, gradients go left below it, each with its shape; the gradients
        of parameters come out of the bottom. Colour says how large the numbers are. More than 5 boxes
        go on in the next row.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on those of a new pyplot figure without it.

        Returns
        -------
        matplotlib.axes.Axes
            The Axes with the drawing.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.

        Examples
        --------
        >>> import layerkit as lk
        >>> model = lk.Sequential(lk.Dense(1, 4), lk.Tanh(), lk.Dense(4, 1), rng=0)
        >>> ax = lk.trace(model, [[1.0]], [[0.5]], lk.MSELoss()).plot()
        >>> [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
        ['0  Dense', '1  Tanh', '2  Dense', 'MSELoss']
        """
        return draw(self, ax)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, index: int) -> Step:
        return self.steps[index]

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} steps, cost {self.cost:.4g}>"

    def _repr_html_(self) -> str:
        return as_html(self)

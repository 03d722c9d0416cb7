"""Findings: conspicuous facts in a trace, each with its evidence and a remedy."""

from dataclasses import dataclass
from textwrap import fill

from layerkit.text import printable


@dataclass(frozen=True)
class Finding:
    """Something in a trace that a practitioner would look into.

    ========================  =================================================================================
    kind                      threshold, and its reason
    ========================  =================================================================================
    not finite                A single NaN or infinity, the first in the order of computation. All that is
                              computed from it is not finite either, and no other finding is looked for.
    dead units                More than half of an activation's units are 0, with slope 0, for all of at least
                              16 rows. In a healthy ReLU network, up to a third of them are 0 for 16 rows
                              and positive for others.
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

    Attributes
    ----------
    kind : str
        One of the kinds above.
    layer : str
        The position and name of the layer, or the loss.
    evidence : str
        The numbers that show it.
    remedy : str
        The change that usually helps.

    Examples
    --------
    >>> import layerkit as lk
    >>> model = lk.Sequential(lk.Dense(1, 1), rng=0)
    >>> (finding,) = lk.trace(model, [[1.0], [2.0]], [[900.0], [300.0]], lk.MSELoss()).findings()
    >>> finding.kind, finding.layer
    ('loss scale', 'MSELoss()')
    """

    kind: str
    layer: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        indent = " " * 4
        texts = (
            fill(text, 100, initial_indent=indent, subsequent_indent=indent) for text in (self.evidence, self.remedy)
        )
        return printable("\n".join([f"{self.kind}: {self.layer}", *texts]))


class Findings(tuple[Finding, ...]):
    """The findings of a trace: a tuple that prints as text.

    Parameters
    ----------
    iterable : iterable of Finding
        The findings.

    Examples
    --------
    >>> from layerkit.tracing import Finding, Findings
    >>> Findings()
    Nothing stands out.
    >>> Findings([Finding("dead units", "1  ReLU()", "30 of 32 units are 0.", "Lower the learning rate.")])
    dead units: 1  ReLU()
        30 of 32 units are 0.
        Lower the learning rate.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "Nothing stands out."

    def __repr__(self) -> str:
        return str(self)

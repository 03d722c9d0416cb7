"""Findings: conspicuous facts in a trace, each with its evidence and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

from layerkit.text import printable

__all__ = ["Finding", "Findings"]


@dataclass(frozen=True)
class Finding:
    """Something in a trace that a practitioner would look into.

    Attributes
    ----------
    kind : str
        ``"not finite"``, ``"dead units"``, ``"saturated activation"``, ``"zero gradient"``,
        ``"vanishing gradient"``, ``"exploding gradient"``, ``"loss scale"`` or ``"probabilities as logits"``.
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

"""The table of a trace: the equations in the order in which they are computed, each with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from layerkit.text import printable, table
from layerkit.tracing.record import Quantity, Record, quantities

__all__ = ["as_html", "as_text"]

_HEAD = ("shape", "norm", "zeros", "smallest", "largest")


class Row(NamedTuple):
    """A line of the table: the start of a pass, a layer, or a quantity."""

    kind: str
    label: str
    cells: tuple[str, ...] = ()


def as_text(record: Record) -> str:
    """Return the table for a terminal."""
    rows = list(_rows(record))
    numbers = [("    " + printable(row.label), *row.cells) for row in rows if row.cells]
    head, *numbered = table([("", *_HEAD), *numbers], "<>>>>>").splitlines()
    rest, lines = iter(numbered), [head]
    for row in rows:
        lines += ["─" * len(head)] if row.kind == "pass" else []
        lines += [next(rest) if row.cells else "    " * (row.kind == "value") + row.label]
    return printable("\n".join(lines))


def as_html(record: Record) -> str:
    """Return the table for a notebook; it takes the colors of the page, light or dark."""
    line = "border:0;border-top:1px solid rgba(128,128,128,.4);"
    left = "text-align:left;background:none;color:inherit;padding:.15em .8em .15em "
    lines = [f'<tr><td style="{left}0"></td>', *(_cell("th", name) for name in _HEAD), "</tr>"]
    for row in _rows(record):
        label = escape(row.label)
        if row.kind == "value":
            lines += [f'<tr><td style="{left}1.6em;border:0">{label}</td>', *(_cell("td", c) for c in row.cells)]
            lines += ["</tr>"]
        elif row.kind == "pass":
            lines += [f'<tr><th colspan="6" style="{left}0;{line}padding-top:.7em;font-size:110%">{label}</th></tr>']
        else:
            lines += [f'<tr><th colspan="6" style="{left}.4em;{line}">{label}</th></tr>']
    style = "border-collapse:collapse;border:0;background:none;color:inherit;font-size:90%;white-space:nowrap;margin:0"
    body = "".join(lines).replace("</tr>", "</tr>\n")
    return f'<div style="overflow-x:auto;max-width:100%"><table style="{style}"><tbody>\n{body}</tbody></table></div>'


def _rows(record: Record) -> Iterator[Row]:
    loss = Row("layer", record.loss_name)
    yield Row("pass", "forward")
    yield from map(_value, quantities("x", record.x))
    for step in record.forward_steps:
        yield Row("layer", step.title)
        yield from map(_value, step.forward)
    yield loss
    yield Row("value", f"{record.loss_forward}  =  {record.value:.6g}")
    yield Row("pass", "backward")
    yield loss
    yield from map(_value, record.loss_backward)
    for step in record.backward_steps:
        yield Row("layer", step.title)
        yield from map(_value, step.backward)


def _value(quantity: Quantity) -> Row:
    shape = f"({', '.join(map(str, quantity.shape))}{',' if len(quantity.shape) == 1 else ''})"
    norm, smallest, largest = (f"{n:.3g}" for n in (quantity.norm, quantity.smallest, quantity.largest))
    return Row("value", quantity.label, (shape, norm, f"{quantity.zeros:.0%}", smallest, largest))


def _cell(tag: str, text: str) -> str:
    look = (
        "text-align:right;background:none;color:inherit;border:0;padding:.15em .8em;font-variant-numeric:tabular-nums"
    )
    return f'<{tag} style="{look}">{escape(text)}</{tag}>'

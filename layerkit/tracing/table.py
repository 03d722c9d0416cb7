"""The table of a trace: the equations in the order in which they are computed, each with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from layerkit.tracing.record import Quantity

if TYPE_CHECKING:  # Trace is above
    from layerkit.tracing.trace import Trace

__all__ = ["as_html", "as_text"]

_HEAD = ("shape", "norm", "zeros", "smallest", "largest")
_WIDTHS = (12, 9, 8, 10, 10)
_LABEL = 34  # as wide as the longest equation of most networks


class Row(NamedTuple):
    """A line of the table: the start of a pass, a layer, or something computed there."""

    kind: str
    label: str
    cells: tuple[str, ...] = ()


def as_text(trace: Trace) -> str:
    """Return the table for a terminal."""
    rows = list(_rows(trace))
    label = max([_LABEL, *(len(_indent(row)) for row in rows if row.cells)])
    widths = [max([width, *(len(row.cells[i]) + 2 for row in rows if row.cells)]) for i, width in enumerate(_WIDTHS)]
    rule = "─" * (label + sum(widths))
    lines = [_line("", _HEAD, label, widths)]
    for row in rows:
        lines += [rule] if row.kind == "pass" else []
        lines.append(_line(_indent(row), row.cells, label, widths))
    return "\n".join(lines)


def as_html(trace: Trace) -> str:
    """Return the table for a notebook; it takes the colours of the page, light or dark."""
    line = "border:0;border-top:1px solid rgba(128,128,128,.4);"
    left = "text-align:left;background:none;color:inherit;padding:.15em .8em .15em "
    lines = [f'<tr><td style="{left}0"></td>', *(_cell("th", name) for name in _HEAD), "</tr>"]
    for row in _rows(trace):
        label = escape(row.label)
        if row.kind == "value":
            lines += [f'<tr><td style="{left}1.6em;border:0">{label}</td>', *(_cell("td", c) for c in row.cells)]
            lines += ["</tr>"]
        elif row.kind == "pass":
            lines += [f'<tr><th colspan="6" style="{left}0;{line}padding-top:.7em;font-size:110%">{label}</th></tr>']
        else:
            lines += [f'<tr><th colspan="6" style="{left}.4em;{line}">{label}</th></tr>']
    table = "border-collapse:collapse;border:0;background:none;color:inherit;font-size:90%;white-space:nowrap;margin:0"
    return (
        '<div style="overflow-x:auto;max-width:100%">'
        f'<table style="{table}"><tbody>\n{_joined(lines)}</tbody></table></div>'
    )


def _rows(trace: Trace) -> Iterator[Row]:
    loss = Row("layer", trace.loss_name)
    yield Row("pass", "forward")
    yield _value(Quantity("x", trace.x))
    for step in trace:
        yield Row("layer", step.title)
        yield from map(_value, step.forward)
    yield loss
    yield Row("value", f"{trace.loss_forward}  =  {trace.cost:.6g}")
    yield Row("pass", "backward")
    yield loss
    yield _value(trace.loss_backward)
    for step in reversed(trace.steps):
        yield Row("layer", step.title)
        yield from map(_value, step.backward)


def _value(quantity: Quantity) -> Row:
    shape = f"({', '.join(map(str, quantity.shape))}{',' if len(quantity.shape) == 1 else ''})"
    norm, smallest, largest = (f"{n:.3g}" for n in (quantity.norm, quantity.smallest, quantity.largest))
    return Row("value", quantity.equation, (shape, norm, f"{quantity.zeros:.0%}", smallest, largest))


def _indent(row: Row) -> str:
    return f"    {row.label}" if row.kind == "value" else row.label


def _line(label: str, cells: tuple[str, ...], width: int, widths: list[int]) -> str:
    numbers = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False))
    return f"{label:<{width}}{numbers}".rstrip()


def _cell(tag: str, text: str) -> str:
    look = (
        "text-align:right;background:none;color:inherit;border:0;padding:.15em .8em;font-variant-numeric:tabular-nums"
    )
    return f'<{tag} style="{look}">{escape(text)}</{tag}>'


def _joined(lines: list[str]) -> str:
    return "".join(lines).replace("</tr>", "</tr>\n")

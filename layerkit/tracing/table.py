"""The table of a trace: the equations in the order in which they are computed, each with its numbers."""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from layerkit.text import printable, table
from layerkit.tracing.record import Quantity, Record

_HEAD = ("shape", "norm", "zeros", "smallest", "largest")
_LINE = ";text-align:left;border-top:1px solid rgba(128,128,128,.4)"
_LOOKS = {
    "pass": f"0{_LINE};padding-top:.7em;font-size:110%",
    "layer": f".4em{_LINE}",
    "value": "1.6em;text-align:left",
}


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
    rows = [_html_row("td", "value", "", _HEAD)]
    rows += [_html_row("td" if row.kind == "value" else "th", row.kind, row.label, row.cells) for row in _rows(record)]
    style = "border-collapse:collapse;border:0;background:none;color:inherit;font-size:90%;white-space:nowrap;margin:0"
    body = "\n".join(rows)
    return f'<div style="overflow-x:auto;max-width:100%"><table style="{style}"><tbody>\n{body}\n</tbody></table></div>'


def _html_row(tag: str, kind: str, label: str, cells: tuple[str, ...]) -> str:
    look = "background:none;color:inherit;border:0;padding:.15em .8em"
    numbers = f"{look};text-align:right;font-variant-numeric:tabular-nums"
    numbered = "".join(f'<td style="{numbers}">{escape(cell)}</td>' for cell in cells)
    span = "" if cells else ' colspan="6"'
    return f'<tr><{tag}{span} style="{look} {_LOOKS[kind]}">{escape(label)}</{tag}>{numbered}</tr>'


def _rows(record: Record) -> Iterator[Row]:
    last = ("", "")
    for stage, where, quantity in record.entries():
        if stage != last[0]:
            yield Row("pass", stage)
        if where and (stage, where) != last:
            yield Row("layer", where)
        last = stage, where
        yield _value(quantity)


def _value(quantity: Quantity) -> Row:
    if not quantity.shape:
        return Row("value", f"{quantity.label}  =  {quantity.array:.6g}")
    norm, smallest, largest = (f"{n:.3g}" for n in (quantity.norm, quantity.smallest, quantity.largest))
    return Row("value", quantity.label, (str(quantity.shape), norm, f"{quantity.zeros:.0%}", smallest, largest))

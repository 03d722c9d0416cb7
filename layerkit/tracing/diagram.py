"""The diagram of a trace: values that flow to the right, gradients that flow back to the left."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from layerkit.network import Parallel, Residual
from layerkit.plots.diagrams import JOINED
from layerkit.plots.flow import Arrow, Box, Flow, Frame, Lane, draw_flow
from layerkit.text import one_line
from layerkit.tracing.record import Quantity, Record, Step, quantities

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

_Parts: TypeAlias = tuple[Quantity, ...]  # an array, or those of a tuple; none where there is no gradient


def draw(record: Record, ax: Axes | None = None) -> Axes:
    """Draw the steps and the loss, the arrows between them, and the bar that explains their colors."""
    nodes = _nodes(record.steps, quantities("x", record.x), quantities("∂C/∂x", record.steps[0].input_grad))
    into = _flow(_results(record.steps[-1], record.steps[-1].forward), record.loss_backward)
    return draw_flow(Lane([*nodes, Box(type(record.loss).__name__, [f"C = {record.value:.4g}"], into)]), ax)


def _nodes(steps: Sequence[Step], value: _Parts, grad: _Parts) -> list[Box | Frame]:
    # `value` and `grad` are those of the first arrow
    nodes: list[Box | Frame] = []
    for step in steps:
        nodes.append(_node(step, _flow(value, _results(step, step.backward) if nodes else grad)))
        value = _results(step, step.forward)
    return nodes


def _node(step: Step, into: Flow) -> Box | Frame:
    layer, title = step.layer, f"{step.position}  {type(step.layer).__name__}"
    if step.parts and isinstance(layer, Residual):
        skip = Lane([], _flow(quantities("x", step.input), quantities("∂C/∂y", step.output_grad)))
        return Frame(f"{title}, x + f(x)", [_lane(step.parts), skip], into)
    if step.parts and isinstance(layer, Parallel):
        branches = [f"{step.position}.{name}" for name in layer.children()]
        lanes = [[part for part in step.parts if f"{part.position}.".startswith(f"{name}.")] for name in branches]
        return Frame(f"{title}, {JOINED[layer.join]}", list(map(_lane, lanes)), into)
    arguments = one_line(layer).partition("(")[2].removesuffix(")")
    learned = [quantity for part in (step, *step.parts) for quantity in part.backward[: len(part.parameters)]]
    arrows = tuple(Arrow(f"{quantity.symbol} {quantity.shape}", _size(learned)) for quantity in learned)
    return Box(title, [arguments] if arguments else [], into, arrows)


def _lane(steps: Sequence[Step]) -> Lane:
    first, last = steps[0], steps[-1]
    out = _flow(_results(last, last.forward), quantities("∂C/∂y", last.output_grad))
    return Lane(_nodes(steps, quantities("x", first.input), _results(first, first.backward)), out)


def _results(step: Step, computed: _Parts) -> _Parts:
    return computed[len(step.parameters) :]


def _flow(value: _Parts, grad: _Parts) -> Flow:
    return Flow(_arrow(value), _arrow(grad) if grad else None)


def _arrow(parts: _Parts) -> Arrow:
    symbol, shapes = parts[0].equation.partition(" = ")[0], ", ".join(str(part.shape) for part in parts)
    return Arrow(f"{shorten(symbol, 20, placeholder='…')} {shapes}", _size(parts))


def _size(parts: Sequence[Quantity]) -> float | None:
    return Quantity("", np.concatenate([part.array.ravel() for part in parts])).rms if parts else None

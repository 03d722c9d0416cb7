"""The diagram of a trace: values that flow to the right, gradients that flow back to the left."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np

from layerkit.network import Parallel, Residual
from layerkit.plots.diagrams import JOINED
from layerkit.plots.flow import Arrow, Box, Flow, Frame, Lane, draw_flow
from layerkit.text import one_line
from layerkit.tracing.record import Quantity, Record, Step, quantities
from layerkit.validation import Batch

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes

__all__ = ["draw"]


def draw(record: Record, ax: Axes | None = None) -> Axes:
    """Draw the steps and the loss, the arrows between them, and the bar that explains their colors."""
    loss, first = record.loss_name, quantities("∂C/∂x", record.steps[0].input_grad)
    nodes = _nodes(record.steps, quantities("x", record.x), first)
    into = _flow(_output(record.steps[-1]), record.loss_backward)
    name, _, _ = loss.partition("(")
    return draw_flow(Lane([*nodes, Box(name, [f"C = {record.value:.4g}"], into)]), ax)


def _nodes(
    steps: Sequence[Step], value: tuple[Quantity, ...], first: tuple[Quantity, ...] | None = None
) -> list[Box | Frame]:
    nodes: list[Box | Frame] = []
    for step in steps:
        grad = _gradients(step) if first is None or nodes else first
        nodes.append(_node(step, _flow(value, grad)))
        value = _output(step)
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
    size = _size([quantity.array for quantity in learned])
    arrows = tuple(Arrow(f"{quantity.symbol} {quantity.shape}", size) for quantity in learned)
    return Box(title, [arguments] if arguments else [], into, arrows)


def _lane(steps: Sequence[Step]) -> Lane:
    last = steps[-1]
    out = _flow(_output(last), quantities("∂C/∂y", last.output_grad))
    return Lane(_nodes(steps, quantities("x", steps[0].input)), out)


def _output(step: Step) -> tuple[Quantity, ...]:
    return step.forward[len(step.parameters) :]


def _gradients(step: Step) -> tuple[Quantity, ...]:
    return step.backward[len(step.parameters) :]


def _flow(value: tuple[Quantity, ...], grad: tuple[Quantity, ...]) -> Flow:
    return Flow(_arrow(value), _arrow(grad) if grad else None)


def _arrow(parts: tuple[Quantity, ...]) -> Arrow:
    symbol = parts[0].equation.partition(" = ")[0]
    shapes = ", ".join(str(part.shape) for part in parts)
    return Arrow(f"{shorten(symbol, 20, placeholder='…')} {shapes}", _size([part.array for part in parts]))


def _size(arrays: list[Batch]) -> float | None:
    return Quantity("", np.concatenate([array.ravel() for array in arrays])).rms if arrays else None

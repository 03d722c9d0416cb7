"""The two passes with every number kept, and what can be seen of them: `trace` and `Trace`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from layerkit.batch import each, sample_shape
from layerkit.errors import PluginError
from layerkit.layers import Layer
from layerkit.losses import Loss
from layerkit.network import Sequential
from layerkit.provenance import origin_of
from layerkit.shapes import fits, show
from layerkit.tracing.detectors import detect
from layerkit.tracing.diagram import draw
from layerkit.tracing.findings import Findings
from layerkit.tracing.record import Record, Step
from layerkit.tracing.table import as_html, as_text
from layerkit.training.data import prepare
from layerkit.validation import Batch, check_kind

if TYPE_CHECKING:  # optional at run time
    from matplotlib.axes import Axes


class Trace(Record):
    r"""Everything that one pass forward and one backward computed; `trace` makes it.

    It prints as a table, and shows as one in a notebook. As a sequence it holds the steps.

    .. math::

        \begin{aligned}
        \text{forward:}\quad & x \to a^{(1)} \to \dots \to a^{(L)} \to C \\
        \text{backward:}\quad & \frac{\partial C}{\partial x} \gets \frac{\partial C}{\partial a^{(1)}} \gets \dots
        \gets \frac{\partial C}{\partial a^{(L)}} \gets C
        \end{aligned}

    Attributes
    ----------
    x, y : numpy.ndarray or tuple
        Samples and targets, as the network and the loss took them.
    loss : Loss
        A copy of the loss.
    value : float
        C.
    steps : tuple of Step
        The input and output of each layer, from the first to the last.

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
    >>> trace[2].parameters["weight"].grad.shape
    (8, 1)
    >>> trace.findings()
    Nothing stands out.
    """

    def findings(self) -> Findings:
        """Return what a practitioner would look into, of the kinds that `layerkit.tracing.Finding` lists.

        Returns
        -------
        Findings
            A tuple of `Finding`, each with layer, evidence and remedy, that prints as text; empty if nothing stands
            out.

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
        return detect(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the layers in a row, with the values and the gradients that flow between them.

        Values go right above the middle, gradients go left below it, each with its shape; the gradients
        of parameters come out of the bottom. The color of an arrow is the size of its numbers. A network that
        does not fit in one row goes on in the next. A dashed frame holds the branches of a block.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The Axes to draw on; by default those of a new figure.

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
        return f"<Trace of {len(self)} steps, loss {self.value:.4g}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def trace(model: Sequential, x: Any, y: Any, loss: Loss) -> Trace:
    r"""Go forward and backward once, and keep every number.

    .. math::

        \begin{aligned}
        \text{forward:}\quad & a^{(l)} = f^{(l)}(a^{(l-1)}),\; l = 1 \dots L, \qquad C = C(a^{(L)}, y) \\
        \text{backward:}\quad & \frac{\partial C}{\partial a^{(l-1)}} =
        \frac{\partial C}{\partial a^{(l)}} \frac{\partial a^{(l)}}{\partial a^{(l-1)}},\; l = L \dots 1
        \end{aligned}

    The passes are those of a training step: `Dropout` drops what it would drop in the next one. They
    run on copies, so that network and loss stay as they are: parameters, gradients, random state, and
    a forward pass that waits for its backward one. The layers of a network in the network are steps of
    their own. Any other layer that is made of layers, such as `Residual`, is one step, with a step for each
    layer that it calls once among its ``parts``.

    Parameters
    ----------
    model : Sequential
        The network.
    x, y : array_like or tuple
        A batch of samples and targets, with equally many rows. NaN and infinity are let through:
        `Trace.findings` says where they are.
    loss : Loss
        The loss.

    Returns
    -------
    Trace
        The numbers, in new arrays.

    Raises
    ------
    ConfigError
        If `model` is no network, or `loss` no loss.
    ShapeError
        If the data do not fit the network, the loss, or each other.
    DTypeError
        If the data are not real numbers.
    DataError
        If the loss refuses a target, such as a label that is out of range.
    PluginError
        If a layer returns another shape than its `output_shape` declares.

    Notes
    -----
    The equations of a class that is not built in are those of any layer, unless it has an attribute
    `equations`: a mapping with any of ``"forward"``, ``"backward"``, and the names of its parameters for
    their gradients. The text before " = " is the symbol of the result. For an activation with a
    slope s that it learns::

        equations = {
            "forward": "a = max(z, 0) + s min(z, 0)",
            "slope": "ds = Σ ∂C/∂a ∘ min(z, 0)",
            "backward": "δ = ∂C/∂a ∘ ([z > 0] + s [z ≤ 0])",
        }

    Examples
    --------
    >>> import layerkit as lk
    >>> dense = lk.Dense(1, 1)
    >>> dense.weight.value, dense.bias.value = [[2.0]], [-1.0]
    >>> trace = lk.trace(lk.Sequential(dense), [[3.0]], [[1.0]], lk.MSELoss())
    >>> print(trace)
                                shape  norm  zeros  smallest  largest
    ─────────────────────────────────────────────────────────────────
    forward
        x                      (1, 1)     3     0%         3        3
    0  Dense(1, 1)
        W                      (1, 1)     2     0%         2        2
        b                        (1,)     1     0%        -1       -1
        z = a W + b            (1, 1)     5     0%         5        5
    MSELoss()
        C = Σ (a - y)² / n  =  16
    ─────────────────────────────────────────────────────────────────
    backward
    MSELoss()
        ∂C/∂a = 2 (a - y) / n  (1, 1)     8     0%         8        8
    0  Dense(1, 1)
        dW = aᵀ δ              (1, 1)    24     0%        24       24
        db = Σ δ                 (1,)     8     0%         8        8
        ∂C/∂a = δ Wᵀ           (1, 1)    16     0%        16       16
    """
    check_kind("model", model, Sequential)
    check_kind("loss", loss, Loss)
    with np.errstate(all="ignore"):  # numbers that are not finite are a finding, no warning
        x, y = map(_copied, prepare(model, loss, x, y, ("x", "y"), finite=False))
        model, loss = copy.deepcopy((model, loss))
        passes = _Passes(model)
        prediction = _copied(model.forward(x))
        for step in passes.steps(model):
            _check_output(step)
        value = float(loss.forward(prediction, y))
        model.backward(loss.backward())
    passes.end()
    return Trace(x, y, loss, value, passes.steps(model))


class _Passes:
    """Copies of the inputs and outputs of all layers of a network, in both passes."""

    def __init__(self, model: Sequential) -> None:
        self.order: list[Layer] = []  # of the calls of forward
        self.arrays: dict[Layer, dict[str, Any]] = {layer: {} for name, layer in model.walk() if name}
        for layer in self.arrays:
            forward = self._kept(layer, layer.forward, "input", "output")
            backward = self._kept(layer, layer.backward, "output_grad", "input_grad")
            vars(layer).update(forward=forward, backward=backward)

    def _kept(self, layer: Layer, method: Callable[..., Batch], taken: str, given: str) -> Callable[..., Batch]:
        def kept(x: Batch, *args: Any, **options: Any) -> Batch:
            self.order += [layer] * (taken == "input")
            self.arrays[layer][taken] = _copied(x)
            result = method(x, *args, **options)
            self.arrays[layer][given] = _copied(result)
            return result

        return kept

    def end(self) -> None:
        for layer in self.arrays:
            del vars(layer)["forward"], vars(layer)["backward"]

    def steps(self, whole: Layer, prefix: str = "") -> tuple[Step, ...]:
        # in the order of the calls; a layer that was called several times has no single input and output
        steps: list[Step] = []
        called = {layer: name for name, layer in whole.children().items() if self.order.count(layer) == 1}
        for layer in sorted(called, key=self.order.index):
            position = f"{prefix}{called[layer]}"
            parts = self.steps(layer, f"{position}.")
            is_plain = type(layer).forward is Sequential.forward
            steps += parts if is_plain else [Step(position, layer, **self.arrays[layer], parts=parts)]
        return tuple(steps)


def _check_output(step: Step) -> None:
    declared, got = step.layer.output_shape(sample_shape(step.input)), sample_shape(step.output)
    if not fits(got, declared):
        raise PluginError(
            f"layer {step.position}, {step.name} ({origin_of(type(step.layer))}), must return samples of shape "
            f"{show(declared)}, as its output_shape says, but returned {show(got)}. Correct one of the two."
        )


def _copied(batch: Batch) -> Batch:
    return each(lambda array: None if array is None else np.array(array), batch)

"""Layer: the contract of everything in a network."""

import copy
import math
from abc import ABC, abstractmethod
from functools import cached_property
from itertools import repeat
from typing import Any, ClassVar

import numpy as np

from layerkit.batch import arrays, same_shape, sample_shape, shape_of
from layerkit.errors import DTypeError, ShapeError, StateError
from layerkit.layers.tree import LayerTree
from layerkit.shapes import fits, is_tuple_of_shapes, show
from layerkit.text import one_line
from layerkit.validation import Batch, Shape

__all__ = ["Layer"]

# What the words of `Layer.input_dtype` mean: in a message, as kinds of dtypes, and as the dtype to convert to.
_KINDS = {
    "float": ("floats", "f", "np.float32"),
    "integer": ("integers", "iu", "int"),
    "any": ("numbers", "biuf", "np.float32"),
}


class Layer(LayerTree, ABC):
    r"""A function of a batch, with parameters θ, that knows its own derivatives.

    .. math::

        \text{forward:}\quad  y = f(x, \theta) \qquad
        \text{backward:}\quad
        \frac{\partial C}{\partial x} = \frac{\partial C}{\partial y}\frac{\partial y}{\partial x}, \quad
        \frac{\partial C}{\partial \theta} = \frac{\partial C}{\partial y}\frac{\partial y}{\partial \theta}

    Samples are along axis 0. A subclass writes `forward` and `backward`, and `output_shape` where the output has
    another shape than the input. Parameters and layers are attributes, or items of list and tuple attributes;
    every constructor argument is an attribute of the same name.

    Attributes
    ----------
    name : str
        The name that the class is published under; the name of the class where it is empty.
    gain : float or None
        For an activation, 1/√E[f(z)²] with z ~ N(0, 1): initializers scale the weights before it by this.
    input_shape : tuple
        The shape of one sample that the layer takes: integers, None for a size that varies, a leading ``...`` for
        any number of axes; a tuple of shapes for a tuple of arrays.
    input_dtype : str or tuple
        ``"float"``: networks convert to their own dtype; ``"integer"``: floats are refused; ``"any"``: only floats are
        converted; a tuple of these for a tuple of arrays.
    dtype : numpy.dtype
        The dtype of the parameters, float32 or float64.
    cache : Any
        What `forward` keeps for `backward`: set it when `training`. Reading it before raises `StateError`. Copies and
        pickles are without it.

    Examples
    --------
    A layer that scales its input by a number that it learns:

    >>> import numpy as np
    >>> import layerkit as lk
    >>> class Scale(lk.Layer):
    ...     def __init__(self):
    ...         self.factor = lk.Parameter((1,), lk.initializers.Constant(1.0))
    ...     def forward(self, x, training=True):
    ...         if training:
    ...             self.cache = x
    ...         return x * self.factor.value
    ...     def backward(self, grad, input_grad=True):
    ...         self.factor.grad = [np.sum(grad * self.cache)]
    ...         return grad * self.factor.value if input_grad else None
    >>> model = lk.Sequential(lk.Dense(2, 3), Scale(), rng=0)
    >>> model.forward(np.ones((4, 2), np.float32)).shape
    (4, 3)
    """

    name: ClassVar[str] = ""
    input_shape: Shape = (...,)
    input_dtype: Any = "float"

    @cached_property
    def cache(self) -> Any:
        """What `forward` kept for `backward`."""
        raise StateError(f"{one_line(self)} has no forward pass to go back through: call forward(x) first.")

    @abstractmethod
    def forward(self, x: Batch, training: bool = True) -> Batch:
        """Return the output for a batch.

        Parameters
        ----------
        x : numpy.ndarray or tuple
            The batch, shape ``(batch, ...)``. It is never changed, and not copied: leave it as it is until
            `backward`.
        training : bool
            True keeps in `cache` what `backward` needs. False writes nothing on the layer, so that any number of
            threads may predict at the same time.

        Returns
        -------
        numpy.ndarray or tuple
            The output. It may be `x` itself, or a view, where nothing is computed.
        """

    @abstractmethod
    def backward(self, grad: Batch, input_grad: bool = True) -> Batch | None:
        """Set the gradient of every parameter and return that of the input.

        Parameters
        ----------
        grad : numpy.ndarray or tuple
            ∂C/∂y, of the shape that the last `forward` returned. It is never changed.
        input_grad : bool
            False leaves the gradient of the input uncomputed.

        Returns
        -------
        numpy.ndarray, tuple or None
            ∂C/∂x, of the shape of the input: None for what has no gradient, such as integers and masks, and for
            everything with ``input_grad=False``.

        Raises
        ------
        StateError
            If no `forward` with ``training=True`` came before.
        """

    def output_shape(self, shape: Shape | None) -> Shape:
        """Return the shape of one output sample for one input sample.

        Parameters
        ----------
        shape : tuple or None
            The shape of one sample; None if it is not known.

        Returns
        -------
        tuple
            The shape of one output sample.

        Raises
        ------
        ShapeError
            If the layer does not take samples of this shape.
        """
        return self.check_shape(shape)

    def check_shape(self, shape: Shape | None) -> Shape:
        """Return the shape of a sample, or `input_shape` if it is not known; refuse what does not fit.

        Parameters
        ----------
        shape : tuple or None
            The shape of one sample.

        Returns
        -------
        tuple
            The shape.

        Raises
        ------
        ShapeError
            If it does not fit `input_shape`.
        """
        if shape is None:
            return self.input_shape
        if not fits(shape, self.input_shape):
            raise mismatch(self, shape)
        return shape

    def check_input(self, x: Batch) -> None:
        """Refuse a batch of another shape or kind of number than the layer takes.

        Parameters
        ----------
        x : numpy.ndarray or tuple
            The batch.

        Raises
        ------
        ShapeError
            If its samples do not fit `input_shape`.
        DTypeError
            If it is no array, or not of `input_dtype`.
        """
        pattern = self.input_shape
        try:  # the usual case, quickly: any array, or (batch, features)
            fitting = x.ndim > 0 if pattern == (...,) else pattern[0] is ... and x.shape[1:] == pattern[1:]
            if fitting and x.dtype == self.dtype and self.input_dtype == "float":
                return
        except (AttributeError, IndexError, TypeError):  # a tuple, no array, or a pattern of another form
            pass
        wanted = self.input_dtype
        kinds = arrays(wanted) if isinstance(wanted, tuple) else repeat(wanted)
        for array, kind in zip(arrays(x), kinds, strict=False):  # the number of arrays is a question of shape
            (numbers, codes, fix), dtype = _KINDS[kind], getattr(array, "dtype", None)
            if dtype is None or dtype.kind not in codes:
                got = type(array).__name__ if dtype is None else dtype
                raise DTypeError(
                    f"{one_line(self)} takes arrays of {numbers}, got {got}. Convert it first: np.asarray(x, {fix})."
                )
            if array.shape == ():
                raise ShapeError(f"{one_line(self)} takes a batch, with the samples along axis 0, got a single number.")
        self.check_shape(sample_shape(x))

    def check_gradient(self, grad: Batch, shape: Shape) -> None:
        """Refuse a gradient of another shape than that of the last output.

        Parameters
        ----------
        grad : numpy.ndarray or tuple
            ∂C/∂y.
        shape : tuple
            The shape of y, or those of a tuple.

        Raises
        ------
        ShapeError
            If the shapes differ.
        """
        if getattr(grad, "shape", None) != shape and not same_shape(grad, shape):
            raise ShapeError(
                f"backward of {one_line(self)} takes a gradient of the shape of its last output, {shape}, "
                f"got {shape_of(grad)}."
            )

    def sample_input(self, rng: np.random.Generator, batch: int, input_shape: Shape) -> Batch:
        """Return a batch to test the layer with: floats by default; a layer of integers or masks writes its own.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of randomness.
        batch : int
            The number of samples.
        input_shape : tuple
            The shape of one sample, all sizes known.

        Returns
        -------
        numpy.ndarray or tuple
            The batch.
        """
        if is_tuple_of_shapes(input_shape):
            return tuple(self.sample_input(rng, batch, shape) for shape in input_shape)
        return rng.normal(size=(batch, *input_shape)).astype(self.dtype)


def mismatch(layer: Layer, shape: Shape) -> ShapeError:
    """Return the error for samples of a shape that the layer does not take, with a remedy."""
    pattern, got, fix = layer.input_shape, f"samples of shape {show(shape)}", ""
    features = pattern[1] if len(pattern) == 2 and pattern[0] is ... else None
    if len(shape) == 0:
        fix = " The first axis of a batch counts the samples; for one sample, pass x[None]."
    elif all(isinstance(size, int) for size in shape) and math.prod(shape) == features:
        fix = " Put a Flatten() before it."
    elif features is not None and not is_tuple_of_shapes(shape):
        got, fix = show(shape[-1]), f" Give it {features}, or {_resized(layer, shape[-1])}."
    wanted = f"samples of shape {show(pattern)}" if features is None else f"{features} features"
    return ShapeError(f"{one_line(layer)} takes {wanted}, got {got}.{fix}")


def _resized(layer: Layer, size: Any) -> str:
    # what to write in place of the layer, if one of its attributes is the number of features
    for name in ("in_features", "features", "in_channels"):
        if vars(layer).get(name) == layer.input_shape[-1]:
            other = copy.copy(layer)
            vars(other)[name] = size
            return f"make it {one_line(other)}"
    return f"use a layer for {show(size)}"

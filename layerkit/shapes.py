"""Shapes of one sample, and whether they fit the pattern that a layer takes.

A shape has no batch axis. It holds integers, None for a size that varies, and, at its start, ``...`` for any
number of axes. A tuple of arrays has a tuple of shapes; None in place of a shape is one that is not known.
"""

from typing import Any

from layerkit.validation import Shape

__all__ = ["fits", "is_tuple_of_shapes", "show"]


def fits(shape: Shape | None, pattern: Shape | None) -> bool:
    """Return whether some array has both the shape and the pattern.

    Examples
    --------
    >>> from layerkit.shapes import fits
    >>> fits((10, 4), (..., 4)), fits((10, 4), (..., 3)), fits((4,), (None, 4))
    (True, False, False)
    """
    if pattern is None or shape is None:
        return True
    tuples = is_tuple_of_shapes(shape), is_tuple_of_shapes(pattern)
    if any(tuples):
        return all(tuples) and len(shape) == len(pattern) and all(map(fits, shape, pattern))
    # sizes are compared from the last axis on; only a leading ... lets the other side have more of them
    sizes, wanted = (axes[1:] if axes[:1] == (...,) else axes for axes in (shape, pattern))
    if (len(sizes) < len(wanted) and sizes is shape) or (len(wanted) < len(sizes) and wanted is pattern):
        return False
    return all(a == b or a is None or b is None for a, b in zip(reversed(sizes), reversed(wanted), strict=False))


def is_tuple_of_shapes(shape: Shape | None) -> bool:
    """Return whether it is the shape of a tuple of arrays."""
    return shape is not None and any(isinstance(part, tuple) for part in shape)


def show(shape: Any) -> str:
    """Return a shape as text, such as ``(*, 4)``: what varies or is not known is a star."""
    if isinstance(shape, tuple):
        return f"({', '.join(map(show, shape))}{',' if len(shape) == 1 else ''})"
    return "..." if shape is ... else "*" if shape is None else str(shape)

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
    if is_tuple_of_shapes(pattern) or is_tuple_of_shapes(shape):
        return (
            (is_tuple_of_shapes(pattern) or pattern == ())
            and (is_tuple_of_shapes(shape) or shape == ())
            and len(shape) == len(pattern)
            and all(map(fits, shape, pattern))
        )
    # sizes are compared from the last axis on; only a leading ... lets the other side have more of them
    sizes, wanted = (axes[1:] if axes[:1] == (...,) else axes for axes in (shape, pattern))
    if (len(sizes) < len(wanted) and sizes is shape) or (len(wanted) < len(sizes) and wanted is pattern):
        return False
    return all(a == b or a is None or b is None for a, b in zip(reversed(sizes), reversed(wanted), strict=False))


def is_tuple_of_shapes(shape: Shape | None) -> bool:
    """Return whether it is the shape of a tuple of arrays."""
    return shape is not None and any(isinstance(part, tuple) for part in shape)


def show(shape: Any) -> str:
    """Return a shape as text, such as ``(length?, 4)`` would be ``(*, 4)``: a size that varies is a star."""
    if shape is None:
        return "?"
    if not isinstance(shape, tuple):
        return "..." if shape is ... else "*" if shape is None else str(shape)
    parts = [("*" if part is None else show(part)) for part in shape]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

"""What a plugin may implement."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from layerkit.layers.base import Layer

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("layerkit")
hookimpl = pluggy.HookimplMarker("layerkit")


@hookspec
def layerkit_activations() -> Sequence[type[Layer]]:  # type: ignore[empty-body]  # the plugins are the body
    """Return the classes of the activations that this plugin publishes.

    Each is an `Activation`, or a `Layer` for one that is not elementwise or that learns, and has a
    `name` of its own.

    Returns
    -------
    sequence of type
        The classes, in the order in which tables should list them.
    """

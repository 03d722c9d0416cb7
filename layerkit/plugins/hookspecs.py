"""The hooks that a plugin may implement."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from layerkit.layers.base import Layer

hookspec = pluggy.HookspecMarker("layerkit")
hookimpl = pluggy.HookimplMarker("layerkit")


@hookspec
def layerkit_activations() -> Sequence[type[Layer]]:  # type: ignore[empty-body]  # plugins implement it
    """Return the classes of the activations that this plugin publishes.

    Each is a subclass of `Activation` or `LearnedActivation`, or of `Layer` for an activation that is not
    elementwise. It is published under its attribute `name`, or the name of the class where it has none.

    Returns
    -------
    sequence of type
        The classes, in the order in which tables list them.
    """


@hookspec
def layerkit_classes() -> Sequence[type]:  # type: ignore[empty-body]  # plugins implement it
    """Return the layers, losses, optimizers and initializers that this plugin publishes.

    Each is a subclass of `Layer`, `Loss`, `Optimizer` or `Initializer`; the base class decides whether
    `layerkit.layer`, `layerkit.loss` or `layerkit.optimizer` finds it.

    Returns
    -------
    sequence of type
        The classes, in the order in which tables list them.
    """

"""Which doctests run: those that draw need the plot extra."""

from importlib.util import find_spec

import pytest

DRAWING = {
    "layerkit.plots.curves.history",
    "layerkit.plots.functions.activation",
    "layerkit.plots.distributions.distributions",
    "layerkit.tracing.trace.Trace.plot",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot be drawn."""
    if find_spec("matplotlib") is None:
        for item in items:
            if item.name in DRAWING:
                item.add_marker(pytest.mark.skip(reason="it draws, which needs the plot extra"))

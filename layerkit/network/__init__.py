"""Networks: layers in a row, blocks that branch, and the vectors of their parameters."""

from layerkit.network.blocks import Parallel, Residual
from layerkit.network.composite import Composite
from layerkit.network.sequential import Sequential

__all__ = ["Composite", "Parallel", "Residual", "Sequential"]

"""Wrong activations, layers, losses and optimizers, each with the check that must fail and words of its diagnosis.

Every one is right but for a single mistake.
"""

from testing.wrong.batches import EmbeddingBase, right_batches, wrong_batches
from testing.wrong.dense import wrong_dense_layers
from testing.wrong.functions import wrong_functions
from testing.wrong.layers import wrong_layers as other_wrong_layers
from testing.wrong.losses import wrong_losses
from testing.wrong.optimizers import wrong_optimizers
from testing.wrong.passes import wrong_passes

__all__ = [
    "EmbeddingBase",
    "right_batches",
    "wrong_activations",
    "wrong_batches",
    "wrong_layers",
    "wrong_losses",
    "wrong_optimizers",
]

wrong_activations = wrong_functions | wrong_passes
wrong_layers = wrong_dense_layers | other_wrong_layers

"""GELU for layerkit: exact, in the tanh form, and as QuickGELU."""

import layerkit as lk
from layerkit_gelu.gelu import GELU, QuickGELU, TanhGELU

__all__ = ["GELU", "QuickGELU", "TanhGELU"]


@lk.hookimpl
def layerkit_activations() -> list[type[lk.Layer]]:
    """Publish the classes to layerkit."""
    return [GELU, TanhGELU, QuickGELU]

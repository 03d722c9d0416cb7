"""Checks for activations, layers, losses and optimizers: yours, and those of plugins.

A check tests one property. `check_activation` and its siblings run all of them and raise a
`layerkit.errors.CheckError` with a diagnosis; `activation_checks` and its siblings return them one by
one, for pytest.
"""

from layerkit.testing.activation import activation_checks, check_activation
from layerkit.testing.check import Check
from layerkit.testing.differences import Estimate, numerical_derivative, numerical_gradient
from layerkit.testing.layer import check_layer, layer_checks
from layerkit.testing.loss import check_loss, loss_checks
from layerkit.testing.optimizer import check_optimizer, optimizer_checks
from layerkit.testing.precision import UlpAccuracy, ulp_error

__all__ = ["Check", "Estimate", "UlpAccuracy", "activation_checks", "check_activation", "check_layer"]
__all__ += ["check_loss", "check_optimizer", "layer_checks", "loss_checks", "numerical_derivative"]
__all__ += ["numerical_gradient", "optimizer_checks", "ulp_error"]

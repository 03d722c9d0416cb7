"""What is right is accepted, whatever points are drawn."""

import numpy as np
import pytest
from testing import right, wrong

import layerkit as lk
from layerkit.plugins import Host
from layerkit.testing import (
    activation_checks,
    check_activation,
    check_layer,
    check_loss,
    check_optimizer,
    ulp_error,
)
from layerkit.testing.derivatives import compare_slopes

# the built-in ones, whatever else is installed
ACTIVATIONS = [published.cls for published in Host(path=[]).list_activations()]
OTHERS = [
    lk.ELU(0.5),
    lk.LeakyReLU(0.3),
    right.ExactGELU(),
    right.TanhGELU(),
    right.Snake(),
    right.Snake(0.7),
    right.HardSwish(),
    right.Hardshrink(),
    right.Clipped(),
    right.KeepsItsOutput(),
    right.PReLU(),
    right.ScaledTanh(),
    right.ScaledTanh(features=4),
]
LAYERS = [
    (lk.Dense(3, 4), None),
    (lk.Dense(3, 4, bias=False), None),
    (lk.Dense(3, 3), None),
    (lk.Dense(3, 4), (2, 3)),
    (lk.Flatten(), (2, 3)),
    (lk.Flatten(), None),
    (lk.Dropout(0.3), (4,)),
    (lk.Dropout(0.3).draw(1), (2, 2)),
    (lk.Softmax(), (4,)),
    (lk.Softmax(), (2, 3)),
    (lk.Sequential(lk.Dense(3, 4), lk.Tanh(), lk.Sequential(lk.Dense(4, 2), lk.Softmax())), None),
    (lk.Sequential(lk.Dense(3, 4), dtype=np.float64, rng=0), None),
    (lk.Residual(lk.Dense(3, 4), lk.Tanh(), lk.Dense(4, 3)), None),
    (lk.Parallel(lk.Dense(3, 2), lk.Linear()), None),
    (lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 2), join="add"), None),
    (lk.Parallel(lk.Dense(3, 2), lk.Sequential(lk.Dense(3, 2), lk.Sigmoid()), join="multiply"), None),
    (lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 1), join="tuple"), None),
    (lk.Parallel(lk.Dense(3, 2), lk.Dense(4, 2), inputs="each"), None),
    (lk.Sequential(lk.Parallel(wrong.EmbeddingBase(), lk.Dense(4, 4), inputs="each"), lk.Dense(8, 2)), ((2,), (2, 4))),
    (lk.Sequential(right.MaskedSum(), lk.Dense(3, 2)), ((4, 3), (4,))),
    (lk.Sequential(lk.Dense(3, 4), right.Normalized(), lk.Dropout(0.5), lk.Dense(4, 2)), None),
    (right.Identity(), None),
    (right.RefusesNothing(), None),
    (right.MaskedSum(), None),
    (right.Normalized(), None),
]
LOSSES = [
    lk.MSELoss,
    lk.MAELoss,
    lk.HuberLoss,
    lk.CrossEntropyLoss,
    lk.BCEWithLogitsLoss,
    right.LogCosh,
    right.MeanLogCosh,
    right.WrittenOut,
]
JOINT_LOSSES = [
    (lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss(), weights=(1, 0.5)), ((5, 3), (5, 2))),
    (lk.JointLoss(lk.MAELoss("sum"), lk.MSELoss("half")), ((4, 2), (4, 1))),
    (lk.JointLoss(lk.BCEWithLogitsLoss()), ((5, 2, 3),)),
]
OPTIMIZERS = [
    (lk.SGD, {}),
    (lk.SGD, {"momentum": 0.9}),
    (lk.SGD, {"momentum": 0.9, "nesterov": True}),
    (lk.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    (lk.Adam, {}),
    (lk.AdamW, {"weight_decay": 0.1}),
    (right.RMSProp, {}),
    (right.Momentum, {}),
    (right.WholeNorm, {}),
    (right.ClipsByNorm, {}),
    (right.ClipsByNorm, {"limit": 0.5}),
    (right.ClipsByValue, {}),
    (right.Warmup, {}),
]
ELEMENTWISE = [each for each in (*(cls() for cls in ACTIVATIONS), *OTHERS) if isinstance(each, lk.Activation)]


@pytest.mark.parametrize(
    "check",
    [check for cls in ACTIVATIONS for check in activation_checks(cls, rng=1)],
    ids=lambda check: f"{check.subject}-{check}",
)
def test_built_in_activation(check):
    check()


@pytest.mark.parametrize("activation", OTHERS, ids=repr)
def test_right_activation(activation):
    check_activation(activation, rng=2)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_right_layer(layer, shape):
    check_layer(layer, shape, rng=3)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3)])
def test_right_loss(loss, shape):
    check_loss(loss, shape, rng=4)


@pytest.mark.parametrize(("loss", "shape"), JOINT_LOSSES)
def test_right_joint_loss(loss, shape):
    check_loss(loss, shape, rng=4)


@pytest.mark.parametrize(("optimizer", "options"), OPTIMIZERS)
def test_right_optimizer(optimizer, options):
    check_optimizer(optimizer, rng=5, **options)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=repr)
def test_no_false_alarm_in_200_runs(activation):
    with np.errstate(all="ignore"):
        alarms = [seed for seed in range(200) if compare_slopes(activation, np.random.default_rng(seed)).wrong.any()]
    assert alarms == []


@pytest.mark.parametrize("cls", [cls for cls in ACTIVATIONS if issubclass(cls, lk.Activation)])
def test_built_in_is_within_4_ulp(cls):
    error = ulp_error(cls, rng=6)
    assert error.function < 4, error
    assert error.derivative < 4, error

import json
import math

import numpy as np
import pytest
from layerkit_optimizers import Lion, Nadam, RMSprop

import layerkit as lk
from layerkit.testing import optimizer_checks

CASES = [
    (RMSprop, {}),
    (RMSprop, {"rho": 0.9, "momentum": 0.9}),
    (RMSprop, {"centered": True}),
    (Nadam, {}),
    (Nadam, {"betas": (0.8, 0.99), "momentum_decay": 0.1}),
    (Lion, {}),
    (Lion, {"betas": (0.95, 0.98), "weight_decay": 0.1}),
]


@pytest.mark.parametrize(
    "check",
    [pytest.param(check, id=str(check)) for kind, options in CASES for check in optimizer_checks(kind, **options)],
)
def test_keeps_the_contract_of_an_optimizer(check):
    check()


@pytest.mark.parametrize("kind", [RMSprop, Nadam, Lion])
def test_the_installed_package_is_found_by_name(kind):
    model = lk.Sequential(lk.Dense(1, 1))
    assert type(lk.optimizer(kind.__name__, model)) is kind
    assert type(lk.optimizer(f"layerkit-optimizers:{kind.__name__}", model, learning_rate=0.5)) is kind


def one_weight(value, dtype="float64"):
    model = lk.Sequential(lk.Dense(1, 1, bias=False), dtype=dtype)
    model[0].weight.value = [[value]]
    return model


def walk(optimizer, gradients):
    """Return the only weight after each gradient."""
    model, weights = optimizer.model, []
    for gradient in gradients:
        model.gradient_vector[:] = gradient
        optimizer.step()
        weights.append(float(model.parameter_vector[0]))
    return weights


def test_two_steps_of_rmsprop_by_hand():
    # ρ = 3/4: v = 16/4 = 4, then 3/4 · 4 + 1/4 · 4 = 4; ε = 2: u = 4/(2 + 2) = 1, then 2/4
    plain = RMSprop(one_weight(10.0), learning_rate=0.5, rho=0.75, epsilon=2.0)
    assert walk(plain, [4.0, 2.0]) == [9.5, 9.25]
    # μ = 1/2: b = 1, then 1/2 + 1/2
    with_momentum = RMSprop(one_weight(10.0), learning_rate=0.5, rho=0.75, epsilon=2.0, momentum=0.5)
    assert walk(with_momentum, [4.0, 2.0]) == [9.5, 9.0]
    # m = 1, v - m² = 4 - 1 = 3; then m = 3/4 + 1/2 = 5/4, v - m² = 4 - 25/16 = 39/16
    centered = RMSprop(one_weight(10.0), learning_rate=0.5, rho=0.75, epsilon=2.0, centered=True)
    first = 10 - 0.5 * 4 / (math.sqrt(3) + 2)
    assert walk(centered, [4.0, 2.0]) == pytest.approx([first, first - 0.5 * 2 / (math.sqrt(39) / 4 + 2)], rel=1e-15)


def test_centered_rmsprop_stays_finite_on_a_constant_gradient():
    # v and m² become equal, and rounding makes their difference negative
    optimizer = RMSprop(one_weight(1.0, "float32"), rho=0.5, epsilon=1e-3, centered=True)
    assert np.isfinite(walk(optimizer, [1 / 3] * 200)).all()


def test_two_steps_of_nadam_by_hand():
    # ψ = 0 keeps μ at β₁/2 = 1/4, products 1/4, 1/16, 1/64; β₂ = 3/4 and a constant g = 2 make √(v/(1 - β₂ᵗ)) = 2
    nadam = Nadam(one_weight(10.0), learning_rate=3.0, betas=(0.5, 0.75), epsilon=2.0, momentum_decay=0.0)
    # m = 1: (3/4 · 2 / (3/4) + 1/4 · 1 / (15/16)) / (2 + 2) = (2 + 4/15)/4 = 17/30
    # m = 3/2: (3/4 · 2 / (15/16) + 1/4 · 3/2 / (63/64)) / 4 = (8/5 + 8/21)/4 = 52/105
    assert walk(nadam, [2.0, 2.0]) == pytest.approx([10 - 17 / 10, 10 - 17 / 10 - 52 / 35], rel=1e-15)
    assert nadam.momentum_product == 1 / 16


def test_three_steps_of_lion_by_hand():
    # β₁ = 1/2, β₂ = 3/4: m is 0, then 1/4 · 4 = 1, then 3/4 · 1 + 1/4 · (-1) = 1/2
    # the average is 4/2 > 0, then 1/2 - 1/2 = 0, then 1/4 - 1/2 < 0
    lion = Lion(one_weight(10.0), learning_rate=0.5, betas=(0.5, 0.75))
    assert walk(lion, [4.0, -1.0, -1.0]) == [9.5, 9.5, 10.0]
    assert lion.moment[0] == 0.75 * 0.5 - 0.25
    # λ = 1/5: 10 - 0.5 (1 + 2)
    assert walk(Lion(one_weight(10.0), learning_rate=0.5, weight_decay=0.2), [4.0]) == [8.5]


def slope(theta):
    """The gradient of a function with valleys of very different widths, and of none at all in places."""
    scale = 10.0 ** np.linspace(-4, 3, theta.size)
    return scale * (theta + np.sin(3 * theta))


def model_of_many():
    return lk.Sequential(lk.Dense(5, 7), lk.Tanh(), lk.Dense(7, 3), rng=0, dtype="float64")


def trajectory(optimizer, steps=50):
    model, path = optimizer.model, []
    for _ in range(steps):
        model.gradient_vector[:] = slope(model.parameter_vector)
        optimizer.step()
        path.append(model.parameter_vector.copy())
    return np.array(path)


def torch_trajectory(name, theta, options, steps=50):
    torch = pytest.importorskip("torch", reason="the reference is PyTorch, the extra 'torch' of this package")
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam keeps the product of its momenta in the default dtype
    try:
        parameter = torch.nn.Parameter(torch.tensor(theta))
        optimizer = getattr(torch.optim, name)([parameter], foreach=False, **options)
        path = []
        for _ in range(steps):
            parameter.grad = torch.tensor(slope(parameter.detach().numpy()))
            optimizer.step()
            path.append(parameter.detach().numpy().copy())
        return np.array(path)
    finally:
        torch.set_default_dtype(default)


@pytest.mark.parametrize(
    ("kind", "ours", "name", "theirs"),
    [
        (RMSprop, {}, "RMSprop", {}),
        (RMSprop, {"learning_rate": 0.03, "rho": 0.9}, "RMSprop", {"lr": 0.03, "alpha": 0.9}),
        (RMSprop, {"momentum": 0.9}, "RMSprop", {"momentum": 0.9}),
        (RMSprop, {"centered": True, "epsilon": 1e-3}, "RMSprop", {"centered": True, "eps": 1e-3}),
        (RMSprop, {"centered": True, "momentum": 0.5}, "RMSprop", {"centered": True, "momentum": 0.5}),
        (Nadam, {}, "NAdam", {}),
        (
            Nadam,
            {"learning_rate": 0.05, "betas": (0.8, 0.99), "epsilon": 1e-4, "momentum_decay": 0.1},
            "NAdam",
            {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-4, "momentum_decay": 0.1},
        ),
    ],
)
def test_takes_the_steps_of_pytorch(kind, ours, name, theirs):
    model = model_of_many()
    expected = torch_trajectory(name, model.parameter_vector.copy(), theirs)
    path = trajectory(kind(model, **ours))
    assert abs(path[-1] - path[0]).max() > 0.05  # it went somewhere
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_lion_takes_the_steps_of_its_paper(weight_decay):
    # algorithm 2 of arXiv:2302.06675, a number at a time
    model = model_of_many()
    theta, beta1, beta2, rate = model.parameter_vector.tolist(), 0.9, 0.99, 0.01
    moment, expected = [0.0] * len(theta), []
    for _ in range(50):
        for i, g in enumerate(slope(np.array(theta)).tolist()):
            c = beta1 * moment[i] + (1 - beta1) * g
            theta[i] -= rate * (math.copysign(1, c) * (c != 0) + weight_decay * theta[i])
            moment[i] = beta2 * moment[i] + (1 - beta2) * g
        expected.append(list(theta))
    path = trajectory(Lion(model, rate, weight_decay=weight_decay))
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_float32_stays_float32(kind, options):
    model = lk.Sequential(lk.Dense(3, 2), rng=0)
    optimizer = kind(model, **options)
    optimizer.learning_rate = np.float64(0.1)
    model.gradient_vector[:] = 1
    optimizer.step()
    state = optimizer.state().values()
    assert {array.dtype for array in state if isinstance(array, np.ndarray)} == {np.dtype(np.float32)}
    assert model.parameter_vector.dtype == np.float32


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_a_restored_state_goes_on_as_if_never_interrupted(kind, options):
    whole = trajectory(kind(model_of_many(), **options))
    first = kind(model_of_many(), **options)
    trajectory(first, 20)
    second = kind(model_of_many(), **options)
    second.model.parameter_vector[:] = first.model.parameter_vector
    second.restore(first.state())
    np.testing.assert_array_equal(trajectory(second, 30), whole[20:])


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_the_configuration_rebuilds_the_optimizer(kind, options):
    optimizer = kind(model_of_many(), learning_rate=0.3, **options)
    config = json.loads(json.dumps(optimizer.to_config()))
    rebuilt = lk.Optimizer.from_config(config, classes=[kind], model=model_of_many())
    assert rebuilt.to_config() == optimizer.to_config()


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (RMSprop, {"rho": 1}, "rho must be a finite number at least 0 and below 1, got 1"),
        (RMSprop, {"momentum": -0.1}, "momentum must be a finite number at least 0 and below 1, got -0.1"),
        (RMSprop, {"epsilon": 0}, "epsilon must be a finite number above 0, got 0"),
        (RMSprop, {"centered": "no"}, "centered must be True or False, got 'no'"),
        (Nadam, {"betas": (0.9, 1.0)}, r"betas\[1\] must be a finite number at least 0 and below 1, got 1.0"),
        (Nadam, {"betas": 0.9}, "betas must be two numbers, such as .*, got 0.9"),
        (Nadam, {"momentum_decay": math.nan}, "momentum_decay must be a finite number at least 0, got nan"),
        (Lion, {"betas": "ab"}, "betas must be two numbers, such as .*, got 'ab'"),
        (Lion, {"weight_decay": -1}, "weight_decay must be a finite number at least 0, got -1"),
        (Lion, {"learning_rate": math.inf}, "learning_rate must be a finite number at least 0, got inf"),
    ],
)
def test_bad_arguments_are_refused_by_name(kind, options, message):
    with pytest.raises(lk.errors.ConfigError, match=message):
        kind(model_of_many(), **options)


@pytest.mark.parametrize(
    ("kind", "options"),
    [(RMSprop, {"learning_rate": 0.01}), (Nadam, {"learning_rate": 0.02}), (Lion, {"learning_rate": 0.003})],
)
def test_a_network_learns_with_it(kind, options):
    x = np.linspace(-2, 2, 128, dtype=np.float32)[:, None]
    model = lk.Sequential(lk.Dense(1, 32), lk.Tanh(), lk.Dense(32, 1), rng=0)
    history = lk.Trainer(model, lk.MSELoss(), kind(model, **options), rng=0).fit(x, np.sin(2 * x), epochs=150)
    assert history["loss"][-1] < 0.02 < 0.3 < history["loss"][0]

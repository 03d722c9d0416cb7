import numpy as np
import pytest

import layerkit as lk
from layerkit.datasets import load_digits, split
from layerkit.tracing import Finding, Findings

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 8))
Y = np.sin(X[:, :2])
(IMAGES, DIGITS), _ = split(*load_digits(), held_out=0.2, rng=0)
ONE_HOT = np.eye(10)[DIGITS]


def deep(depth, activation, gain=1.0, width=32):
    """Return a network of `depth` Dense layers, with weights `gain` times as large as they should be."""
    layers = [lk.Dense(8, width), activation()]
    for _ in range(depth - 2):
        layers += [lk.Dense(width, width), activation()]
    model = lk.Sequential(*layers, lk.Dense(width, 2), rng=0)
    model.parameter_vector[:] *= gain
    return model


def found(model, x=X, y=Y, loss=None):
    return lk.trace(model, x, y, loss or lk.MSELoss()).findings()


def only(findings):
    assert len(findings) == 1, findings
    return findings[0]


def test_dead_units_are_counted():
    model = deep(2, lk.ReLU)
    model[0].bias.value = [-50.0] * 20 + [0.0] * 12
    finding = only(found(model))
    assert (finding.kind, finding.layer) == ("dead units", "1  ReLU()")
    assert finding.evidence == "20 of 32 units are 0 for all 64 rows: no gradient passes through them."
    assert "LeakyReLU()" in finding.remedy


@pytest.mark.parametrize(
    ("biases", "rows"),
    [([-50.0] * 16 + [0.0] * 16, 64), ([-50.0] * 20 + [0.0] * 12, 15)],
    ids=["half of the units", "too few rows to tell"],
)
def test_units_below_the_threshold_are_none(biases, rows):
    model = deep(2, lk.ReLU)
    model[0].bias.value = biases
    assert found(model, X[:rows], Y[:rows]) == ()


def test_units_of_an_activation_with_a_slope_on_both_sides_are_not_dead():
    model = deep(2, lk.LeakyReLU)
    model[0].bias.value = [-5.0] * 32
    assert found(model) == ()


@pytest.mark.parametrize("activation", [lk.Tanh, lk.Sigmoid])
def test_saturation_is_found_where_the_activation_is_flat(activation):
    model = deep(2, activation)
    model[0].weight.value = model[0].weight.value * 100
    finding = only(found(model))
    assert (finding.kind, finding.layer) == ("saturated activation", f"1  {activation.__name__}()")
    assert "of the elements have a slope below 5% of the steepest" in finding.evidence


@pytest.mark.parametrize("activation", [lk.ReLU, lk.SiLU, lk.LeakyReLU, lk.Linear])
def test_large_inputs_do_not_saturate_what_is_steep_on_one_side(activation):
    model = deep(2, activation)
    model[0].weight.value = model[0].weight.value * 100
    assert "saturated activation" not in {finding.kind for finding in found(model)}


def test_saturated_output_is_found_only_where_it_is_wrong():
    model = lk.Sequential(lk.Dense(1, 1), lk.Sigmoid())
    model[0].weight.value, model[0].bias.value = [[10.0]], [0.0]
    x = np.array([[-1.0], [1.0]] * 16)
    labels = (x > 0).astype(float)  # which the network gives but for 0.00005
    assert found(model, x, labels) == ()
    finding = only(found(model, x, 1 - labels))
    assert (finding.kind, finding.layer) == ("saturated activation", "1  Sigmoid()")


def test_vanishing_gradient_is_found_with_its_rate():
    model = deep(10, lk.Sigmoid, gain=0.5)
    finding = only(found(model))
    assert (finding.kind, finding.layer) == ("vanishing gradient", "0  Dense(8, 32)")
    trace = lk.trace(model, X, Y, lk.MSELoss())
    norms = [np.linalg.norm(step.output_grad) for step in trace if step.parameters]
    assert f"by a factor of {(norms[0] / norms[-1]) ** (1 / 9):.2g} for each of the 9 layers" in finding.evidence
    assert f"{norms[-1]:.3g} at 18  Dense(32, 2) to {norms[0]:.3g} here" in finding.evidence


def test_exploding_gradient_is_found():
    findings = found(deep(10, lk.ReLU, gain=3.0), y=0 * Y)
    assert [finding.kind for finding in findings] == ["exploding gradient"]
    assert findings[0].layer == "0  Dense(8, 32)"


def test_gradient_of_zero_names_what_ends_it():
    model = deep(3, lk.ReLU)
    model[2].bias.value = np.full(32, -1e3)
    dead, still = found(model)
    assert (dead.kind, dead.layer) == ("dead units", "3  ReLU()")
    assert (still.kind, still.layer) == ("zero gradient", "0  Dense(8, 32), 2  Dense(32, 32)")
    assert still.evidence.endswith("the gradient ends at 3  ReLU().")


def test_weights_of_zero_end_the_gradient():
    zeros = lk.initializers.Constant(0.0)
    model = lk.Sequential(lk.Dense(8, 4), lk.Tanh(), lk.Dense(4, 2, weight_initializer=zeros), rng=0)
    finding = only(found(model))
    assert (finding.kind, finding.layer) == ("zero gradient", "0  Dense(8, 4)")
    assert finding.evidence.endswith("the gradient ends at 2  Dense(4, 2, weight_initializer=Constant()).")


def test_inputs_of_zero_leave_nothing_to_learn_from():
    finding = only(found(lk.Sequential(lk.Dense(8, 2, bias=False), rng=0), 0 * X))
    assert (finding.kind, finding.layer) == ("zero gradient", "all layers")
    assert finding.evidence.endswith("the inputs of the layers are 0.")


def test_perfect_prediction_leaves_nothing_to_learn():
    model = deep(2, lk.Tanh)
    finding = only(found(model, y=model.predict(X)))
    assert (finding.kind, finding.layer) == ("zero gradient", "MSELoss()")
    assert "∂C/∂prediction is 0 everywhere, at a loss of 0" in finding.evidence


@pytest.mark.parametrize(
    ("y", "evidence"),
    [
        (
            Y + 20,
            "; their means are 20.08 and 0.06668, and their difference is 100% of the mean squared error, in column 0",
        ),
        (Y * [1, 500], "The target has a standard deviation of 314, the prediction one of"),
        (Y * 0.01, "The target has a standard deviation of 0.006"),
    ],
    ids=["far away", "wide", "narrow"],
)
def test_targets_on_the_wrong_scale_are_found(y, evidence):
    y = y.copy()
    spread = y.std(axis=0)
    finding = only(found(deep(2, lk.Tanh), y=y))
    assert (finding.kind, finding.layer) == ("loss scale", "MSELoss()")
    assert evidence.replace("314", f"{spread[1]:.3g}") in finding.evidence
    assert "Standardize the target" in finding.remedy
    assert found(deep(2, lk.Tanh), y=(y - y.mean(axis=0)) / spread) == ()


def test_scale_that_the_network_has_learned_is_none():
    model = lk.Sequential(lk.Dense(8, 1), rng=0)
    y = X[:, :1] * 300 + 2000
    assert [finding.kind for finding in found(model, y=y)] == ["loss scale"]
    model[0].weight.value, model[0].bias.value = np.eye(8)[:, :1] * 299, [1990.0]
    assert found(model, y=y) == ()


def test_rare_classes_in_one_hot_targets_are_no_wrong_scale():
    y = np.zeros((64, 2))
    y[0, 0] = 1  # a standard deviation of 0.12
    y[1:, 1] = 1
    model = deep(2, lk.Tanh)
    model[2].weight.value = model[2].weight.value * 4
    assert model.predict(X).std(axis=0).min() > 10 * y.std(axis=0).max()
    assert found(model, y=y) == ()


def test_predictions_far_from_ordinary_targets_are_no_wrong_scale_of_the_loss():
    model = deep(2, lk.Tanh)
    model[2].bias.value = [-4.0, -4.0]
    assert found(model, y=0.2 * Y + 1) == ()
    assert found(model, y=3 * Y + 4) == ()  # 4 is less than 3 standard deviations, of about 2, from 0


def test_two_targets_that_are_close_by_chance_prove_nothing():
    y = np.array([[5.0, 0.0], [5.01, 0.001]])
    assert found(deep(2, lk.Tanh), X[:2], y) == ()
    assert only(found(deep(2, lk.Tanh), y=np.tile(y, (32, 1)))).kind == "loss scale"


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_logits_far_too_large_are_found(reduction):
    model = lk.Sequential(lk.Dense(64, 32), lk.ReLU(), lk.Dense(32, 10), rng=0)
    loss = lk.CrossEntropyLoss(reduction)
    assert found(model, IMAGES[:100], DIGITS[:100], loss) == ()
    finding = only(found(model, IMAGES[:100] * 255, DIGITS[:100], loss))
    assert finding.kind == "loss scale"
    assert "that of guessing among 10 classes is 2.3;" in finding.evidence


def test_logits_far_too_large_are_found_for_yes_or_no():
    labels = (X[:, :2] > 0).astype(float)
    assert found(deep(2, lk.ReLU), y=labels, loss=lk.BCEWithLogitsLoss()) == ()
    finding = only(found(deep(2, lk.ReLU), X * 100, labels, lk.BCEWithLogitsLoss()))
    assert "that of guessing among 2 classes is 0.693;" in finding.evidence


@pytest.mark.parametrize(
    ("last", "loss", "squash"),
    [(lk.Softmax(), lk.CrossEntropyLoss(), "softmax"), (lk.Sigmoid(), lk.BCEWithLogitsLoss(), "the sigmoid")],
    ids=["softmax", "sigmoid"],
)
def test_probabilities_fed_to_a_loss_on_logits_are_found(last, loss, squash):
    model = lk.Sequential(lk.Dense(8, 2), last, rng=0)
    labels = (X[:, :2] > 0).astype(float)
    labels[:, 1] = 1 - labels[:, 0]
    finding = only(found(model, y=labels, loss=loss))
    assert finding.kind == "probabilities as logits"
    assert f"applies {squash} itself" in finding.evidence
    assert f"Leave out 1  {last!r}" in finding.remedy
    assert found(model, y=labels, loss=lk.MSELoss()) == ()
    assert found(model[:1], y=labels, loss=loss) == ()


def test_first_number_that_is_not_finite_is_the_only_finding():
    x = X.copy()
    x[3, 1] = np.nan
    finding = only(found(deep(2, lk.ReLU), x))
    assert (finding.kind, finding.layer) == ("not finite", "data")
    assert finding.evidence == "x[3, 1] is nan, one of 1 such elements of 512."

    model = deep(3, lk.ReLU)
    model[2].weight.value[4, 5] = np.inf
    finding = only(found(model))
    assert finding.layer == "2  Dense(32, 32)"
    assert finding.evidence == "W[4, 5] is inf, one of 1 such elements of 1024."


def test_overflow_is_found_where_it_happens():
    model = deep(2, lk.Linear)
    model[2].weight.value = np.full((32, 2), 3e38)
    finding = only(found(model))
    assert finding.layer == "2  Dense(32, 2)"
    assert finding.evidence.startswith("z[0, 0] is ")
    assert finding.evidence.endswith("in z = a W + b, the first result that is not finite.")


def test_nan_target_is_found():
    y = Y.copy()
    y[0, 1] = np.nan
    assert only(found(deep(2, lk.ReLU), y=y)).evidence == "y[0, 1] is nan, one of 1 such elements of 128."


@pytest.mark.parametrize("activation", [lk.ReLU, lk.Tanh, lk.ELU, lk.SiLU, lk.Sigmoid])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_stands_out_in_a_healthy_classifier(activation, seed):
    model = lk.Sequential(
        *(lk.Dense(64, 64), activation(), lk.Dropout(0.2), lk.Dense(64, 32), activation(), lk.Dense(32, 10)),
        rng=seed,
    )
    for _ in range(2):
        for rows in (8, 16, 64, 1000):
            assert found(model, IMAGES[:rows], DIGITS[:rows], lk.CrossEntropyLoss()) == ()
            assert found(model, IMAGES[:rows], ONE_HOT[:rows]) == ()
        lk.Trainer(model, lk.CrossEntropyLoss(), lk.Adam(model), rng=seed).fit(IMAGES, DIGITS, epochs=2)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_stands_out_in_the_network_of_the_demo(seed):
    model = lk.Sequential(lk.Dense(64, 256), lk.ReLU(), lk.Dense(256, 10), lk.Linear(), rng=seed)
    optimizer = lk.SGD(model, learning_rate=0.15, momentum=0.9)
    trainer = lk.Trainer(model, lk.MSELoss(), optimizer, rng=seed)
    for _ in range(3):
        assert found(model, IMAGES[:16], ONE_HOT[:16]) == ()
        assert found(model, IMAGES, ONE_HOT) == ()
        trainer.fit(IMAGES, ONE_HOT, epochs=2, batch_size=16)


@pytest.mark.parametrize("activation", [lk.ReLU, lk.Tanh, lk.SELU])
def test_nothing_stands_out_in_a_deep_network_whose_weights_fit(activation):
    assert found(deep(16, activation)) == ()


def test_findings_read_well():
    findings = Findings([Finding("dead units", "1  ReLU()", "30 of 32.", "Lower the learning rate.")] * 2)
    one = "dead units: 1  ReLU()\n    30 of 32.\n    Lower the learning rate."
    assert str(findings) == repr(findings) == f"{one}\n{one}"
    assert str(Findings()) == "Nothing stands out."
    assert not Findings()

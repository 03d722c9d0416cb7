"""Every wrong activation, layer, loss and optimizer is rejected, with the right diagnosis."""

import pytest
from testing import wrong

from layerkit.errors import CheckError
from layerkit.testing import activation_checks, check_layer, layer_checks, loss_checks, optimizer_checks


def cases(table):
    return [pytest.param(*case, id=name) for name, case in table.items()]


def first_failure(checks):
    """Return what check_activation and its siblings raise, without the checks that would run after it."""
    for check in checks:
        try:
            check()
        except CheckError as error:
            return error
    pytest.fail("accepted")


def judge(error, check, diagnosis):
    assert error.check == check
    assert diagnosis in str(error)
    assert error.subject in str(error)


def test_wrong_ones_are_many():
    assert [len(table) for table in (wrong.wrong_activations, wrong.wrong_layers, wrong.wrong_batches)] == [63, 31, 12]
    assert [len(table) for table in (wrong.wrong_losses, wrong.wrong_optimizers)] == [33, 23]


@pytest.mark.parametrize(("subject", "check", "diagnosis"), cases(wrong.wrong_activations))
def test_wrong_activation(subject, check, diagnosis):
    judge(first_failure(activation_checks(subject, rng=0)), check, diagnosis)


@pytest.mark.parametrize(("subject", "check", "diagnosis"), cases(wrong.wrong_layers))
def test_wrong_layer(subject, check, diagnosis):
    judge(first_failure(layer_checks(subject, (3,), rng=0)), check, diagnosis)


@pytest.mark.parametrize(("subject", "check", "diagnosis"), cases(wrong.wrong_batches))
def test_wrong_layer_of_tuples_integers_or_statistics(subject, check, diagnosis):
    judge(first_failure(layer_checks(subject, rng=0)), check, diagnosis)


@pytest.mark.parametrize("layer", wrong.right_batches, ids=repr)
def test_what_they_are_made_of_is_right(layer):
    check_layer(layer, rng=0)


@pytest.mark.parametrize(("subject", "check", "diagnosis"), cases(wrong.wrong_losses))
def test_wrong_loss(subject, check, diagnosis):
    judge(first_failure(loss_checks(subject, rng=0)), check, diagnosis)


@pytest.mark.parametrize(("subject", "check", "diagnosis"), cases(wrong.wrong_optimizers))
def test_wrong_optimizer(subject, check, diagnosis):
    judge(first_failure(optimizer_checks(subject, rng=0)), check, diagnosis)


def test_zero_tail_in_float32_only():
    error = first_failure(activation_checks(wrong.wrong_activations["1 - tanh² in float32"].subject, rng=0))
    assert "derivative(" in str(error)
    assert "ULP, more than 64" in str(error)
    assert 2 < abs(error.worst_input) < 19  # where 1 - tanh² still has digits in float64

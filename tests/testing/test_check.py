"""Check, CheckError and the functions that run them: what users and the command see."""

import copy
import importlib.util
import inspect
import pickle
import re
import warnings

import numpy as np
import pytest
from testing import right, wrong

import layerkit as lk
from layerkit import testing
from layerkit.errors import CheckError, ConfigError, LayerkitError, UnknownActivationError
from layerkit.testing import (
    Check,
    activation_checks,
    check_activation,
    check_layer,
    check_loss,
    check_optimizer,
    layer_checks,
    loss_checks,
    optimizer_checks,
)
from layerkit.testing.layer_subject import LayerSubject, known_shape

DOUBLED = wrong.wrong_activations["slope doubled"].subject


def test_failure_says_everything():
    with pytest.raises(CheckError) as caught:
        check_activation(DOUBLED, rng=0)
    error = caught.value
    assert (error.check, error.subject) == ("derivative", "Wrong()")
    assert re.fullmatch(r"f′\(.*\) is .* where differences of f give .*; \d+ of \d+ points are wrong\.", error.message)
    assert error.mistake == "a constant factor: the derivative is 2 times what it should be"
    assert error.fix.startswith("divide by 2")
    assert -12 <= error.worst_input <= 12
    assert {other.check for other in error.others} >= {"input_gradient", "network"}
    lines = str(error).splitlines()
    assert lines[0] == f"Wrong() fails the check 'derivative': {error.message}"
    assert lines[1] == f"Likely mistake: {error.mistake}."
    assert lines[2] == f"Write: {error.fix}"
    assert lines[3] == f"Also failed: {', '.join(other.check for other in error.others)}."


def test_failure_is_an_assertion_and_a_layerkit_error_and_can_be_pickled():
    error = CheckError("found", mistake="this", fix="that", worst_input=3.0)
    assert isinstance(error, AssertionError)
    assert isinstance(error, LayerkitError)
    error.check, error.subject = "shape", "Tanh()"
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.worst_input) == (str(error), 3.0)
    assert str(CheckError("found")) == "found"


def test_other_exceptions_become_failures_with_their_cause():
    class Broken(lk.Tanh):
        def function(self, z):
            raise KeyError("lost")

    with pytest.raises(CheckError, match="it raised KeyError: 'lost'") as caught:
        check_activation(Broken, rng=0)
    assert isinstance(caught.value.__cause__, KeyError)


def test_checks_can_be_run_one_by_one():
    checks = activation_checks(DOUBLED, rng=0)
    names = [str(check) for check in checks]
    assert len(set(names)) == len(names) >= 25
    results = {}
    for check in checks:
        assert isinstance(check, Check)
        assert check.description.endswith(".")
        assert "\n" not in check.description
        try:
            results[check.name] = check()
        except CheckError as error:
            results[check.name] = error
    assert results["name"] is None
    assert results["accuracy"] is None
    assert isinstance(results["derivative"], CheckError)


def test_activation_by_name_class_and_object():
    subjects = [activation_checks(which, rng=0)[0].subject for which in ("tanh", "layerkit:tanh", lk.Tanh, lk.Tanh())]
    assert subjects == ["Tanh()"] * 4
    with pytest.raises(UnknownActivationError, match="no activation is named 'no such thing'"):
        check_activation("no such thing")


def test_max_ulp_is_the_limit():
    check_activation(lk.Sigmoid, max_ulp=4, rng=0)
    with pytest.raises(CheckError, match=r"off by .* ULP, more than 0\.5\.") as caught:
        check_activation(lk.Sigmoid, max_ulp=0.5, rng=0)
    assert caught.value.check == "accuracy"


def test_activation_with_parameters_is_checked_as_a_layer_with_a_name():
    names = [check.name for check in activation_checks(right.PReLU, rng=0)]
    assert names[:2] == ["name", "gain"]
    assert {"parameter_gradients", "overwrite", "network"} <= set(names)
    assert "parameter_gradients" not in [check.name for check in activation_checks(lk.Tanh)]


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [
        ((...,), (3,)),
        ((..., 4), (4,)),
        ((None, 4), (7, 4)),
        ((), ()),
        (((None, 2), (None,)), ((7, 2), (7,))),
        (None, None),
        (((3,), None), None),
    ],
)
def test_sizes_that_vary_are_seven_and_what_is_not_known_stays_unknown(pattern, shape):
    assert known_shape(pattern) == shape


def test_layer_that_does_not_tell_its_axes_needs_a_shape():
    class OfAnything(lk.Tanh):
        input_shape = None

    with pytest.raises(ConfigError, match=r"does not say how many axes its samples have.*input_shape=\(3,\)"):
        check_layer(OfAnything())
    assert layer_checks(OfAnything(), (3,))[0].subject == "OfAnything()"


@pytest.mark.parametrize(
    ("check", "subject", "message"),
    [
        (check_activation, 3, "check_activation takes a Layer, or its class, got 3"),
        (check_activation, lk.MSELoss, "check_activation takes a Layer, or its class, got the class MSELoss"),
        (check_layer, lk.Dense, r"Dense cannot be made without arguments .* check_layer\(Dense\(\.\.\.\)\)"),
        (check_layer, lk.Activation, "Activation is not complete: write its derivative, function, then check it"),
        (check_loss, lk.Tanh(), "check_loss takes a Loss, or its class, got Tanh"),
        (check_optimizer, "sgd", "check_optimizer takes a class of optimizers, and its options by keyword, got 'sgd'"),
    ],
)
def test_what_cannot_be_checked_is_refused(check, subject, message):
    with pytest.raises(ConfigError, match=message):
        check(subject)


def test_class_of_losses_is_checked_in_every_reduction():
    names = [check.name for check in loss_checks(lk.MSELoss)]
    assert [name for name in names if name.startswith("gradient")] == [
        "gradient [mean]",
        "gradient [half]",
        "gradient [sum]",
    ]
    assert "gradient" in [check.name for check in loss_checks(lk.MSELoss())]


def test_loss_with_a_target_of_its_own():
    class Ranks(right.LogCosh):
        def as_target(self, target, shape, dtype):
            if np.ndim(target) == 2 and np.any(np.asarray(target) != 1):
                raise lk.errors.DataError("only ones")
            return super().as_target(target, shape, dtype)

    with pytest.raises(CheckError, match=r"(?s)take none of numbers, .* check_loss\(loss, target=\.\.\.\)") as caught:
        check_loss(Ranks())
    assert caught.value.check == "value"
    check_loss(Ranks(), target=np.ones((5, 3)), rng=0)


def test_optimizer_options_reach_the_class():
    assert optimizer_checks(lk.SGD, momentum=0.9)[0].subject == "SGD(model, momentum=0.9)"
    with pytest.raises(CheckError, match=r"it raised ConfigError: momentum must be a finite number"):
        check_optimizer(lk.SGD, momentum=1.0)


def test_subject_is_never_changed():
    prelu = right.PReLU()
    prelu.slope.value = [0.1, 0.2, 0.3]
    before = copy.deepcopy(vars(prelu))
    check_activation(prelu, rng=0)
    assert vars(prelu).keys() == before.keys()
    assert prelu.slope.dtype == np.float32
    np.testing.assert_array_equal(prelu.slope.value, before["slope"].value)
    np.testing.assert_array_equal(prelu.slope.grad, 0)
    unset = lk.Dropout()
    check_layer(unset)
    assert "rng" not in vars(unset.randomness)


def test_warnings_and_error_states_of_the_caller_are_left_as_they_are():
    with warnings.catch_warnings(), np.errstate(over="raise"):
        warnings.simplefilter("error", UserWarning)
        filters = list(warnings.filters)
        check_activation(lk.Softplus, rng=0)
        assert warnings.filters == filters
        assert np.geterr()["over"] == "raise"


def test_same_rng_draws_the_same_points():
    messages = set()
    for _ in range(2):
        with pytest.raises(CheckError) as caught:
            check_activation(DOUBLED, rng=7)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_layer_with_many_parameters_is_checked_on_a_sample_of_them():
    check_layer(lk.Dense(40, 30), rng=0)

    class OneRowWrong(lk.Dense):
        def backward(self, grad, input_grad=True):
            dx = super().backward(grad, input_grad)
            self.weight.grad = 2 * self.weight.grad
            return dx

    with pytest.raises(CheckError, match=r"'weight': backward gives .* 60 of 60 elements are wrong") as caught:
        check_layer(OneRowWrong(40, 30), rng=0)
    assert caught.value.mistake == "a constant factor: the gradient is 2 times what it should be"


def test_three_lines_are_a_test_file():
    namespace = {}
    exec(
        "import pytest, layerkit as lk\n"
        "from layerkit.testing import activation_checks\n"
        '@pytest.mark.parametrize("check", activation_checks(lk.Tanh), ids=str)\n'
        "def test_tanh(check): check()",
        namespace,
    )
    (mark,) = namespace["test_tanh"].pytestmark
    assert [str(check) for check in mark.args[1]][:3] == ["name", "dtype", "shape"]


def test_plugin_error_is_explained():
    class Promoting(lk.Tanh):
        def derivative(self, z):
            return np.ones(3)

    with pytest.raises(CheckError, match=r"it raised PluginError: .* must return") as caught:
        check_layer(lk.Sequential(lk.Dense(3, 3), Promoting()), rng=0)
    assert caught.value.mistake == "function or derivative does not keep the shape of z, or returns no real numbers"


def test_value_errors_of_the_layer_itself_are_handed_on():
    class Refuses(lk.Tanh):
        def forward(self, x, training=True):
            if not x.flags.writeable:
                raise ValueError("refused")
            return super().forward(x, training)

    checks = {check.name: check for check in layer_checks(Refuses(), (3,), rng=0)}
    with pytest.raises(CheckError, match="it raised ValueError: refused"):
        checks["arrays_kept"]()


def test_modules_do_not_have_the_names_of_public_functions():
    for name in testing.__all__:
        assert not inspect.ismodule(getattr(testing, name))
        assert importlib.util.find_spec(f"layerkit.testing.{name}") is None


def test_check_runs_what_it_holds():
    ran = []
    Check("name", "A description.", "subject", lambda: ran.append(1))()
    assert ran == [1]


def test_network_is_fed_what_its_first_layers_take():
    (indices, numbers) = LayerSubject(
        lk.Sequential(lk.Parallel(wrong.EmbeddingBase(), lk.Dense(4, 4), inputs="each"), lk.Dense(8, 2)),
        ((2,), (2, 4)),
        0,
    ).input()
    assert (indices.dtype.kind, indices.shape) == ("i", (5, 2))
    assert (numbers.dtype, numbers.shape) == (np.float64, (5, 2, 4))

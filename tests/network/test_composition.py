"""Composing: what fits, what is refused and with which advice, and that a refusal changes nothing."""

import copy

import numpy as np
import pytest
from contracts.author_layers import Attention, Conv1D, Embedding, Identity

import layerkit as lk
from layerkit.errors import ConfigError, PluginError, ShapeError


def state(*layers):
    """Return values, gradients and gains of layers, without drawing what is not set."""
    return [
        (p.value.copy(), p.grad.copy(), p.gain, p.dtype) if p.is_set else (None, None, p.gain, p.dtype)
        for layer in layers
        for p in layer.parameters()
    ]


def test_layers_that_do_not_fit_are_named_with_their_places():
    with pytest.raises(
        ShapeError,
        match=r"layer 2 of the Sequential: Dense\(32, 10\) takes 32 features, got 64\. Give it 32, or make it "
        r"Dense\(64, 10\)\. It comes after layer 1, ReLU\(\)\.",
    ):
        lk.Sequential(lk.Dense(8, 64), lk.ReLU(), lk.Dense(32, 10))


def test_misfit_inside_a_nested_network_is_found():
    inner = lk.Sequential(lk.Dense(3, 3), lk.Tanh())
    with pytest.raises(
        ShapeError, match=r"layer 1 of the Sequential: layer 0 of the Sequential: Dense\(3, 3\) takes 3"
    ):
        lk.Sequential(lk.Dense(2, 4), inner)


MISFITS = [
    (lambda: (Conv1D(3, 2, 4), lk.Dense(5, 2)), r"layer 1 of .*Dense\(5, 2\) takes 5 features, got 4\. Give it 5, or"),
    (
        lambda: (lk.Dense(4, 8), Conv1D(3, 2, 4)),
        r"layer 1 .* takes samples of shape \(\*, 2\), got samples of shape \(",
    ),
    (lambda: (lk.Flatten(), Conv1D(3, 2, 4)), r"layer 1 of .* takes samples of shape \(\*, 2\), got .* \(\*,\)"),
    (
        lambda: (lk.Parallel(lk.Dense(4, 2), lk.Tanh(), join="tuple"), lk.Dense(2, 2)),
        r"layer 1 .*takes 2 features, got",
    ),
    (
        lambda: (lk.Dense(4, 6), Attention(6)),
        r"layer 1 of .* takes samples of shape \(\(\*, 6\), \(\*,\)\), got samples of shape \(\.\.\., 6",
    ),
    (
        lambda: (lk.ReLU(), lk.Parallel(lk.Dense(4, 2), lk.Dense(3, 2), join="add")),
        r"branch 1 of the Parallel: Dense\(3",
    ),
]


@pytest.mark.parametrize(("layers", "says"), MISFITS)
def test_misfits_of_every_kind_are_found_before_any_data(layers, says):
    with pytest.raises(ShapeError, match=says):
        lk.Sequential(*layers())


def test_length_that_is_not_known_is_checked_when_it_is():
    model = lk.Sequential(Conv1D(3, 2, 4), lk.Flatten(), lk.Dense(32, 3), rng=0)
    assert model.input_shape == (None, 2)
    assert model.output_shape((10, 2)) == model.output_shape(None) == (3,)
    with pytest.raises(ShapeError, match=r"layer 2 of the Sequential: Dense\(32, 3\) takes 32 features, got 28\. Give"):
        model.output_shape((9, 2))
    assert model.forward(np.ones((5, 10, 2))).shape == (5, 3)
    with pytest.raises(
        ShapeError, match=r"layer 2 of the Sequential: Dense\(32, 3\) takes 32 features, got 28\. .*Flat"
    ):
        model.forward(np.ones((5, 9, 2)))


@pytest.mark.parametrize("kind", [lk.Sequential, lk.Residual, lk.Parallel])
@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([], "a {} needs at least one layer, got none"),
        (
            [[lk.ReLU()]],
            r"layer 0 of the {} must be an instance of Layer, got \[ReLU\(\)\]\. Pass layers one by .* in {}\(",
        ),
        ([lk.ReLU(), "relu"], r"layer 1 of the {} .* got 'relu'\. Pass layers one by one, .*layerkit\.activation\("),
        ([lk.ReLU], r"got <class .*ReLU'>\. Make an object of it: ReLU\(\.\.\.\)"),
        ([np.tanh], r"must be an instance of Layer, got <ufunc 'tanh'>\. Pass layers"),
        ([None], r"must be an instance of Layer, got None\. Pass layers"),
        ([lk.MSELoss()], r"must be an instance of Layer, got MSELoss\(\)\. Pass layers"),
    ],
)
def test_what_is_no_layer_is_refused_with_advice(kind, layers, says):
    with pytest.raises(ConfigError, match=says.format(kind.__name__, kind.__name__)):
        kind(*layers)


def test_same_layer_twice_is_refused_with_an_explanation():
    relu, dense = lk.ReLU(), lk.Dense(2, 2)
    says = r"ReLU\(\) is used twice in Sequential, as '0' and as '2'\. Each use needs its own: .*copy\.deepcopy"
    with pytest.raises(ConfigError, match=says):
        lk.Sequential(relu, dense, relu)
    with pytest.raises(ConfigError, match=r"Dense\(2, 2\) is used twice in Sequential, as '0' and as '1\.0'"):
        lk.Sequential(dense, lk.Sequential(dense))
    with pytest.raises(ConfigError, match=r"Dense\(2, 2\) is used twice in Parallel, as '0' and as '1'"):
        lk.Parallel(dense, dense)
    assert lk.Sequential(dense, copy.deepcopy(dense)).parameter_vector.size == 12


def test_parameter_shared_by_two_layers_is_refused():
    first, second = lk.Dense(2, 2), lk.Dense(2, 2)
    second.weight = first.weight
    with pytest.raises(ConfigError, match=r"Parameter\(.*\) is used twice in Sequential, as '0\.weight' and as '1\.w"):
        lk.Sequential(first, second)


class Holder(lk.Linear):
    def __init__(self, held):
        self.held = held


@pytest.mark.parametrize(
    ("held", "name"),
    [
        ({"a": lk.Dense(2, 2, bias=False)}, "0.held.a.weight"),
        ({"a": lk.Parameter((2, 2))}, "0.held.a"),
        ({"a": [lk.Dense(2, 2, bias=False)]}, "0.held.a.0.weight"),
        ([[lk.Dense(2, 2, bias=False)]], "0.held.0.0.weight"),
        ([lk.ReLU(), {"a": lk.Sequential(lk.Dense(2, 2, bias=False))}], "0.held.1.a.0.weight"),
        (((1, lk.Parameter((2, 2))),), "0.held.0.1"),
    ],
)
def test_layers_and_parameters_are_found_in_containers_however_deep(held, name):
    model = lk.Sequential(Holder(held), rng=0)
    assert list(model.named_parameters()) == [name]
    assert model.parameter_vector.size == 4


def test_other_things_in_containers_are_nobodys_business():
    model = lk.Sequential(Holder({"a": 1, "b": [2, {"c": None}]}), Holder([[1.0], [2.0]]))
    assert model.parameters() == []


@pytest.mark.parametrize("join", ["concatenate", "add", "multiply"])
def test_branches_that_cannot_be_joined_are_refused(join):
    with pytest.raises(
        ShapeError, match=rf"a Parallel cannot {join} samples of shapes \(8,\) and \(\*, 4\): .* must be equal"
    ):
        lk.Parallel(lk.Sequential(Conv1D(2, 2, 4), lk.Flatten(), lk.Dense(8, 8)), Conv1D(3, 2, 4), join=join)


def test_mixed_dtypes_need_a_decision():
    layers = lk.Dense(2, 3).draw(0), lk.Dense(3, 1).astype(np.float64)
    says = r"the parts of one network have dtypes float32 and float64\. Choose one for all: pass dtype='float32'"
    with pytest.raises(ConfigError, match=says):
        lk.Sequential(*layers)
    with pytest.raises(ConfigError, match=says):
        lk.Parallel(lk.Sequential(lk.Dense(2, 2), dtype="float32"), lk.Sequential(lk.Dense(2, 2), dtype="float64"))
    assert lk.Sequential(*layers, dtype=np.float64).dtype == np.float64


def test_what_is_not_drawn_yet_goes_along_with_a_float64_part():
    for inner in (lk.Dense(3, 3), lk.Sequential(lk.Dense(3, 3)), lk.Sequential(lk.Tanh())):
        model = lk.Sequential(inner, lk.Dense(3, 1).astype("float64"))
        assert model.dtype == model[0].dtype == model.parameter_vector.dtype == np.float64


REFUSALS = {
    "seed": ({"rng": -1}, ()),
    "dtype": ({"dtype": "float16"}, ()),
    "misfit": ({"dtype": "float64"}, (lk.Dense(9, 9),)),
    "no layer": ({"dtype": "float64"}, ("relu",)),
    "two dtypes": ({}, (lk.Dense(2, 2).astype("float64"),)),
}


@pytest.mark.parametrize(("options", "more"), REFUSALS.values(), ids=REFUSALS)
def test_refused_composition_changes_nothing(options, more):
    layers = lk.Dense(2, 3), lk.ReLU(), lk.Dense(3, 2)
    layers[0].weight.value = np.ones((2, 3))
    before = state(*layers)
    with pytest.raises((ConfigError, ShapeError)):
        lk.Sequential(*layers, *more, **options)
    for found, expected in zip(state(*layers), before, strict=True):
        np.testing.assert_equal(found, expected)
    assert lk.Sequential(lk.Dense(3, 2), layers[0]).parameter_vector.size == 17


def test_gain_that_cannot_be_computed_is_refused():
    class Nothing(lk.Activation):
        def function(self, z):
            return 0 * z

        def derivative(self, z):
            return 0 * z

    with pytest.raises(PluginError, match=r"the gain .* of Nothing\(\) .* got 0\.0\. Set `gain` on the class"):
        lk.Sequential(lk.Dense(2, 3), Nothing())


def test_input_of_a_network_is_that_of_its_first_layer():
    model = lk.Sequential(Embedding(5, 3), lk.Dense(3, 2))
    assert (model.input_dtype, model.input_shape) == ("integer", (...,))
    assert model.output_shape((7,)) == (7, 2)
    assert lk.Sequential(lk.ReLU(), lk.Dense(3, 2)).input_shape == (...,)
    assert lk.Sequential(Attention(4)).input_dtype == ("float", "any")


def test_layer_that_takes_anything_passes_on_what_is_known():
    class Anything(Identity):
        input_shape = None

    model = lk.Sequential(Anything(), lk.Dense(3, 2), rng=0)
    assert model.input_shape is None
    assert model.output_shape(None) == (..., 2)
    assert model.output_shape((5, 3)) == (5, 2)
    assert model.forward(np.ones((4, 3))).shape == (4, 2)
    with pytest.raises(ShapeError, match=r"layer 1 of the Sequential: Dense\(3, 2\) takes 3 features, got 4"):
        model.output_shape((4,))

"""Objects that their constructor's arguments describe: to JSON, back again, and as a repr."""

import inspect
import json

import numpy as np
import pytest
from contracts.author_layers import CLASSES, Attention, Embedding

import layerkit as lk
from layerkit import initializers
from layerkit.configured import Configured
from layerkit.errors import ConfigError, UnknownNameError

MODEL = lk.Sequential(lk.Dense(2, 2), rng=0)
HE = initializers.He("uniform")

OBJECTS = [
    lk.Dense(2, 3, bias=False, weight_initializer=HE, bias_initializer=initializers.Constant(0.5)),
    lk.Dropout(0.25),
    lk.Flatten(),
    lk.Softmax(),
    lk.Linear(),
    lk.ReLU(),
    lk.LeakyReLU(0.2),
    lk.ELU(0.5),
    lk.SELU(),
    lk.Sigmoid(),
    lk.Tanh(),
    lk.Softplus(),
    lk.SiLU(),
    lk.Mish(),
    lk.Sequential(lk.Dense(2, 3), lk.Tanh(), lk.Sequential(lk.Dense(3, 1)), dtype="float64"),
    lk.Residual(lk.Dense(3, 3), lk.Residual(lk.Tanh())),
    lk.Parallel(lk.Dense(3, 2), lk.Sequential(lk.Dense(3, 2)), join="add"),
    lk.Parallel(lk.Dense(3, 2), lk.Dense(4, 2), join="tuple", inputs="each"),
    lk.MSELoss("half"),
    lk.MAELoss("sum"),
    lk.HuberLoss(0.5),
    lk.CrossEntropyLoss("sum"),
    lk.BCEWithLogitsLoss(),
    lk.JointLoss(lk.MSELoss(), lk.HuberLoss(0.5), weights=(1, 0.5)),
    lk.SGD(MODEL, 0.5, 0.9, True, 0.1),
    lk.Adam(MODEL, 0.5, (0.5, 0.75), 1e-5),
    lk.AdamW(MODEL, weight_decay=0.1),
    initializers.ActivationScaled("uniform"),
    initializers.Constant([1.0, 2.0]),
    initializers.Glorot(),
    HE,
    initializers.LeCun(),
    initializers.Normal(0.1),
    initializers.Orthogonal(2.0),
    initializers.Uniform(0.1),
]
PACKAGES = lk.activations, lk.layers, lk.losses, lk.network, lk.optimizers, initializers


def through_json(thing):
    return json.loads(json.dumps(thing.to_config(), allow_nan=False))


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: " ".join(repr(thing).split()))
def test_every_class_is_rebuilt_from_json(thing):
    config = through_json(thing)
    context = {"model": MODEL} if isinstance(thing, lk.Optimizer) else {}
    for start in (type(thing), type(thing).__mro__[1], Configured):
        twin = start.from_config(config, **context)
        assert type(twin) is type(thing)
        assert repr(twin) == repr(thing)
        assert twin.to_config() == thing.to_config()


def test_no_class_is_left_out():
    named = {getattr(package, name) for package in PACKAGES for name in package.__all__}
    classes = {cls for cls in named if inspect.isclass(cls) and issubclass(cls, Configured)}
    concrete = {cls for cls in classes if not inspect.isabstract(cls)}
    assert concrete <= {type(thing) for thing in OBJECTS} | {lk.network.Composite}


def test_configuration_is_data_that_names_the_class():
    assert lk.ELU(2.0).to_config() == {"class": "elu", "alpha": 2.0}
    assert lk.Adam(MODEL).to_config() == {
        "class": "Adam",
        "learning_rate": 0.001,
        "betas": [0.9, 0.999],
        "epsilon": 1e-8,
    }
    assert lk.Residual(lk.ReLU()).to_config() == {
        "class": "Residual",
        "layers": [{"class": "relu"}],
        "dtype": "float32",
    }


def test_network_with_layers_of_an_author_and_one_seed_is_rebuilt_with_its_values():
    model = lk.Sequential(
        lk.Parallel(Embedding(7, 6), lk.Linear(), inputs="each", join="tuple"), Attention(6), lk.Dense(6, 2),
        rng=3, dtype="float64",
    )  # fmt: skip
    twin = lk.Sequential.from_config(through_json(model), classes=CLASSES, rng=3)
    assert twin.dtype == np.float64
    np.testing.assert_array_equal(twin.parameter_vector, model.parameter_vector)
    with pytest.raises(UnknownNameError, match="Embedding"):
        lk.Sequential.from_config(through_json(model))


def test_values_and_generators_are_not_in_it():
    model = lk.Sequential(lk.Dense(100, 100), lk.Dropout(0.5), rng=0)
    before = model.to_config()
    model.forward(np.ones((2, 100)))
    assert model.to_config() == before
    assert len(json.dumps(before)) < 500
    twin = lk.Sequential.from_config(before)
    assert not twin[0].weight.is_set


class Every(lk.Linear):
    """A layer with arguments of every kind."""

    def __init__(self, first, second=2.0, *more, only=None, **options):
        self.first, self.second, self.more, self.only = first, second, more, only


def test_arguments_of_every_kind_come_back_in_their_places():
    layer = Every(1, 2.5, "a", (3, 4), only={"key": [1, None, True], "inner": lk.ReLU()}, other=3)
    twin = Every.from_config(through_json(layer), classes=[Every])
    assert (twin.first, twin.second, twin.more) == (1, 2.5, ("a", (3, 4)))
    assert twin.only["key"] == (1, None, True)
    assert type(twin.only["inner"]) is lk.ReLU
    assert Every.from_config(through_json(Every(1)), classes=[Every]).more == ()


def test_numpy_values_become_plain_ones():
    layer = Every(np.float32(0.5), np.int64(3), np.array([[1.0, 2.0]]), only=np.dtype(np.float64))
    assert layer.to_config() == {
        "class": f"{__name__}:linear",
        "first": 0.5,
        "second": 3,
        "more": [[[1.0, 2.0]]],
        "only": "float64",
    }
    json.dumps(layer.to_config())


@pytest.mark.parametrize("value", [np.tanh, object(), lambda x: x, {1, 2}, 1j, b"bytes"])
def test_what_json_cannot_hold_is_refused_by_name(value):
    with pytest.raises(ConfigError, match=r"Every\(.*\) cannot be described in JSON: .* is neither a number, a string"):
        Every(value).to_config()
    with pytest.raises(ConfigError, match="cannot be described in JSON"):
        lk.Sequential(Every([value])).to_config()


class Forgetful(lk.Linear):
    def __init__(self, size):
        self.length = size


def test_argument_kept_under_another_name_says_what_to_write():
    with pytest.raises(ConfigError, match=r"takes the argument 'size' but.*Write self\.size = size in __init__"):
        Forgetful(3).to_config()
    assert repr(Forgetful(3)) == "Forgetful(...)"


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(Every(2)) == "Every(2)"
    assert repr(Every(2, 3)) == "Every(2, second=3)"
    assert repr(Every(2, 2.0, "a", 4, only=5)) == "Every(2, 'a', 4, only=5)"
    assert repr(Every(np.ones(2), second=np.ones(2))) == "Every(array([1., 1.]), second=array([1., 1.]))"


def test_repr_of_an_argument_that_is_called_as_a_method_ends():
    class Loop(lk.Linear):
        def __init__(self, function):
            pass

    assert repr(Loop(3)).startswith("Loop(<bound method")


@pytest.mark.parametrize("wrong", [None, "Dense", [], {}, {"class": 3}, {"name": "Dense"}, 3])
def test_what_is_no_configuration_is_refused(wrong):
    with pytest.raises(ConfigError, match=r"config must be a mapping with the key 'class', as to_config\(\) returns"):
        lk.Layer.from_config(wrong)


@pytest.mark.parametrize(
    ("config", "error", "says"),
    [
        ({"class": "Dens", "in_features": 2}, UnknownNameError, "Dens"),
        ({"class": "os:system"}, UnknownNameError, "os:system"),
        (
            {"class": "Dense", "in_features": 2},
            ConfigError,
            r"config of 'Dense' does not fit Dense\(in_features, .*out_f",
        ),
        ({"class": "relu", "slope": 2}, ConfigError, r"config of 'relu' does not fit ReLU\(\): .*slope"),
        (
            {"class": "Dense", "in_features": 0, "out_features": 1},
            ConfigError,
            "in_features must be an integer of at l",
        ),
        (
            {"class": "MSELoss", "reduction": "mean"},
            ConfigError,
            r"describes a MSELoss, no Layer\. Call MSELoss\.from_config",
        ),
        ({"class": "Sequential", "layers": [{"class": "MSELoss"}]}, ConfigError, r"layer 0 of the Sequential must be"),
        ({"class": "Sequential", "layers": []}, ConfigError, "needs at least one layer"),
    ],
)
def test_configuration_that_cannot_be_built_is_refused(config, error, says):
    with pytest.raises(error, match=says):
        lk.Layer.from_config(config)


def test_nothing_is_imported_that_a_configuration_names(tmp_path, monkeypatch):
    (tmp_path / "hostile.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("hostile:Thing", "hostile", "hostile.Thing"):
        with pytest.raises(UnknownNameError):
            lk.Layer.from_config({"class": name})


def test_own_classes_are_found_by_either_name():
    class Named(lk.Tanh):
        name = "named"

    for name in ("named", f"{__name__}:named"):
        assert type(lk.Layer.from_config({"class": name}, classes=iter([Named]))) is Named


def test_own_class_comes_before_an_installed_one():
    class ReLU(lk.ReLU):
        pass

    assert type(lk.Layer.from_config({"class": "relu"}, classes=[ReLU])) is ReLU


def test_plugins_are_found_by_their_qualified_names():
    class Cubic(lk.Activation):
        name = "cubic_of_this_test"

        def function(self, z):
            return z**3

        def derivative(self, z):
            return 3 * z**2

    lk.register(Cubic)
    try:
        model = lk.Sequential(lk.Dense(2, 2), Cubic(), rng=0)
        twin = lk.Sequential.from_config(through_json(model), rng=0)
        assert type(twin[1]) is Cubic
        np.testing.assert_array_equal(twin.parameter_vector, model.parameter_vector)
    finally:
        lk.unregister(Cubic)
    with pytest.raises(UnknownNameError, match="cubic_of_this_test"):
        lk.Sequential.from_config(through_json(model))


def test_context_that_a_class_does_not_take_is_refused():
    with pytest.raises(ConfigError, match="rng"):
        lk.Dense.from_config(lk.Dense(2, 2).to_config(), rng=0)
    with pytest.raises(ConfigError, match=r"config of 'SGD' does not fit SGD\(model, .*model"):
        lk.SGD.from_config(lk.SGD(MODEL).to_config())

"""Layers, losses, optimizers and initializers by name, built in or from plugins."""

from __future__ import annotations

import re
import types

import numpy as np
import pytest
from plugin_making import SNAKE, install, make_class, make_plugin, with_hook

import layerkit as lk
from layerkit.errors import (
    AmbiguousNameError,
    ConfigError,
    PluginError,
    PluginWarning,
    StateError,
    UnknownActivationError,
    UnknownNameError,
)
from layerkit.plugins import Host
from layerkit.provenance import qualified_name

BUILTIN = {
    "layer": {"Dense", "Dropout", "Flatten", "Sequential", "Residual", "Parallel"},
    "loss": {"MSELoss", "MAELoss", "HuberLoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "JointLoss"},
    "optimizer": {"SGD", "Adam", "AdamW"},
    "initializer": {"ActivationScaled", "Constant", "Glorot", "He", "LeCun", "Normal", "Orthogonal", "Uniform"},
}


@pytest.fixture
def host() -> Host:
    """One that sees no installed plugins."""
    return Host(path=[])


class Twice(lk.Dense):
    """A layer of a plugin."""


class Halved(lk.MSELoss):
    """A loss of a plugin."""


class Slow(lk.SGD):
    """An optimizer of a plugin."""


class Small(lk.initializers.Normal):
    """An initializer of a plugin."""


PUBLISHED = [Twice, Halved, Slow, Small]


def classes_plugin(*classes, title="notebook"):
    return with_hook(lambda: list(classes), name="layerkit_classes", title=title)


def test_every_builtin_is_listed_with_its_kind(host):
    listed = {kind: {row.name for row in host.list_classes() if row.kind == kind} for kind in BUILTIN}
    assert listed == BUILTIN
    assert {row.status for row in host.list_classes()} == {"ok"}
    assert {row.kind for row in host.list_activations()} == {"activation"}


def test_functions_make_objects_with_their_arguments(host):
    model = lk.Sequential(lk.Dense(2, 1), rng=0)
    assert host.layer("Dense", 2, out_features=3).out_features == 3
    assert host.loss("layerkit:MSELoss", reduction="sum").reduction == "sum"
    assert host.optimizer("SGD", model, learning_rate=0.5).learning_rate == 0.5


@pytest.mark.parametrize("qualified", [False, True])
def test_classes_of_a_plugin_are_found_by_their_kind(host, qualified):
    host.register(classes_plugin(*PUBLISHED))
    prefix = "notebook:" if qualified else ""
    model = lk.Sequential(lk.Dense(2, 1), rng=0)
    assert type(host.layer(f"{prefix}Twice", 2, 3)) is Twice
    assert type(host.loss(f"{prefix}Halved")) is Halved
    assert type(host.optimizer(f"{prefix}Slow", model)) is Slow
    assert host.find_class(f"{prefix}Small") is Small
    rows = [row for row in host.list_classes() if row.distribution == "notebook"]
    assert [(row.kind, row.cls) for row in rows] == [
        ("layer", Twice),
        ("loss", Halved),
        ("optimizer", Slow),
        ("initializer", Small),
    ]


def test_attribute_name_takes_precedence_over_the_name_of_the_class(host):
    host.register(type("Doubled", (lk.Dense,), {"name": "doubled"}))
    assert host.layer("doubled", 2, 1).name == "doubled"


def test_activation_that_is_published_as_a_class_is_an_activation(host):
    host.register(classes_plugin(make_class("boa")))
    assert host.activation("boa").name == "boa"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ([dict], "returned <class 'dict'>, which is no subclass of layerkit.Activation or layerkit.LearnedActivation"),
        ([lk.Loss], "returned <class 'layerkit.losses.base.Loss'>, which is abstract; write "),
        ([type("Two words", (lk.Dense,), {})], "which has the name 'Two words'; use a string without spaces"),
        ([Twice, type("Twice", (lk.MSELoss,), {})], f"which has the name 'Twice', as {Twice!r} of the same"),
        (lk.Dense, "must return a list of classes, but returned <class"),
    ],
)
def test_hook_that_returns_something_else_is_refused(host, answer, cause):
    with pytest.raises(PluginError, match=r"^plugin notebook is broken: its hook layerkit_classes ") as raised:
        host.register(with_hook(lambda: answer, name="layerkit_classes"))
    assert cause in str(raised.value)


# Names


def test_unknown_name_says_what_is_close_among_its_kind(host):
    with pytest.raises(UnknownNameError, match=r"^no layer is named 'Dens'\. Did you mean 'Dense'\?"):
        host.layer("Dens")
    with pytest.raises(UnknownNameError, match=r"^no optimizer is named 'xyz'\. layerkit\.list_classes\(\) lists all"):
        host.optimizer("xyz", None)
    with pytest.raises(UnknownActivationError, match=r"^no activation is named 'Dense'"):
        host.activation("Dense")
    with pytest.raises(UnknownNameError, match=r"^no layer is named 'layerkit:relu'"):
        host.layer("layerkit:relu")
    with pytest.raises(UnknownNameError, match=r"^no class is named 'Dens'\. Did you mean 'Dense'\?"):
        host.find_class("Dens")


def test_wrong_arguments_are_named_and_errors_of_the_constructor_pass(host):
    with pytest.raises(ConfigError, match=r"^Flatten\(\) cannot be made: too many positional arguments\.$"):
        host.layer("Flatten", 1, 2, 3, 4)
    with pytest.raises(ConfigError, match="learning_rate"):
        host.optimizer("SGD", lk.Sequential(lk.Dense(2, 1), rng=0), learning_rate=-1)


def test_one_name_for_two_kinds_is_ambiguous_only_where_the_kind_is_not_said(host):
    host.register(classes_plugin(type("Wave", (lk.Dense,), {}), title="garden"))
    host.register(classes_plugin(type("Wave", (lk.MSELoss,), {}), title="zoo"))
    assert isinstance(host.layer("Wave", 2, 1), lk.Dense)
    assert isinstance(host.loss("Wave"), lk.MSELoss)
    with pytest.raises(AmbiguousNameError, match=r"^class 'Wave' is published by garden and zoo\. Say which: "):
        host.find_class("Wave")
    assert issubclass(host.find_class("zoo:Wave"), lk.MSELoss)


def test_builtin_layer_keeps_its_name(host):
    with pytest.warns(PluginWarning, match=r"publishes the layer 'Dense', but a built-in layer has that name"):
        host.register(classes_plugin(type("Dense", (lk.Dense,), {}), title="zoo"))
    assert type(host.layer("Dense", 2, 1)) is host.find_class("Dense") is lk.Dense
    assert host.find_class("zoo:Dense") is not lk.Dense
    assert host.list_classes()[-1].status == "shadowed"


@pytest.mark.parametrize(
    ("name", "cls"),
    [("relu", lk.ReLU), ("Dense", lk.Dense), ("layerkit:Dense", lk.Dense), ("MSELoss", lk.MSELoss), ("Adam", lk.Adam)],
)
def test_class_is_found_by_any_of_its_names(host, name, cls):
    assert host.find_class(name) is cls


# Registering a class


def test_decorator_publishes_a_class_and_returns_it(host):
    @host.register
    class Square(lk.Activation):
        name = "square"

        def function(self, z):
            return z**2

        def derivative(self, z):
            return 2 * z

    assert host.activation("square").forward(np.float32([3.0])) == 9
    assert host.find_class("square") is host.find_class(f"{__name__}:square") is Square
    assert host.find_class(qualified_name(Square)) is Square
    row = host.list_activations()[-1]
    assert (row.qualified_name, row.distribution, row.version) == (f"{__name__}:square", __name__, "")
    host.unregister(Square)
    with pytest.raises(UnknownActivationError, match="no activation is named 'square'"):
        host.activation("square")


@pytest.mark.parametrize("cls", PUBLISHED)
def test_class_of_every_kind_can_be_registered(host, cls):
    assert host.register(cls) is cls
    assert host.find_class(cls.__name__) is cls


def test_learned_activation_is_registered_as_an_activation(host):
    class Scaled(lk.LearnedActivation):
        name = "scaled"

        def function(self, z):
            return z

        def derivative(self, z):
            return np.ones_like(z)

        def parameter_derivatives(self, z):
            return {}

    host.register(Scaled)
    assert [row.name for row in host.list_activations()][-1] == "scaled"


def test_cell_that_is_run_again_replaces_its_class_only(host):
    first, second, other = make_class("snake"), make_class("snake"), make_class("boa")
    for cls in (first, other, second):
        host.register(cls)
    assert host.find_class("snake") is second
    assert host.find_class("boa") is other
    assert [row.name for row in host.list_activations()][-2:] == ["snake", "boa"]


def test_plugin_is_returned_too(host):
    plugin = make_plugin(make_class("snake"))
    assert host.register(plugin) is plugin


def test_class_that_cannot_be_made_is_refused(host):
    half = type("Half", (lk.Activation,), {"name": "half", "__module__": "notebook"})
    with pytest.raises(PluginError, match=r"notebook\.Half'>, which is abstract; write derivative, function\.$"):
        host.register(half)


def test_class_that_is_not_registered_cannot_be_unregistered(host):
    cobra = type("Cobra", (lk.Dense,), {"__module__": __name__})
    with pytest.raises(StateError, match=f"^{re.escape(f'{__name__}:Cobra is not registered, only nothing is. ')}"):
        host.unregister(cobra)


# Isolation of hooks


def two_hooks(**hooks):
    plugin = types.ModuleType("both")
    for name, function in hooks.items():
        setattr(plugin, name, lk.hookimpl(function))
    return plugin


TWO_HOOKS = SNAKE + "\n@lk.hookimpl\ndef layerkit_classes():\n    {fault}\n"


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("raise SystemExit(3)", "its hook layerkit_classes raised SystemExit: 3"),
        ("return 7", "its hook layerkit_classes must return a list of classes, but returned 7"),
        ("return [Snake()]", "its hook layerkit_classes returned Snake(), which is no subclass of layerkit.Activation"),
    ],
)
def test_plugin_with_one_broken_hook_still_publishes_by_the_other(tmp_path, monkeypatch, fault, cause):
    monkeypatch.syspath_prepend(tmp_path)
    name = f"half-{abs(hash(fault))}"
    install(tmp_path, name, TWO_HOOKS.format(fault=fault))
    host = Host(path=[str(tmp_path)])
    with pytest.warns(PluginWarning, match=re.escape(cause)):
        assert host.activation("snake").name == "snake"
    (unused,) = host.list_unused_plugins()
    assert (unused.status, unused.cause) == ("broken", unused.cause)
    assert cause in unused.cause
    with pytest.raises(UnknownNameError, match=re.escape(cause)):
        host.layer("Other")


def test_misspelt_hook_beside_a_right_one_is_named_and_the_right_one_works(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    source = TWO_HOOKS.format(fault="return []").replace("layerkit_classes", "layerkit_layers")
    install(tmp_path, "half-misspelt", source)
    host = Host(path=[str(tmp_path)])
    with pytest.warns(PluginWarning, match="unknown hook 'layerkit_layers'; write layerkit_activations"):
        assert host.activation("snake").name == "snake"


def test_both_faults_of_a_plugin_are_warned_of(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "all-broken", TWO_HOOKS.format(fault="1 / 0").replace("return [Snake]", "return Snake"))
    host = Host(path=[str(tmp_path)])
    with pytest.warns(PluginWarning) as warned:
        host.list_classes()
    assert len(warned) == 2
    assert {warning.filename for warning in warned} == {__file__}
    (unused,) = host.list_unused_plugins()
    assert "must return a list of classes" in unused.cause
    assert "ZeroDivisionError" in unused.cause


def test_registering_by_hand_is_all_or_nothing(host):
    plugin = two_hooks(layerkit_activations=lambda: [make_class("snake")], layerkit_classes=lambda: 1 / 0)
    with pytest.raises(PluginError, match="its hook layerkit_classes raised ZeroDivisionError: division by zero"):
        host.register(plugin)
    with pytest.raises(UnknownActivationError):
        host.activation("snake")


def test_module_that_is_installed_and_registered_is_one_plugin(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "zoo-twice")
    import zoo_twice

    host = Host(path=[str(tmp_path)])
    host.register(zoo_twice)
    assert type(host.activation("snake")) is zoo_twice.Snake
    host.unregister(zoo_twice)
    assert type(host.activation("zoo-twice:snake")) is zoo_twice.Snake

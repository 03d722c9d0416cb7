"""What a name stands for, and what is said when it stands for nothing."""

from __future__ import annotations

import inspect
import re

import pytest
from plugin_making import make_class, make_plugin

import layerkit as lk
from layerkit import activations
from layerkit.errors import AmbiguousNameError, ConfigError, PluginError, PluginWarning, UnknownActivationError
from layerkit.plugins import Host

BUILTIN = {
    "linear": lk.Linear,
    "relu": lk.ReLU,
    "leaky_relu": lk.LeakyReLU,
    "elu": lk.ELU,
    "selu": lk.SELU,
    "sigmoid": lk.Sigmoid,
    "tanh": lk.Tanh,
    "softplus": lk.Softplus,
    "silu": lk.SiLU,
    "mish": lk.Mish,
    "softmax": lk.Softmax,
}


@pytest.fixture
def host() -> Host:
    """One that sees no installed plugins."""
    return Host(path=[])


@pytest.mark.parametrize(("name", "cls"), BUILTIN.items())
def test_every_builtin_answers_to_its_bare_and_to_its_full_name(host, name, cls):
    assert type(host.activation(name)) is cls
    assert type(host.activation(f"layerkit:{name}")) is cls


def test_builtins_are_all_activations_that_the_package_exports(host):
    exported = {cls for name in activations.__all__ if isinstance(cls := getattr(activations, name), type)}
    exported = {cls for cls in exported if not inspect.isabstract(cls)} | {lk.Softmax}
    assert {info.cls for info in host.list_activations()} == exported == set(BUILTIN.values())


def test_builtins_are_listed_with_the_version_of_layerkit(host):
    info = host.list_activations()[1]
    assert (info.name, info.cls, info.distribution, info.version) == ("relu", lk.ReLU, "layerkit", lk.__version__)
    assert (info.qualified_name, info.entry_point, info.status) == ("layerkit:relu", "builtin", "ok")


def test_options_reach_the_constructor(host):
    assert host.activation("leaky_relu", negative_slope=0.25).negative_slope == 0.25


def test_wrong_option_is_named_with_those_that_there_are(host):
    message = "LeakyReLU(negative_slope) cannot be made: got an unexpected keyword argument 'alpha'."
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        host.activation("leaky_relu", alpha=0.1)


def test_missing_option_is_named(host):
    class Power(lk.ReLU):
        name = "power"

        def __init__(self, exponent: float) -> None:
            self.exponent = exponent

    host.register(make_plugin(Power))
    with pytest.raises(
        ConfigError, match=r"^Power\(exponent\) cannot be made: missing a required argument: 'exponent'\.$"
    ):
        host.activation("power")


def test_type_error_inside_a_constructor_is_not_taken_for_a_wrong_option(host):
    class Fussy(lk.ReLU):
        name = "fussy"

        def __init__(self, a=1.0):
            raise TypeError("a must not be that")

    host.register(make_plugin(Fussy))
    with pytest.raises(TypeError, match=r"^a must not be that$"):
        host.activation("fussy", a=2.0)


@pytest.mark.parametrize(
    ("wrong", "close"),
    [("rellu", "'relu'"), ("ReLU", "'relu'"), ("LeakyReLU", "'leaky_relu'"), ("layerkit:rellu", "'layerkit:relu'")],
)
def test_unknown_name_gives_close_matches(host, wrong, close):
    message = (
        f"^no activation is named '{wrong}'. Did you mean [^?]*{close}[^?]*[?] If you have just installed a plugin"
    )
    with pytest.raises(UnknownActivationError, match=message):
        host.activation(wrong)


def test_unknown_name_like_no_other_says_where_to_look(host):
    with pytest.raises(LookupError, match=r"^no activation is named 'xyz'\. layerkit\.list_activations\(\) lists all"):
        host.activation("xyz")


def test_name_of_two_plugins_is_an_error_that_names_both(host):
    one, other = make_class("snake"), make_class("snake")
    host.register(make_plugin(one, title="garden"))
    host.register(make_plugin(other, title="zoo"))
    message = "activation 'snake' is published by garden and zoo. Say which: 'garden:snake' or 'zoo:snake'."
    with pytest.raises(AmbiguousNameError, match=f"^{re.escape(message)}$"):
        host.activation("snake")
    assert type(host.activation("garden:snake")) is one
    assert type(host.activation("zoo:snake")) is other
    assert [info.status for info in host.list_activations()[-2:]] == ["ambiguous", "ambiguous"]


def test_third_claim_does_not_win_where_two_are_even(host):
    for title in ("a", "b", "c"):
        host.register(make_plugin(make_class("snake"), title=title))
    with pytest.raises(AmbiguousNameError, match="published by a and b and c"):
        host.activation("snake")


def test_one_class_published_twice_is_not_ambiguous(host):
    cls = make_class("snake")
    host.register(make_plugin(cls, title="garden"))
    host.register(make_plugin(cls, title="zoo"))
    assert type(host.activation("snake")) is cls


def test_name_is_free_again_when_one_of_two_plugins_is_gone(host):
    cls, other = make_class("snake"), make_plugin(make_class("snake"), title="zoo")
    host.register(make_plugin(cls, title="garden"))
    host.register(other)
    host.unregister(other)
    assert type(host.activation("snake")) is cls


def test_builtin_keeps_its_name_and_the_warning_says_how_to_reach_the_other(host):
    mine = make_class("relu")
    message = "plugin zoo publishes the activation 'relu', but a built-in activation has that name and keeps it. "
    message += "Reach the plugin's as 'zoo:relu'."
    with pytest.warns(PluginWarning, match=f"^{re.escape(message)}$") as warned:
        host.register(make_plugin(mine, title="zoo"))
    assert warned[0].filename == __file__
    assert type(host.activation("relu")) is lk.ReLU
    assert type(host.activation("zoo:relu")) is mine
    assert host.list_activations()[-1].status == "shadowed"


def test_strict_mode_refuses_a_claim_on_the_name_of_a_builtin(host, monkeypatch):
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin zoo publishes the activation 'relu'"):
        host.register(make_plugin(make_class("relu"), title="zoo"))
    assert len(host.list_activations()) == len(BUILTIN)

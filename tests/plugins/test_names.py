"""What a name stands for, and what is said when it stands for nothing."""

from __future__ import annotations

import re

import pytest
from plugin_making import make_class, make_plugin

import layerkit as lk
from layerkit.errors import AmbiguousActivationError, ConfigError, PluginError, PluginWarning, UnknownActivationError
from layerkit.plugins.host import Registry

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
def registry() -> Registry:
    """One that sees no installed plugins."""
    return Registry(path=[])


@pytest.mark.parametrize(("name", "cls"), BUILTIN.items())
def test_every_builtin_answers_to_its_bare_and_to_its_full_name(registry, name, cls):
    assert type(registry.activation(name)) is cls
    assert type(registry.activation(f"layerkit:{name}")) is cls


def test_builtins_are_all_named_layers_that_the_package_exports(registry):
    exported = {
        cls
        for cls in (getattr(lk, name) for name in lk.__all__)
        if isinstance(cls, type) and issubclass(cls, lk.Layer) and cls.name
    }
    assert {info.cls for info in registry.activations()} == exported == set(BUILTIN.values())


def test_builtins_are_listed_with_the_version_of_layerkit(registry):
    info = registry.activations()[1]
    assert (info.name, info.cls, info.distribution, info.version) == ("relu", lk.ReLU, "layerkit", lk.__version__)
    assert (info.qualified_name, info.entry_point, info.status) == ("layerkit:relu", "builtin", "ok")


def test_options_reach_the_constructor(registry):
    assert registry.activation("leaky_relu", negative_slope=0.25).negative_slope == 0.25


def test_wrong_option_names_activation_option_and_signature(registry):
    message = "activation 'leaky_relu' cannot be made: got an unexpected keyword argument 'alpha'. "
    message += "Its signature is LeakyReLU(negative_slope=0.01)."
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        registry.activation("leaky_relu", alpha=0.1)


def test_missing_option_is_named(registry):
    class Power(lk.ReLU):
        name = "power"

        def __init__(self, exponent: float) -> None:
            self.exponent = exponent

    registry.register(make_plugin(Power))
    with pytest.raises(ConfigError, match=r"missing a required argument: 'exponent'\. .* Power\(exponent\)\.$"):
        registry.activation("power")


def test_type_error_inside_a_constructor_is_not_taken_for_a_wrong_option(registry):
    class Fussy(lk.ReLU):
        name = "fussy"

        def __init__(self, a=1.0):
            raise TypeError("a must not be that")

    registry.register(make_plugin(Fussy))
    with pytest.raises(TypeError, match=r"^a must not be that$"):
        registry.activation("fussy", a=2.0)


@pytest.mark.parametrize(
    ("wrong", "close"),
    [("rellu", "'relu'"), ("ReLU", "'relu'"), ("LeakyReLU", "'leaky_relu'"), ("layerkit:rellu", "'layerkit:relu'")],
)
def test_unknown_name_gives_close_matches(registry, wrong, close):
    message = (
        f"^no activation is named '{wrong}'. Did you mean [^?]*{close}[^?]*[?] A plugin that was installed just now"
    )
    with pytest.raises(UnknownActivationError, match=message):
        registry.activation(wrong)


def test_unknown_name_like_no_other_says_where_to_look(registry):
    with pytest.raises(LookupError, match=r"^no activation is named 'xyz'\. layerkit\.activations\(\) lists all\. "):
        registry.activation("xyz")


def test_name_of_two_plugins_is_an_error_that_names_both(registry):
    one, other = make_class("snake"), make_class("snake")
    registry.register(make_plugin(one, title="garden"))
    registry.register(make_plugin(other, title="zoo"))
    message = "activation 'snake' is published by garden and zoo. Say which: 'garden:snake' or 'zoo:snake'."
    with pytest.raises(AmbiguousActivationError, match=f"^{re.escape(message)}$"):
        registry.activation("snake")
    assert type(registry.activation("garden:snake")) is one
    assert type(registry.activation("zoo:snake")) is other
    assert [info.status for info in registry.activations()[-2:]] == ["ambiguous", "ambiguous"]


def test_third_claim_does_not_win_where_two_are_even(registry):
    for title in ("a", "b", "c"):
        registry.register(make_plugin(make_class("snake"), title=title))
    with pytest.raises(AmbiguousActivationError, match="published by a and b and c"):
        registry.activation("snake")


def test_one_class_published_twice_is_not_ambiguous(registry):
    cls = make_class("snake")
    registry.register(make_plugin(cls, title="garden"))
    registry.register(make_plugin(cls, title="zoo"))
    assert type(registry.activation("snake")) is cls


def test_name_is_free_again_when_one_of_two_plugins_is_gone(registry):
    cls, other = make_class("snake"), make_plugin(make_class("snake"), title="zoo")
    registry.register(make_plugin(cls, title="garden"))
    registry.register(other)
    registry.unregister(other)
    assert type(registry.activation("snake")) is cls


def test_builtin_keeps_its_name_and_the_warning_says_how_to_reach_the_other(registry):
    mine = make_class("relu")
    message = "plugin zoo claims 'relu', the name of a built-in activation, which keeps it. "
    message += "Reach the other one as 'zoo:relu'."
    with pytest.warns(PluginWarning, match=f"^{re.escape(message)}$") as warned:
        registry.register(make_plugin(mine, title="zoo"))
    assert warned[0].filename == __file__
    assert type(registry.activation("relu")) is lk.ReLU
    assert type(registry.activation("zoo:relu")) is mine
    assert registry.activations()[-1].status == "shadowed"


def test_strict_mode_refuses_a_claim_on_the_name_of_a_builtin(registry, monkeypatch):
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin zoo claims 'relu'"):
        registry.register(make_plugin(make_class("relu"), title="zoo"))
    assert len(registry.activations()) == len(BUILTIN)

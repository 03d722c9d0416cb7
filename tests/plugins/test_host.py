"""Plugins that are registered by hand."""

from __future__ import annotations

import re
import threading
import types

import pytest
from plugin_making import make_class, make_plugin

import layerkit as lk
from layerkit.errors import ConfigError, PluginError, StateError, UnknownActivationError
from layerkit.layers.base import distribution
from layerkit.plugins.host import Registry


@pytest.fixture
def registry() -> Registry:
    """One that sees no installed plugins."""
    return Registry(path=[])


class StaticPlugin:
    @staticmethod
    @lk.hookimpl
    def layerkit_activations():
        return [Cobra]


class ObjectPlugin:
    def __init__(self, cls):
        self.cls = cls

    @lk.hookimpl
    def layerkit_activations(self):
        return (self.cls,)


Cobra = make_class("cobra")


def names(registry):
    """The names of what is not built in."""
    return [info.name for info in registry.activations() if info.distribution != "layerkit"]


def test_top_level_functions_share_one_registry():
    plugin = make_plugin(make_class("viper"))
    lk.register(plugin)
    try:
        assert lk.activation("notebook:viper", a=2.0).a == 2.0
    finally:
        lk.unregister(plugin)
    with pytest.raises(UnknownActivationError, match="no activation is named 'notebook:viper'"):
        lk.activation("notebook:viper")


@pytest.mark.parametrize("plugin", [StaticPlugin, ObjectPlugin(Cobra), make_plugin(Cobra)])
def test_class_object_and_module_can_be_registered_and_unregistered(registry, plugin):
    registry.register(plugin)
    assert isinstance(registry.activation("cobra"), Cobra)
    registry.unregister(plugin)
    with pytest.raises(UnknownActivationError, match="no activation is named 'cobra'"):
        registry.activation("cobra")


def test_registered_plugin_is_listed_under_its_class(registry):
    registry.register(StaticPlugin)
    info = registry.activations()[-1]
    assert (info.qualified_name, info.version, info.entry_point) == (f"{__name__}.StaticPlugin:cobra", "", "")


def test_messages_know_a_registered_class_by_its_plugin(registry):
    cls = make_class("mamba")
    registry.register(make_plugin(cls, title="zoo"))
    assert distribution(cls) == "zoo"


def test_cell_that_is_run_again_replaces_its_plugin(registry):
    first, second = make_class("snake"), make_class("snake")
    registry.register(make_plugin(first))
    assert type(registry.activation("snake")) is first
    registry.register(make_plugin(second))
    assert type(registry.activation("snake")) is second


def test_unregister_takes_the_new_definition_for_the_old(registry):
    registry.register(make_plugin(make_class("snake")))
    redefined = make_plugin(make_class("boa"))
    registry.unregister(redefined)
    registry.register(redefined)
    assert names(registry) == ["boa"]


def test_plugin_that_publishes_more_is_not_replaced_silently(registry):
    registry.register(types.SimpleNamespace(**vars(make_plugin(make_class("snake")))))
    other = types.SimpleNamespace(**vars(make_plugin(make_class("boa"))))
    message = "another types.SimpleNamespace is registered, and publishes 'snake', which this one does not. "
    with pytest.raises(PluginError, match=f"^{re.escape(message)}Call layerkit.unregister"):
        registry.register(other)
    assert names(registry) == ["snake"]


def test_broken_redefinition_leaves_the_plugin_that_worked(registry):
    registry.register(make_plugin(make_class("snake")))
    with pytest.raises(PluginError, match=r"^plugin notebook cannot be used: .* must return classes"):
        registry.register(make_plugin(3))
    assert names(registry) == ["snake"]


def test_unregistering_what_is_not_registered_says_what_is(registry):
    with pytest.raises(StateError, match=r"^zoo is not registered, only nothing is\. .*layerkit\.block\(name\)\.$"):
        registry.unregister(make_plugin(title="zoo"))
    registry.register(make_plugin(title="garden"))
    with pytest.raises(StateError, match=r"^zoo is not registered, only garden is\."):
        registry.unregister(make_plugin(title="zoo"))


@pytest.mark.parametrize("method", ["activation", "block", "unblock"])
@pytest.mark.parametrize("name", [None, 3, ["relu"], lk.ReLU])
def test_name_that_is_no_string_is_refused(registry, method, name):
    with pytest.raises(ConfigError, match=f"^name must be a string such as '[a-z-]+', got {re.escape(repr(name))}.$"):
        getattr(registry, method)(name)


def test_blocking_does_not_touch_what_is_built_in_or_registered(registry):
    registry.register(make_plugin(Cobra))
    registry.block("*")
    registry.block("layerkit")
    assert registry.activation("relu").name == "relu"
    assert names(registry) == ["cobra"]


def test_registering_and_looking_up_in_many_threads_at_once_mixes_nothing_up(registry):
    classes = {f"snake{i}": make_class(f"snake{i}") for i in range(16)}
    barrier, found = threading.Barrier(len(classes)), {}

    def work(name):
        barrier.wait()
        registry.register(make_plugin(classes[name], title=name))
        found[name] = [type(registry.activation(name)) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(name,)) for name in classes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [cls] * 20 for name, cls in classes.items()}
    assert sorted(names(registry)) == sorted(classes)

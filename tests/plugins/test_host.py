"""Plugins that are registered by hand."""

from __future__ import annotations

import re
import threading
import types

import pytest
from plugin_making import make_class, make_plugin

import layerkit as lk
from layerkit.errors import ConfigError, PluginError, StateError, UnknownActivationError
from layerkit.plugins import Host
from layerkit.provenance import origin_of


@pytest.fixture
def host() -> Host:
    """One that sees no installed plugins."""
    return Host(path=[])


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


def names(host):
    """The names of what is not built in."""
    return [info.name for info in host.list_activations() if info.distribution != "layerkit"]


@pytest.fixture
def without_installed(monkeypatch):
    """The plugins of this environment are disabled in the host of the top-level functions."""
    monkeypatch.setenv("LAYERKIT_DISABLE_PLUGINS", "*")
    lk.enable_plugin("nothing")  # the next look-up reads the variable again
    yield
    lk.enable_plugin("nothing")


@pytest.mark.usefixtures("without_installed")
def test_top_level_functions_share_one_host():
    plugin = make_plugin(make_class("viper"))
    lk.register(plugin)
    try:
        assert lk.activation("notebook:viper", a=2.0).a == 2.0
    finally:
        lk.unregister(plugin)
    with pytest.raises(UnknownActivationError, match="no activation is named 'notebook:viper'"):
        lk.activation("notebook:viper")


@pytest.mark.parametrize("plugin", [StaticPlugin, ObjectPlugin(Cobra), make_plugin(Cobra)])
def test_class_object_and_module_can_be_registered_and_unregistered(host, plugin):
    host.register(plugin)
    assert isinstance(host.activation("cobra"), Cobra)
    host.unregister(plugin)
    with pytest.raises(UnknownActivationError, match="no activation is named 'cobra'"):
        host.activation("cobra")


def test_registered_plugin_is_listed_under_its_class(host):
    host.register(StaticPlugin)
    info = host.list_activations()[-1]
    assert (info.qualified_name, info.version, info.entry_point) == (f"{__name__}.StaticPlugin:cobra", "", "")


def test_messages_know_a_registered_class_by_its_plugin(host):
    cls = make_class("mamba")
    host.register(make_plugin(cls, title="zoo"))
    assert origin_of(cls) == "zoo"


def test_cell_that_is_run_again_replaces_its_plugin(host):
    first, second = make_class("snake"), make_class("snake")
    host.register(make_plugin(first))
    assert type(host.activation("snake")) is first
    host.register(make_plugin(second))
    assert type(host.activation("snake")) is second


def test_unregister_takes_the_new_definition_for_the_old(host):
    host.register(make_plugin(make_class("snake")))
    redefined = make_plugin(make_class("boa"))
    host.unregister(redefined)
    host.register(redefined)
    assert names(host) == ["boa"]


def test_plugin_of_the_same_class_replaces_the_one_before(host):
    host.register(types.SimpleNamespace(**vars(make_plugin(make_class("snake")))))
    host.register(types.SimpleNamespace(**vars(make_plugin(make_class("boa")))))
    assert names(host) == ["boa"]


def test_broken_redefinition_leaves_the_plugin_that_worked(host):
    host.register(make_plugin(make_class("snake")))
    with pytest.raises(PluginError, match=r"^plugin notebook is broken: .* returned 3, which is no subclass"):
        host.register(make_plugin(3))
    assert names(host) == ["snake"]


def test_unregistering_what_is_not_registered_says_what_is(host):
    with pytest.raises(
        StateError, match=r"^zoo is not registered, only nothing is\. .*layerkit\.disable_plugin\(name\)\.$"
    ):
        host.unregister(make_plugin(title="zoo"))
    host.register(make_plugin(title="garden"))
    with pytest.raises(StateError, match=r"^zoo is not registered, only garden is\."):
        host.unregister(make_plugin(title="zoo"))


@pytest.mark.parametrize("method", ["activation", "layer", "find_class", "disable_plugin", "enable_plugin"])
@pytest.mark.parametrize("name", [None, 3, ["relu"], lk.ReLU])
def test_name_that_is_no_string_is_refused(host, method, name):
    with pytest.raises(ConfigError, match=f"^name must be an instance of str, got {re.escape(repr(name))}[.]"):
        getattr(host, method)(name)


def test_blocking_does_not_touch_what_is_built_in_or_registered(host):
    host.register(make_plugin(Cobra))
    host.disable_plugin("*")
    host.disable_plugin("layerkit")
    assert host.activation("relu").name == "relu"
    assert names(host) == ["cobra"]


def test_registering_and_looking_up_in_many_threads_at_once_mixes_nothing_up(host):
    classes = {f"snake{i}": make_class(f"snake{i}") for i in range(16)}
    barrier, found = threading.Barrier(len(classes)), {}

    def work(name):
        barrier.wait()
        host.register(make_plugin(classes[name], title=name))
        found[name] = [type(host.activation(name)) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(name,)) for name in classes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [cls] * 20 for name, cls in classes.items()}
    assert sorted(names(host)) == sorted(classes)

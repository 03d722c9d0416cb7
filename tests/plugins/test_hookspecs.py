"""The hook: what a plugin may return, and what it is told if it does not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from plugin_making import make_class, with_hook

import layerkit as lk
from layerkit.errors import PluginError
from layerkit.plugins import Host, hookspecs


def returning(answer):
    def hook():
        return answer

    return hook


def unfinished(self, z):
    return z


# what the hook returns, and the cause that is given
BROKEN_ANSWERS = [
    (7, "must return a list of classes, but returned 7"),
    ({"snake": lk.ReLU}, "must return a list of classes, but returned {'snake'"),
    ("relu", "must return a list of classes, but returned 'relu'"),
    (lk.ReLU, "must return a list of classes, but returned <class"),
    ([lk.ReLU()], "its hook layerkit_activations returned ReLU(), which is no subclass of layerkit.Layer"),
    ([None], "its hook layerkit_activations returned None, which is no subclass of layerkit.Layer"),
    ([dict], "returned <class 'dict'>, which is no subclass of layerkit.Layer"),
    ([lk.MSELoss], "returned <class 'layerkit.losses.regression.MSELoss'>, which is no subclass of layerkit.Layer"),
    ([type("Half", (lk.Activation,), {"name": "half", "function": unfinished})], "is abstract; write derivative"),
    ([make_class(3)], "which has the name 3; use a string"),
    ([make_class(property(str))], "which has the name <property object"),
    ([make_class("zoo:snake")], "which has the name 'zoo:snake'; use a string without spaces and colons"),
    ([make_class("my snake")], "which has the name 'my snake'"),
    ([make_class("snake"), make_class("snake")], "which has the name 'snake', as <class 'plugin_making."),
]


@pytest.mark.parametrize("answer", [[], (), [make_class("boa")], (make_class("boa"), make_class("cobra"))])
def test_lists_and_tuples_of_classes_are_taken_in_their_order(answer):
    host = Host(path=[])
    host.register(with_hook(returning(answer)))
    assert [info.cls for info in host.list_activations() if info.distribution != "layerkit"] == list(answer)


@pytest.mark.parametrize(("answer", "cause"), BROKEN_ANSWERS)
def test_hook_that_returns_something_else_than_activation_classes_is_refused(answer, cause):
    with pytest.raises(PluginError, match=r"^plugin notebook is broken: its ") as raised:
        Host(path=[]).register(with_hook(returning(answer)))
    assert cause in str(raised.value)


@pytest.mark.parametrize("error", [ValueError("no table."), SystemExit(3), RuntimeError()])
def test_hook_that_raises_is_named_with_what_it_raised(error):
    def hook():
        raise error

    cause = {ValueError: "ValueError: no table", SystemExit: "SystemExit: 3", RuntimeError: "RuntimeError"}[type(error)]
    with pytest.raises(PluginError, match=f"its hook layerkit_activations raised {cause}[.]$"):
        Host(path=[]).register(with_hook(hook))


def test_wrong_hooks_are_told_the_right_one():
    misspelt = (
        r"unknown hook 'layerkit_activation'; write layerkit_activations\(\) or layerkit_classes\(\), and mark it"
    )
    with pytest.raises(PluginError, match=misspelt):
        Host(path=[]).register(with_hook(returning([]), name="layerkit_activation"))
    with pytest.raises(
        PluginError, match=r"for hook 'layerkit_activations' .*\{'config'\} are declared in the hookimpl"
    ):
        Host(path=[]).register(with_hook(lambda config: []))


def test_object_without_any_hook_is_refused():
    advice = r"write layerkit_activations\(\) or layerkit_classes\(\), and mark it with @layerkit.hookimpl\.$"
    for plugin in (object, object(), inspect, None):
        with pytest.raises(PluginError, match=f"it has no hook; {advice}"):
            Host(path=[]).register(plugin)


def test_wrapper_of_the_hook_is_refused_and_reaches_no_other_plugin():
    host = Host(path=[])
    host.register(with_hook(returning([make_class("boa")]), title="zoo"))

    class Greedy:
        @lk.hookimpl(wrapper=True)
        def layerkit_activations(self):
            yield
            return [[make_class("cobra")]]

    with pytest.raises(PluginError, match="must return a list of classes, but returned <generator"):
        host.register(Greedy())
    assert host.activation("zoo:boa").name == "boa"


def test_every_hook_is_in_the_reference_with_its_exact_signature():
    """pluggy marks what @hookspec decorates; the reference writes the signatures out, for people to copy."""
    hooks = [thing for thing in vars(hookspecs).values() if hasattr(thing, f"{hookspecs.hookspec.project_name}_spec")]
    page = (Path(__file__).parents[2] / "docs" / "api" / "plugins.rst").read_text(encoding="utf-8")
    documented = re.findall(r"^\.\. autofunction:: layerkit\.plugins\.hookspecs\.(.+)$", page, re.MULTILINE)
    assert documented == [f"{hook.__name__}{inspect.signature(hook)}".replace("'", "") for hook in hooks]
    assert hooks == [hookspecs.layerkit_activations, hookspecs.layerkit_classes]
    assert all("Returns\n-------" in inspect.getdoc(hook) for hook in hooks)

"""The hook: what a plugin may return, and what it is told if it does not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from plugin_making import make_class, with_hook

import layerkit as lk
from layerkit import hookspecs
from layerkit.errors import PluginError
from layerkit.plugins.host import Registry


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
    ([lk.ReLU()], "must return classes of activations, but returned ReLU(); return the class, ReLU, itself"),
    ([None], "must return classes of activations, but returned None"),
    ([dict], "returned builtins.dict, which is no subclass of layerkit.Activation or layerkit.Layer"),
    ([type("Half", (lk.Activation,), {"name": "half", "function": unfinished})], "is abstract; write derivative"),
    ([lk.Dense], "returned layerkit.layers.dense.Dense, whose name is ''; set `name` to a string without blanks"),
    ([make_class(3)], "whose name is 3; set `name`"),
    ([make_class(property(str))], "whose name is <property object"),
    ([make_class("zoo:snake")], "whose name is 'zoo:snake'; set `name` to a string without blanks and colons"),
    ([make_class("my snake")], "whose name is 'my snake'"),
    ([make_class("snake"), make_class("snake")], "its distribution publishes 'snake' twice, as plugin_making."),
]


@pytest.mark.parametrize("answer", [[], (), [make_class("boa")], (make_class("boa"), make_class("cobra"))])
def test_lists_and_tuples_of_classes_are_taken_in_their_order(answer):
    registry = Registry(path=[])
    registry.register(with_hook(returning(answer)))
    assert [info.cls for info in registry.activations() if info.distribution != "layerkit"] == list(answer)


@pytest.mark.parametrize(("answer", "cause"), BROKEN_ANSWERS)
def test_hook_that_returns_something_else_than_activation_classes_is_refused(answer, cause):
    with pytest.raises(PluginError, match=r"^plugin notebook cannot be used: its ") as raised:
        Registry(path=[]).register(with_hook(returning(answer)))
    assert cause in str(raised.value)


@pytest.mark.parametrize("error", [ValueError("no table."), SystemExit(3), RuntimeError()])
def test_hook_that_raises_is_named_with_what_it_raised(error):
    def hook():
        raise error

    cause = {ValueError: "ValueError: no table", SystemExit: "SystemExit: 3", RuntimeError: "RuntimeError"}[type(error)]
    with pytest.raises(PluginError, match=f"its hook layerkit_activations raised {cause}[.]$"):
        Registry(path=[]).register(with_hook(hook))


def test_wrong_hooks_are_told_the_right_one():
    for plugin in (with_hook(returning([]), name="layerkit_activation"), with_hook(lambda config: [])):
        with pytest.raises(PluginError, match=r"; the hook is layerkit_activations\(\), without arguments\.$"):
            Registry(path=[]).register(plugin)


def test_object_without_any_hook_is_refused():
    with pytest.raises(
        PluginError, match=r"it has no hook; define layerkit_activations\(\) and mark it with @layerkit.hookimpl"
    ):
        Registry(path=[]).register(lk.ReLU)


def test_wrapper_of_the_hook_reaches_no_other_plugin():
    registry = Registry(path=[])
    registry.register(with_hook(returning([make_class("boa")]), title="zoo"))

    class Greedy:
        @lk.hookimpl(wrapper=True)
        def layerkit_activations(self):
            yield
            return [[make_class("cobra")]]

    registry.register(Greedy())
    assert registry.activation("zoo:boa").name == "boa"
    assert registry.activation("cobra").name == "cobra"


def test_every_hook_is_in_the_reference_with_its_exact_signature():
    """pluggy marks what @hookspec decorates; the reference writes the signatures out, for people to copy."""
    hooks = [thing for thing in vars(hookspecs).values() if hasattr(thing, f"{hookspecs.hookspec.project_name}_spec")]
    page = (Path(__file__).parents[1] / "docs" / "api" / "plugins.rst").read_text(encoding="utf-8")
    documented = re.findall(r"^\.\. autofunction:: layerkit\.hookspecs\.(.+)$", page, re.MULTILINE)
    assert documented == [f"{hook.__name__}{inspect.signature(hook)}".replace("'", "") for hook in hooks]
    assert hooks == [hookspecs.layerkit_activations]
    assert all("Returns\n-------" in inspect.getdoc(hook) for hook in hooks)

"""Installed plugins: found, asked apart from each other, blocked, and named where they are broken."""

from __future__ import annotations

import re
import sys
import warnings

import numpy as np
import pytest
from plugin_making import SNAKE, install, make_class, snake, with_hook

import layerkit as lk
from layerkit.errors import AmbiguousActivationError, PluginError, PluginWarning, UnknownActivationError
from layerkit.layers.base import distribution
from layerkit.plugins.host import Registry

HEAD = "import layerkit as lk\n@lk.hookimpl\n"

# source of the plugin, and the cause that is given
BROKEN_MODULES = {
    "missing-dependency": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "syntax": ("def broken(:\n    pass", "SyntaxError: invalid syntax (broken_syntax.py, line 1)"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "bare-exit": ("import sys; sys.exit()", "SystemExit"),
    "base-exception": ("raise BaseException('no more')", "BaseException: no more"),
    "warning": (
        "import warnings\nwith warnings.catch_warnings(action='error'):\n    warnings.warn('old')",
        "UserWarning: old",
    ),
    "no-hook": ("def layerkit_activations(): return []", "it has no hook; define layerkit_activations() and mark it"),
    "misspelt": (HEAD + "def layerkit_activatoins(): return []", "unknown hook 'layerkit_activatoins' in plugin"),
    "argument": (HEAD + "def layerkit_activations(config): return []", "Argument(s) {'config'} are declared in the"),
    "raising-hook": (HEAD + "def layerkit_activations(): 1 / 0", "raised ZeroDivisionError: division by zero"),
    "none": (HEAD + "def layerkit_activations(): pass", "must return a list of classes, but returned None"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A directory for packages, on the path of this process while the test runs."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def registry(site) -> Registry:
    return Registry(path=[str(site)])


def found(registry):
    return [info.qualified_name for info in registry.activations() if info.distribution != "layerkit"]


def quietly(registry):
    """Let the registry discover, and return the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        registry.activations()
    return [str(warning.message) for warning in caught if warning.category is PluginWarning]


# Plugins that work


def test_installed_plugin_is_found_by_its_bare_and_its_full_name(site, registry):
    install(site, "Layerkit_Snake", version="2.1")
    assert registry.activation("snake").forward(np.zeros(1)) == 0
    for spelling in ("layerkit-snake:snake", "Layerkit_Snake:snake", "layerkit.snake:snake"):
        assert registry.activation(spelling).name == "snake"
    info = registry.activations()[-1]
    assert (info.distribution, info.version, info.entry_point) == ("layerkit-snake", "2.1", "layerkit_snake")
    assert (info.qualified_name, info.status, distribution(info.cls)) == (
        "layerkit-snake:snake",
        "ok",
        "layerkit-snake",
    )
    assert registry.failures() == []


def test_entry_points_of_one_name_in_two_distributions_are_both_loaded(site, registry):
    install(site, "zoo-a", snake("boa"), entry_points={"main": "zoo_a"})
    install(site, "zoo-b", snake("cobra"), entry_points={"main": "zoo_b"})
    assert found(registry) == ["zoo-a:boa", "zoo-b:cobra"]


def test_two_entry_points_of_one_distribution_are_both_loaded(site, registry):
    install(site, "zoo-c", snake("boa"), entry_points={"one": "zoo_c", "two": "zoo_c2"})
    (site / "zoo_c2.py").write_text((site / "zoo_c.py").read_text().replace("boa", "cobra"))
    assert found(registry) == ["zoo-c:boa", "zoo-c:cobra"]


def test_two_entry_points_of_one_distribution_cannot_publish_one_name_for_two_classes(site, registry):
    install(site, "zoo-d", entry_points={"one": "zoo_d", "two": "zoo_d2"})
    (site / "zoo_d2.py").write_text((site / "zoo_d.py").read_text())
    (message,) = quietly(registry)
    assert message.startswith("plugin zoo-d 1.0 (entry point 'two') cannot be used: its distribution publishes 'snake'")
    assert message.endswith(" twice, as zoo_d.Snake and zoo_d2.Snake.")
    assert found(registry) == ["zoo-d:snake"]


def test_name_of_two_distributions_is_an_error_that_names_both(site, registry):
    install(site, "zoo-e", version="1.5")
    install(site, "zoo-f", version="0.2")
    message = "activation 'snake' is published by zoo-e 1.5 and zoo-f 0.2. Say which: 'zoo-e:snake' or 'zoo-f:snake'."
    with pytest.raises(AmbiguousActivationError, match=f"^{re.escape(message)}$"):
        registry.activation("snake")
    assert type(registry.activation("zoo-e:snake")).__module__ == "zoo_e"


def test_registered_plugin_does_not_win_over_one_that_is_not_loaded_yet(site, registry):
    install(site, "zoo-g")
    registry.register(with_hook(lambda: [make_class("snake")]))
    with pytest.raises(AmbiguousActivationError, match=r"published by zoo-g 1\.0 and notebook\."):
        registry.activation("snake")


def test_claim_on_the_name_of_a_builtin_warns_and_says_how_to_reach_it(site, registry):
    install(site, "zoo-h", snake("relu"))
    message = "plugin zoo-h 1.0 (entry point 'zoo_h') claims 'relu', the name of a built-in activation, which keeps "
    message += "it. Reach the other one as 'zoo-h:relu'."
    assert quietly(registry) == [message]
    assert type(registry.activation("relu")) is lk.ReLU
    assert type(registry.activation("zoo-h:relu")).__name__ == "Snake"


def test_distribution_that_is_on_the_path_twice_is_taken_once(site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    install(site, "zoo-i", version="2.0")
    install(other, "zoo-i", version="1.0")
    registry = Registry(path=[str(site), str(other), str(site)])
    assert [(info.name, info.version) for info in registry.activations()[-2:]] == [
        ("softmax", lk.__version__),
        ("snake", "2.0"),
    ]


def test_plugin_may_look_up_builtins_while_it_is_loaded(site, registry, monkeypatch):
    monkeypatch.setattr(lk, "activation", registry.activation)
    install(site, "zoo-j", SNAKE + "\ninner = lk.activation('tanh')\n")
    install(site, "zoo-k", snake("boa") + "\ninner = lk.activation('snake')\n")
    (message,) = quietly(registry)
    assert "plugin zoo-k 1.0 (entry point 'zoo_k') cannot be used: UnknownActivationError: " in message
    assert found(registry) == ["zoo-j:snake"]


# Plugins that do not


@pytest.mark.parametrize("fault", BROKEN_MODULES)
def test_broken_plugin_is_named_with_its_cause_and_harms_no_other(site, registry, fault):
    source, cause = BROKEN_MODULES[fault]
    install(site, f"broken-{fault}", source, version="0.3")
    install(site, "a-snake")
    install(site, "z-snake", snake("boa"))
    with pytest.warns(PluginWarning) as warned:
        assert registry.activation("snake").name == "snake"
    entry_point = f"broken-{fault}".replace("-", "_")
    (message,) = [str(warning.message) for warning in warned]
    assert message.startswith(f"plugin broken-{fault} 0.3 (entry point '{entry_point}') cannot be used: ")
    assert cause in message
    assert warned[0].filename == __file__
    assert found(registry) == ["a-snake:snake", "z-snake:boa"]
    (failure,) = registry.failures()
    assert (failure.distribution, failure.version, failure.status) == (f"broken-{fault}", "0.3", "broken")
    assert cause in failure.cause
    with pytest.raises(
        UnknownActivationError, match=re.escape(f"It may belong to a plugin that is not in use: {failure}: ")
    ) as raised:
        registry.activation("cobra")
    assert cause in str(raised.value)


@pytest.mark.parametrize("where", ["import", "hook"])
def test_interrupt_while_plugins_load_gets_through_and_the_next_look_up_starts_over(site, registry, where):
    code = {"import": "raise KeyboardInterrupt", "hook": HEAD + "def layerkit_activations(): raise KeyboardInterrupt"}
    install(site, f"slow-{where}", code[where])
    with pytest.raises(KeyboardInterrupt):
        registry.activation("snake")
    (site / f"slow_{where}.py").write_text(SNAKE)
    sys.modules.pop(f"slow_{where}", None)
    assert registry.activation("snake").name == "snake"


def test_warnings_made_errors_still_leave_all_other_plugins(site, registry):
    install(site, "broken-exit", "raise SystemExit(3)")
    install(site, "z-snake")
    with pytest.raises(PluginWarning, match="broken-exit"):  # pytest turns them into errors
        registry.activation("snake")
    assert registry.activation("snake").name == "snake"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "entry_points.txt",
            "[layerkit]\nno equals sign\n",
            "plugin bad-meta cannot be used: its metadata cannot be read: TypeError",
        ),
        ("entry_points.txt", "[layerkit]\nx = a-b\n", "plugin bad-meta 1.0 (entry point 'x') cannot be used: "),
        ("METADATA", None, "plugin in {site} cannot be used: its metadata cannot be read: "),
    ],
)
def test_damaged_metadata_of_one_distribution_does_not_hide_the_others(site, registry, file, text, message):
    install(site, "bad-meta")
    path = site / "bad_meta-1.0.dist-info" / file
    path.unlink() if text is None else path.write_text(text)
    install(site, "good-meta", snake("boa"))
    (warning,) = quietly(registry)
    assert warning.startswith(message.format(site=site))
    assert found(registry) == ["good-meta:boa"]


# Strict mode and blocking


@pytest.mark.parametrize("fault", ["exit", "misspelt"])
def test_strict_mode_raises_until_the_plugin_is_repaired_or_blocked(site, registry, monkeypatch, fault):
    source, cause = BROKEN_MODULES[fault]
    install(site, f"broken-{fault}", source)
    install(site, "z-snake")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    for _ in range(2):
        with pytest.raises(PluginError, match=f"^plugin broken-{fault} 1.0 .*{re.escape(cause)}"):
            registry.activation("snake")
    assert registry.activation("relu").name == "relu"
    registry.block(f"broken-{fault}")
    assert registry.activation("snake").name == "snake"


def test_strict_mode_keeps_the_traceback_of_the_cause(site, registry, monkeypatch):
    install(site, "broken-exit", "raise SystemExit(3)")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="broken-exit") as raised:
        registry.activations()
    assert isinstance(raised.value.__cause__, SystemExit)


def test_strict_mode_makes_a_claim_on_the_name_of_a_builtin_an_error(site, registry, monkeypatch):
    install(site, "zoo-l", snake("relu"))
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match=r"plugin zoo-l 1\.0 .* claims 'relu'"):
        registry.activation("snake")


def test_strict_mode_is_off_at_zero(site, registry, monkeypatch):
    install(site, "broken-exit", "raise SystemExit(3)")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "0")
    assert len(quietly(registry)) == 1


@pytest.mark.parametrize("name", ["zoo-m", "Zoo_M", "Bite", "*"])
@pytest.mark.parametrize("way", ["call", "variable"])
def test_blocked_plugin_is_not_even_imported(site, registry, monkeypatch, name, way):
    install(site, "zoo-m", "raise AssertionError('imported')", entry_points={"bite": "zoo_m"})
    if way == "call":
        registry.block(name)
    else:
        monkeypatch.setenv("LAYERKIT_DISABLE_PLUGINS", f"other, {name}")
    blocker = {"call": "layerkit.block", "variable": "LAYERKIT_DISABLE_PLUGINS"}[way]
    cause = f"plugin zoo-m 1.0 (entry point 'bite'): blocked by {blocker}. "
    with pytest.raises(UnknownActivationError, match=re.escape(cause)):
        registry.activation("snake")
    assert [failure.status for failure in registry.failures()] == ["blocked"]


def test_blocking_after_loading_takes_the_names_away_and_unblocking_brings_them_back(site, registry):
    install(site, "zoo-n")
    cls = type(registry.activation("snake"))
    registry.block("zoo-n")
    with pytest.raises(UnknownActivationError, match=r"blocked by layerkit\.block"):
        registry.activation("zoo-n:snake")
    registry.unblock("zoo-n")
    assert type(registry.activation("snake")) is cls


def test_blocking_one_of_two_frees_the_name(site, registry):
    install(site, "zoo-o")
    install(site, "zoo-p")
    registry.block("zoo-o")
    assert type(registry.activation("snake")).__module__ == "zoo_p"


def test_unblocking_loads_what_was_never_loaded(site, registry):
    install(site, "zoo-q")
    registry.block("*")
    assert found(registry) == []
    registry.unblock("*")
    assert found(registry) == ["zoo-q:snake"]


def test_error_that_cannot_be_printed_harms_nobody_else(site, registry):
    install(site, "good-snake")
    install(site, "bad-text", "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E()")
    with pytest.warns(PluginWarning, match=r"plugin bad-text 1.0 \(entry point 'bad_text'\) cannot be used: E"):
        assert registry.activation("snake").name == "snake"

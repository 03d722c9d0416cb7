"""Installed plugins: found, asked apart from each other, disabled, and named where they are broken."""

from __future__ import annotations

import re
import sys
import warnings

import numpy as np
import pytest
from plugin_making import SNAKE, install, make_class, snake, with_hook

import layerkit as lk
from layerkit.errors import AmbiguousNameError, PluginError, PluginWarning, UnknownActivationError
from layerkit.plugins import Host
from layerkit.provenance import origin_of

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
    "no-hook": (
        "def layerkit_activations(): return []",
        "it has no hook; write layerkit_activations() or layerkit_classes(), and mark it",
    ),
    "misspelt": (
        HEAD + "def layerkit_activatoins(): return []",
        "unknown hook 'layerkit_activatoins'; write layerkit_activations() or",
    ),
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
def host(site) -> Host:
    return Host(path=[str(site)])


def found(host):
    return [info.qualified_name for info in host.list_activations() if info.distribution != "layerkit"]


def quietly(host):
    """Let the host discover, and return the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        host.list_activations()
    return [str(warning.message) for warning in caught if warning.category is PluginWarning]


# Plugins that work


def test_installed_plugin_is_found_by_its_bare_and_its_full_name(site, host):
    install(site, "Layerkit_Snake", version="2.1")
    assert host.activation("snake").forward(np.zeros(1)) == 0
    for spelling in ("layerkit-snake:snake", "Layerkit_Snake:snake", "layerkit.snake:snake"):
        assert host.activation(spelling).name == "snake"
    info = host.list_activations()[-1]
    assert (info.distribution, info.version, info.entry_point) == ("layerkit-snake", "2.1", "layerkit_snake")
    assert (info.qualified_name, info.status, origin_of(info.cls)) == (
        "layerkit-snake:snake",
        "ok",
        "layerkit-snake",
    )
    assert host.list_unused_plugins() == []


def test_entry_points_of_one_name_in_two_distributions_are_both_loaded(site, host):
    install(site, "zoo-a", snake("boa"), entry_points={"main": "zoo_a"})
    install(site, "zoo-b", snake("cobra"), entry_points={"main": "zoo_b"})
    assert found(host) == ["zoo-a:boa", "zoo-b:cobra"]


def test_two_entry_points_of_one_distribution_are_both_loaded(site, host):
    install(site, "zoo-c", snake("boa"), entry_points={"one": "zoo_c", "two": "zoo_c2"})
    (site / "zoo_c2.py").write_text((site / "zoo_c.py").read_text().replace("boa", "cobra"))
    assert found(host) == ["zoo-c:boa", "zoo-c:cobra"]


def test_two_entry_points_of_one_distribution_cannot_publish_one_name_for_two_classes(site, host):
    install(site, "zoo-d", entry_points={"one": "zoo_d", "two": "zoo_d2"})
    (site / "zoo_d2.py").write_text((site / "zoo_d.py").read_text())
    (message,) = quietly(host)
    assert message.startswith("plugin zoo-d 1.0 (entry point 'two') is broken: its hook layerkit_activations returned ")
    assert message.endswith(
        "<class 'zoo_d2.Snake'>, which has the name 'snake', as <class 'zoo_d.Snake'> of the same distribution does."
    )
    assert found(host) == ["zoo-d:snake"]


def test_name_of_two_distributions_is_an_error_that_names_both(site, host):
    install(site, "zoo-e", version="1.5")
    install(site, "zoo-f", version="0.2")
    message = "activation 'snake' is published by zoo-e 1.5 and zoo-f 0.2. Say which: 'zoo-e:snake' or 'zoo-f:snake'."
    with pytest.raises(AmbiguousNameError, match=f"^{re.escape(message)}$"):
        host.activation("snake")
    assert type(host.activation("zoo-e:snake")).__module__ == "zoo_e"


def test_registered_plugin_does_not_win_over_one_that_is_not_loaded_yet(site, host):
    install(site, "zoo-g")
    host.register(with_hook(lambda: [make_class("snake")]))
    with pytest.raises(AmbiguousNameError, match=r"published by zoo-g 1\.0 and notebook\."):
        host.activation("snake")


def test_claim_on_the_name_of_a_builtin_warns_and_says_how_to_reach_it(site, host):
    install(site, "zoo-h", snake("relu"))
    message = "plugin zoo-h 1.0 (entry point 'zoo_h') publishes the activation 'relu', but a built-in activation has "
    message += "that name and keeps it. Reach the plugin's as 'zoo-h:relu'."
    assert quietly(host) == [message]
    assert type(host.activation("relu")) is lk.ReLU
    assert type(host.activation("zoo-h:relu")).__name__ == "Snake"


def test_distribution_that_is_on_the_path_twice_is_taken_once(site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    install(site, "zoo-i", version="2.0")
    install(other, "zoo-i", version="1.0")
    host = Host(path=[str(site), str(other), str(site)])
    assert [(info.name, info.version) for info in host.list_activations()[-2:]] == [
        ("softmax", lk.__version__),
        ("snake", "2.0"),
    ]


def test_plugin_may_look_up_builtins_while_it_is_loaded(site, host, monkeypatch):
    monkeypatch.setattr(lk, "activation", host.activation)
    install(site, "zoo-j", SNAKE + "\ninner = lk.activation('tanh')\n")
    install(site, "zoo-k", snake("boa") + "\ninner = lk.activation('snake')\n")
    (message,) = quietly(host)
    assert "plugin zoo-k 1.0 (entry point 'zoo_k') is broken: loading it raised UnknownActivationError: " in message
    assert found(host) == ["zoo-j:snake"]


# Plugins that do not


@pytest.mark.parametrize("fault", BROKEN_MODULES)
def test_broken_plugin_is_named_with_its_cause_and_harms_no_other(site, host, fault):
    source, cause = BROKEN_MODULES[fault]
    install(site, f"broken-{fault}", source, version="0.3")
    install(site, "a-snake")
    install(site, "z-snake", snake("boa"))
    with pytest.warns(PluginWarning) as warned:
        assert host.activation("snake").name == "snake"
    entry_point = f"broken-{fault}".replace("-", "_")
    (message,) = [str(warning.message) for warning in warned]
    assert message.startswith(f"plugin broken-{fault} 0.3 (entry point '{entry_point}') is broken: ")
    assert cause in message
    assert warned[0].filename == __file__
    assert found(host) == ["a-snake:snake", "z-snake:boa"]
    (failure,) = host.list_unused_plugins()
    assert (failure.distribution, failure.version, failure.status) == (f"broken-{fault}", "0.3", "broken")
    assert cause in failure.cause
    with pytest.raises(
        UnknownActivationError, match=re.escape(f"It may belong to a plugin that is not in use: {failure}: ")
    ) as raised:
        host.activation("cobra")
    assert cause in str(raised.value)


@pytest.mark.parametrize("where", ["import", "hook"])
def test_interrupt_while_plugins_load_gets_through_and_the_next_look_up_starts_over(site, host, where):
    code = {"import": "raise KeyboardInterrupt", "hook": HEAD + "def layerkit_activations(): raise KeyboardInterrupt"}
    install(site, f"slow-{where}", code[where])
    with pytest.raises(KeyboardInterrupt):
        host.activation("snake")
    (site / f"slow_{where}.py").write_text(SNAKE)
    sys.modules.pop(f"slow_{where}", None)
    assert host.activation("snake").name == "snake"


def test_warnings_made_errors_still_leave_all_other_plugins(site, host):
    install(site, "broken-exit", "raise SystemExit(3)")
    install(site, "z-snake")
    with pytest.raises(PluginWarning, match="broken-exit"):  # pytest turns them into errors
        host.activation("snake")
    assert host.activation("snake").name == "snake"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "entry_points.txt",
            "[layerkit]\nno equals sign\n",
            "plugin in {site} is broken: reading its metadata raised TypeError",
        ),
        ("entry_points.txt", "[layerkit]\nx = a-b\n", "plugin bad-meta 1.0 (entry point 'x') is broken: "),
        ("METADATA", None, "plugin in {site} is broken: reading its metadata raised "),
    ],
)
def test_damaged_metadata_of_one_distribution_does_not_hide_the_others(site, host, file, text, message):
    install(site, "bad-meta")
    path = site / "bad_meta-1.0.dist-info" / file
    path.unlink() if text is None else path.write_text(text)
    install(site, "good-meta", snake("boa"))
    (warning,) = quietly(host)
    assert warning.startswith(message.format(site=path.parent))
    assert found(host) == ["good-meta:boa"]


# Strict mode and blocking


@pytest.mark.parametrize("fault", ["exit", "misspelt"])
def test_strict_mode_raises_until_the_plugin_is_repaired_or_blocked(site, host, monkeypatch, fault):
    source, cause = BROKEN_MODULES[fault]
    install(site, f"broken-{fault}", source)
    install(site, "z-snake")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    for _ in range(2):
        with pytest.raises(PluginError, match=f"^plugin broken-{fault} 1.0 .*{re.escape(cause)}"):
            host.activation("snake")
    assert host.activation("relu").name == "relu"
    host.disable_plugin(f"broken-{fault}")
    assert host.activation("snake").name == "snake"


def test_strict_mode_keeps_the_traceback_of_the_cause(site, host, monkeypatch):
    install(site, "broken-exit", "raise SystemExit(3)")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="broken-exit") as raised:
        host.list_activations()
    assert isinstance(raised.value.__cause__, SystemExit)


def test_strict_mode_makes_a_claim_on_the_name_of_a_builtin_an_error(site, host, monkeypatch):
    install(site, "zoo-l", snake("relu"))
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match=r"plugin zoo-l 1\.0 .* publishes the activation 'relu', but"):
        host.activation("snake")


def test_strict_mode_is_off_at_zero(site, host, monkeypatch):
    install(site, "broken-exit", "raise SystemExit(3)")
    monkeypatch.setenv("LAYERKIT_STRICT_PLUGINS", "0")
    assert len(quietly(host)) == 1


@pytest.mark.parametrize("name", ["zoo-m", "Zoo_M", "Bite", "*"])
@pytest.mark.parametrize("way", ["call", "variable"])
def test_blocked_plugin_is_not_even_imported(site, host, monkeypatch, name, way):
    install(site, "zoo-m", "raise AssertionError('imported')", entry_points={"bite": "zoo_m"})
    if way == "call":
        host.disable_plugin(name)
    else:
        monkeypatch.setenv("LAYERKIT_DISABLE_PLUGINS", f"other, {name}")
    blocker = {"call": "layerkit.disable_plugin", "variable": "LAYERKIT_DISABLE_PLUGINS"}[way]
    cause = f"plugin zoo-m 1.0 (entry point 'bite'): disabled by {blocker}. "
    with pytest.raises(UnknownActivationError, match=re.escape(cause)):
        host.activation("snake")
    assert [failure.status for failure in host.list_unused_plugins()] == ["disabled"]


def test_blocking_after_loading_takes_the_names_away_and_unblocking_brings_them_back(site, host):
    install(site, "zoo-n")
    cls = type(host.activation("snake"))
    host.disable_plugin("zoo-n")
    with pytest.raises(UnknownActivationError, match=r"disabled by layerkit\.disable_plugin"):
        host.activation("zoo-n:snake")
    host.enable_plugin("zoo-n")
    assert type(host.activation("snake")) is cls


def test_blocking_one_of_two_frees_the_name(site, host):
    install(site, "zoo-o")
    install(site, "zoo-p")
    host.disable_plugin("zoo-o")
    assert type(host.activation("snake")).__module__ == "zoo_p"


def test_unblocking_loads_what_was_never_loaded(site, host):
    install(site, "zoo-q")
    host.disable_plugin("*")
    assert found(host) == []
    host.enable_plugin("*")
    assert found(host) == ["zoo-q:snake"]


def test_error_that_cannot_be_printed_harms_nobody_else(site, host):
    install(site, "good-snake")
    install(site, "bad-text", "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E()")
    with pytest.warns(PluginWarning, match=r"plugin bad-text 1.0 \(entry point 'bad_text'\) is broken: .* raised E: "):
        assert host.activation("snake").name == "snake"

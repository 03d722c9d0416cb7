"""Plugins that a program requires."""

from __future__ import annotations

import re

import pytest
from plugin_making import install, snake

from layerkit.errors import ConfigError, PluginError, PluginWarning
from layerkit.plugins import Host


@pytest.fixture
def host(tmp_path, monkeypatch) -> Host:
    """One that sees two plugins: version 1.5 of one that works, 2.0rc1 of another, and one that is broken."""
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "Req_Snake", version="1.5")
    install(tmp_path, "req-boa", snake("boa"), version="2.0rc1")
    install(tmp_path, "req-broken", "import no_such_module", version="3.0")
    host = Host(path=[str(tmp_path)])
    with pytest.warns(PluginWarning, match="req-broken"):
        host.list_activations()
    return host


def test_requirements_that_are_met_pass(host):
    host.require_plugins()
    host.require_plugins("req-snake", "req_snake>=1,<2", "REQ.SNAKE~=1.5", "req-boa>=1", "layerkit>=0.1")


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("req-snake>=2", "req-snake>=2 (installed: 1.5)"),
        ("req-boa>=2.0", "req-boa>=2.0 (installed: 2.0rc1)"),
        ("req-cobra", "req-cobra (missing)"),
        ("req-cobra==1", "req-cobra==1 (missing)"),
        ("req-broken", "req-broken (installed: 3.0; loading it raised ModuleNotFoundError: No module named"),
    ],
)
def test_requirement_that_is_not_met_says_what_is_installed(host, requirement, problem):
    with pytest.raises(PluginError, match=f"^required plugins cannot be used: {re.escape(problem)}"):
        host.require_plugins("req-snake", requirement)


def test_all_unmet_requirements_are_listed_with_what_to_install(host):
    host.disable_plugin("req-boa")
    with pytest.warns(PluginWarning, match="req-broken"), pytest.raises(PluginError) as raised:
        host.require_plugins("req-snake>=2", "req-boa", "req-cobra>=1")
    assert str(raised.value) == (
        "required plugins cannot be used: req-snake>=2 (installed: 1.5); "
        "req-boa (installed: 2.0rc1; disabled by layerkit.disable_plugin); req-cobra>=1 (missing). "
        "Install what is missing or of another version with pip, and enable or repair the others."
    )


@pytest.mark.parametrize("requirement", ["", ">=1", "a b", 3, None])
def test_malformed_requirement_is_refused(host, requirement):
    message = f"{requirement!r} is no requirement such as 'layerkit-gelu>=1.0': "
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        host.require_plugins(requirement)

"""``layerkit activations`` and ``layerkit check``: right, wrong, broken and blocked plugins, as a user sees them."""

import json
import os
import subprocess
import sys

import pytest
from plugin_making import BUNDLED, SNAKE, install

from layerkit.cli import main

WRONG = SNAKE.replace("1 + np.sin(2 * z)", "-1 - np.sin(2 * z)").replace('"snake"', '"minus_snake"')


def command(*arguments, site, **environment):
    """Run the command in a fresh interpreter that has the plugins of a directory."""
    done = subprocess.run(
        [sys.executable, "-m", "layerkit", *arguments],
        env=os.environ
        | {"PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8", "LAYERKIT_DISABLE_PLUGINS": BUNDLED}
        | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_table_has_a_row_for_every_builtin(capsys):
    assert main(["activations"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "distribution", "version", "gain", "kinks", "status"]
    table = {row.split()[0]: row.split()[1:] for row in rows}
    assert table["relu"][0] == "layerkit"
    assert table["relu"][2:] == ["1.4142", "0", "ok"]
    assert table["tanh"][2:] == ["1.5925", "none", "ok"]
    assert len({"linear", "leaky_relu", "elu", "selu", "sigmoid", "softplus", "silu", "mish"} & set(table)) == 8


def test_table_shows_plugins_and_those_that_are_broken_or_disabled(tmp_path):
    install(tmp_path, "good-snake", version="2.5")
    install(tmp_path, "bad-import", "import no_such_module")
    install(tmp_path, "unwanted", SNAKE.replace('"snake"', '"unwanted"'))
    install(tmp_path, "greedy", SNAKE.replace('"snake"', '"relu"'))
    code, out, err = command("activations", site=tmp_path, LAYERKIT_DISABLE_PLUGINS=f"{BUNDLED},unwanted")
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    # E[(z + sin² z)²] = 1 + 3/8 - e⁻²/2 + e⁻⁸/8 = 1.3074, and 1/√1.3074 = 0.8746
    assert ["snake", "good-snake", "2.5", "0.8746", "none", "ok"] in rows
    assert ["greedy:relu", "greedy", "1.0", "0.8746", "none", "shadowed"] in rows
    assert ["(none)", "bad-import", "1.0", "broken"] in rows
    assert ["(none)", "unwanted", "1.0", "disabled"] in rows
    assert "is broken: loading it raised ModuleNotFoundError: No module named 'no_such_module'" in out
    assert err == ""  # the table says it; a warning would say it twice


def test_table_survives_a_constructor_that_fails(tmp_path):
    install(
        tmp_path,
        "needy",
        SNAKE.replace("    def function", "    def __init__(self, a): self.a = a\n    def function", 1),
    )
    code, out, _ = command("activations", site=tmp_path)
    assert code == 0
    assert "ok, but TypeError" in out


def test_check_by_name_is_one_line_each(capsys):
    assert main(["check", "tanh", "leaky_relu"]) == 0
    first, second, empty, total = capsys.readouterr().out.splitlines()
    assert first.startswith("✓ tanh ")
    assert second.startswith("✓ leaky_relu ")
    assert (empty, total) == ("", "2 right, 0 wrong, 0 broken plugins")


def test_check_of_everything_finds_the_wrong_plugin_and_says_what_to_write(tmp_path):
    install(tmp_path, "minus-snake", WRONG)
    install(tmp_path, "bad-exit", "raise SystemExit('no')")
    code, out, _ = command("check", site=tmp_path)
    assert code == 1
    assert "✗ minus_snake" in out
    assert "derivative: " in out
    assert "sign" in out
    assert "bad-exit 1.0 (entry point 'bad_exit') is broken: loading it raised SystemExit: no" in out
    assert "11 right, 1 wrong, 1 broken plugins" in out


def test_check_by_name_does_not_care_about_other_plugins(tmp_path):
    install(tmp_path, "bad-exit", "raise SystemExit('no')")
    code, out, _ = command("check", "relu", site=tmp_path)
    assert (code, out.splitlines()[-1]) == (0, "1 right, 0 wrong, 0 broken plugins")


def test_check_as_json(tmp_path):
    install(tmp_path, "minus-snake", WRONG)
    code, out, _ = command("check", "minus_snake", "relu", "--json", site=tmp_path)
    answer = json.loads(out)
    wrong, right = answer["activations"]
    assert code == 1
    assert answer["passed"] is False
    assert (wrong["name"], wrong["passed"], right["name"], right["passed"]) == ("minus_snake", False, "relu", True)
    failed = {check["name"]: check for check in wrong["checks"] if not check["passed"]}
    assert "sign" in failed["derivative"]["mistake"]
    assert failed["derivative"]["fix"]
    assert all(check["passed"] for check in right["checks"])


def test_check_of_one_that_needs_arguments_fails_and_says_so(tmp_path):
    install(
        tmp_path,
        "needy",
        SNAKE.replace("    def function", "    def __init__(self, a): self.a = a\n    def function", 1),
    )
    code, out, _ = command("check", site=tmp_path)
    assert code == 1
    assert "make: " in out
    assert "Snake(a) cannot be made: missing a required argument: 'a'" in out


def test_check_of_an_unknown_name_is_refused(capsys):
    assert main(["check", "reluu"]) == 2
    assert "no activation is named 'reluu'. Did you mean 'relu'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["activations", "--help"], ["check", "--help"], ["new-plugin", "--help"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "usage: layerkit" in capsys.readouterr().out

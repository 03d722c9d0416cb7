import subprocess
import sys
import warnings

import pytest

import layerkit
from layerkit import cli
from layerkit.cli import command
from layerkit.errors import ConfigError, PluginWarning

MODULE = [sys.executable, "-m", "layerkit"]


def subcommand(run):
    """Return what adds the subcommand ``try``, which does what `run` does."""
    return lambda subcommands: subcommands.add_parser("try").set_defaults(run=run)


@pytest.fixture
def trying(monkeypatch):
    def run_it(run):
        monkeypatch.setattr(command, "_SUBCOMMANDS", (subcommand(run),))
        return cli.main(["try"])

    return run_it


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"layerkit {layerkit.__version__}\n"


def test_help_lists_the_subcommands(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert out.startswith("usage: layerkit ")
    assert "\n    demo " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "the following arguments are required: COMMAND"), (["dmeo"], "invalid choice: 'dmeo'")],
)
def test_wrong_command_line_ends_with_2_and_says_why(capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert message in capsys.readouterr().err


def test_exit_code_is_that_of_the_subcommand(trying):
    assert trying(lambda options: 7) == 7


def test_error_of_the_package_becomes_a_message_and_2(trying, capsys):
    def refuse(options):
        raise ConfigError("size must be above 0, got -1.")

    assert trying(refuse) == 2
    assert capsys.readouterr().err == "layerkit: size must be above 0, got -1.\n"


def test_error_that_is_not_of_the_package_keeps_its_traceback(trying):
    def fail(options):
        raise KeyError("a mistake in the code")

    with pytest.raises(KeyError, match="a mistake in the code"):
        trying(fail)


def test_ctrl_c_becomes_130(trying, capsys):
    def wait(options):
        raise KeyboardInterrupt

    assert trying(wait) == 130
    assert capsys.readouterr().err == "layerkit: interrupted\n"


def test_warning_is_one_line_without_a_place_in_the_code(trying, capsys):
    def warn(options):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("plugin x cannot be used", PluginWarning, stacklevel=1)
        return 0

    assert trying(warn) == 0
    assert capsys.readouterr().err == "layerkit: PluginWarning: plugin x cannot be used\n"


def test_reader_that_leaves_early_gets_no_traceback(tmp_path):
    # the pipe holds less than ten thousand epochs print
    command = [*MODULE, "demo", "--epochs", "10000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, "")


def test_module_is_the_command():
    done = subprocess.run([*MODULE, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"layerkit {layerkit.__version__}\n"


def test_help_loads_no_optional_dependency():
    code = "import sys\nfrom layerkit.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"matplotlib", "scipy"} & set(done.stdout.split()) == set()


def test_closed_standard_output_is_no_error():
    done = subprocess.run(
        ["sh", "-c", '"$0" -m layerkit activations >&-', sys.executable], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

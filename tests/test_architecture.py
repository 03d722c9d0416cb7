"""What may import what, how large each part may grow, and that the public names are what they say."""

import ast
import io
import subprocess
import sys
import tokenize
import zipapp
import zipfile
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import layerkit as lk

ROOT = Path(lk.__file__).parent

# Modules and packages from the bottom up. Each may import what is below its own layer; those in one layer do not
# import each other. Imports that only type checkers see count as well.
LAYERS: list[set[str]] = [
    {"text"},
    {"provenance"},
    {"errors"},
    {"validation", "configured"},
    {"batch", "shapes", "initializers"},
    {"parameter"},
    {"layers"},
    {"activations"},
    {"network", "losses"},
    {"optimizers"},
    {"plugins", "training", "datasets"},
    {"plots"},
    {"tracing", "testing", "profiling"},
    {"layerkit"},  # the public names
    {"demo"},
    {"cli"},
    {"__main__"},
]

# The few imports inside functions that go up, or to a package that is optional or slow to import.
LATE_IMPORTS = {
    ("configured", "layerkit.plugins"): "from_config looks classes up by their published names",
    ("training", "layerkit.plots"): "History.plot",
    ("plugins", "importlib.metadata"): "slow to import, and not needed for what is built in",
    ("plugins", "packaging"): "only require_plugins compares versions",
    ("training", "tqdm"): "slow to import; only progress bars need it",
    ("cli", "tqdm"): "slow to import; only `layerkit check` needs it",
    ("plots", "matplotlib"): "the extra plot",
    ("demo", "matplotlib"): "the extra plot",
    ("demo", "tqdm"): "slow to import; only progress bars need it",
}

# The parts, each with the lines of code that it may have: no blank lines, comments or docstrings. The page 09-size of
# docs/decisions says where the numbers come from.
CORE = {part for layer in LAYERS[: LAYERS.index({"optimizers"}) + 1] for part in layer}
LIMITS = {"core": (CORE, 1800), "training": ({"training"}, 400), "plugins": ({"plugins"}, 325)}
LIMITS |= {"tracing": ({"tracing"}, 600)}


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}


def part_of(module):
    return module.split(".")[1] if "." in module else "layerkit"


def imported(node):
    """Return the modules that an import statement names; ``from package import module`` names the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if name in SOURCES else node.module for name in names]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def import_nodes(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


LATE_NODES = {id(node) for tree in TREES.values() for function in functions(tree) for node in import_nodes(function)}
GRAPH = {
    module: {
        name
        for node in import_nodes(tree)
        if id(node) not in LATE_NODES
        for name in imported(node)
        if name == "layerkit" or name.startswith("layerkit.")
    }
    for module, tree in TREES.items()
}


def test_the_graph_is_that_of_the_source():
    assert "layerkit.network.composite" in GRAPH["layerkit.network.sequential"]
    assert len(SOURCES) > 60
    assert [node.module for tree in TREES.values() for node in import_nodes(tree) if getattr(node, "level", 0)] == []


def test_imports_form_no_circle():
    # a package's own __init__ gathers its modules, which is no circle as long as none of them imports it back
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"imports go in a circle: {' -> '.join(error.args[1])}")


def test_every_part_has_its_place():
    assert {part_of(module) for module in SOURCES} == set().union(*LAYERS)


def test_imports_only_go_down():
    height = {name: i for i, names in enumerate(LAYERS) for name in names}
    wrong = [
        f"{module} imports {used}"
        for module, uses in GRAPH.items()
        for used in uses
        if part_of(module) != part_of(used) and height[part_of(used)] >= height[part_of(module)]
    ]
    assert wrong == []


def test_imports_inside_functions_are_those_of_the_table():
    found = {
        (part_of(module), name)
        for module, tree in TREES.items()
        for function in functions(tree)
        for node in import_nodes(function)
        for name in imported(node)
    }
    known = {
        (part, name): next(
            ((p, allowed) for p, allowed in LATE_IMPORTS if p == part and f"{name}.".startswith(f"{allowed}.")), None
        )
        for part, name in found
    }
    assert {late for late, entry in known.items() if entry is None} == set()
    assert set(LATE_IMPORTS) == set(known.values()), "the table has entries that the code does not need"


def test_no_file_is_over_300_lines():
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in SOURCES.items()}
    assert {module: length for module, length in lengths.items() if length > 300} == {}


def lines_of_code(source):
    """Count the lines that hold code: no blank ones, comments or docstrings."""
    prose = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, node.end_lineno + 1))
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - prose)


def test_line_count_leaves_out_what_is_not_code():
    source = """'''Prose
of two lines.'''

# a comment


def f(x):  # another
    "Prose."
    return (
        x
    )
"""
    assert lines_of_code(source) == 4


@pytest.mark.parametrize("name", LIMITS)
def test_part_can_be_read_in_one_sitting(name):
    parts, limit = LIMITS[name]
    counts = {
        module: lines_of_code(path.read_text(encoding="utf-8"))
        for module, path in SOURCES.items()
        if part_of(module) in parts
    }
    assert 0 < sum(counts.values()) <= limit, counts


# --- public names


def stub_names():
    """Return what the stub says: each public name with the module that it comes from."""
    tree = ast.parse((ROOT / "__init__.pyi").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert all(alias.asname == alias.name for node in imports for alias in node.names)
    return {alias.name: node.module for node in imports for alias in node.names}


def test_public_names_are_those_of_the_stub():
    names = stub_names()
    assert set(lk.__all__) == set(names)
    for name, module in names.items():
        if module == "layerkit":
            assert isinstance(getattr(lk, name), ModuleType)
        else:
            assert getattr(lk, name) is getattr(import_module(module), name)
    assert set(lk.__all__) <= set(dir(lk))


@pytest.mark.parametrize("package", ["activations", "layers", "losses", "network", "optimizers", "training"])
def test_what_a_package_of_the_core_exports_is_public_or_documented_there(package):
    module = import_module(f"layerkit.{package}")
    elsewhere = {"Composite", "in_float64", "sigmoid"}
    assert set(module.__all__) - set(lk.__all__) <= elsewhere


def test_no_module_has_the_name_of_something_that_its_package_exports():
    wrong = []
    for module in SOURCES:
        package, _, name = module.rpartition(".")
        exported = getattr(import_module(package), "__all__", ()) if package else ()
        if name in exported and not isinstance(getattr(import_module(package), name), ModuleType):
            wrong.append(module)
    assert wrong == []


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"layerkit.*Conv2D"):
        lk.Conv2D  # noqa: B018  # the look-up is the test


# --- what an import loads


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def modules_after(statement):
    return set(run(f"import sys; {statement}; print(*sys.modules, sep='\\n')").split())


def test_import_loads_nothing_slow_and_no_plugin():
    loaded = modules_after("import layerkit") - modules_after("import numpy")
    slow = {"tqdm", "matplotlib", "importlib.metadata", "scipy", "numpy.random", "pytest", "email", "asyncio", "pluggy"}
    assert slow & loaded == set()
    assert {name for name in loaded if name.startswith(("layerkit_", "layerkit."))} == set()


def test_training_loads_neither_plugins_nor_plots():
    loaded = modules_after("import layerkit; layerkit.Sequential, layerkit.Adam, layerkit.MSELoss, layerkit.Trainer")
    assert {"pluggy", "layerkit.plugins", "layerkit.plots", "tqdm"} & loaded == set()


def test_network_of_built_in_layers_asks_for_no_entry_point():
    run(
        "import importlib.metadata as metadata\n"
        "def refuse(*args, **kwargs): raise SystemExit('plugins were looked for')\n"
        "metadata.entry_points = metadata.distributions = metadata.packages_distributions = refuse\n"
        "import layerkit\n"
        "layerkit.Sequential(layerkit.Dense(2, 3), layerkit.Tanh(), rng=0).predict([[1.0, 2.0]])\n"
    )


def test_package_works_from_a_zipapp(tmp_path):
    source, target = tmp_path / "app", tmp_path / "app.pyz"
    source.mkdir()
    code = (
        "import layerkit as lk\n"
        "from layerkit.datasets import load_digits\n"
        "model = lk.Sequential(lk.Dense(64, 8), lk.activation('tanh'), lk.Dense(8, 10), rng=0)\n"
        "print(lk.__file__, model.predict(load_digits().X).shape, lk.Trainer.__name__)\n"
    )
    (source / "__main__.py").write_text(code, encoding="utf-8")
    zipapp.create_archive(source, target)
    with zipfile.ZipFile(target, "a") as archive:
        for path in ROOT.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(ROOT.parent))
    done = subprocess.run([sys.executable, str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(target) in done.stdout
    assert "(1797, 10) Trainer" in done.stdout


SESSION = """
import layerkit as lk
import cloudpickle, pickle, numpy as np

class Snake(lk.Activation):
    name = "snake"
    def function(self, z):
        return z + np.sin(z) ** 2
    def derivative(self, z):
        return 1 + np.sin(2 * z)

model = lk.Sequential(lk.Dense(2, 4), Snake(), lk.Dense(4, 1), rng=0)

def predict(x):
    return lk.Sequential.predict(model, x)
"""


def test_what_a_script_defines_goes_through_cloudpickle_with_the_package():
    pytest.importorskip("cloudpickle")
    code = SESSION + (
        "import subprocess, sys\n"
        "blob = cloudpickle.dumps((predict, lk))\n"
        "other = 'import sys, pickle, numpy as np; f, lk = pickle.loads(sys.stdin.buffer.read()); "
        "print(f(np.ones((3, 2))).shape, lk.__name__)'\n"
        "done = subprocess.run([sys.executable, '-c', other], input=blob, capture_output=True)\n"
        "print(done.stdout.decode(), done.stderr.decode())\n"
    )
    assert run(code).split("\n")[0] == "(3, 1) layerkit"


def test_joblib_runs_what_a_script_defines(tmp_path):
    pytest.importorskip("joblib")
    script = tmp_path / "script.py"
    script.write_text(
        SESSION
        + "from joblib import Parallel, delayed\n"
        + "if __name__ == '__main__':\n"
        + "    print([a.shape for a in Parallel(n_jobs=2)(delayed(predict)(np.ones((n, 2))) for n in (1, 2))])\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[(1, 1), (2, 1)]", done.stderr

"""The floor plan of the house: what stands where, what may lean on what, and how large it may grow."""

import ast
import io
import subprocess
import sys
import tokenize
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import layerkit as lk

ROOT = Path(lk.__file__).parent

# From the ground up. A room may use what lies on floors below its own; rooms on one floor stand apart.
FLOORS = [
    {"errors"},
    {"checks", "configured"},
    {"initializers"},
    {"parameter"},
    {"layer"},
    {"hookspecs"},
    {"discovery"},
    {"naming"},
    {"registry"},
    {"layers", "composition"},
    {"activations", "workspace", "summary"},
    {"inference"},
    {"losses", "sequential"},
    {"optimizers", "plots"},
    {"training", "testing"},
    {"datasets", "console", "tracing", "profiling"},
    {"layerkit"},  # the public names, for the command and for users
    {"demo", "commands"},
    {"cli"},
    {"__main__"},
]
# Who looks plugins up: the core below works with classes and never asks for a name.
FINDING_PLUGINS = {"discovery", "naming", "registry"}
MAY_FIND_PLUGINS = FINDING_PLUGINS | {"layerkit", "testing", "plots", "demo", "commands", "cli"}

# What a function may import, and why not at the top of the file.
LATE_IMPORTS = {
    "importlib.metadata": "slow to import; only errors, tables and the first look-up of a plugin ask",
    "matplotlib": "optional: the plot extra",
    "layerkit.plots": "looks activations up by name, which loads the finding of plugins; only who draws needs it",
    "tqdm": "slow to import; only progress bars need it",
}

# Not part of the core, and so not counted.
BESIDE_THE_CORE = {
    "testing",
    "datasets",
    "plots",
    "tracing",
    "profiling",
    "demo",
    "commands",
    "cli",
    "console",
    "__main__",
}


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}


def room(module):
    return module.split(".")[1] if "." in module else "layerkit"


def imported(node):
    """Return the modules that an import statement names; ``from package import module`` names the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if name in SOURCES else node.module for name in names]


def imports(tree):
    """Yield the import statements of a module, but those that only the type checker sees."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            pending.extend(node.orelse)
        else:
            pending.extend(ast.iter_child_nodes(node))


GRAPH = {
    module: {
        name for node in imports(tree) for name in imported(node) if name == "layerkit" or name.startswith("layerkit.")
    }
    for module, tree in TREES.items()
}


def test_no_relative_import_escapes_these_tests():
    assert [name for name, tree in TREES.items() for node in imports(tree) if getattr(node, "level", 0)] == []


def test_imports_form_no_circle():
    # a package's own __init__ gathers its modules, which is no circle as long as none of them asks it back
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"imports go in a circle: {' -> '.join(error.args[1])}")


def test_every_room_is_on_the_floor_plan():
    assert {room(module) for module in SOURCES} <= set().union(*FLOORS)


def test_imports_only_go_down():
    height = {name: floor for floor, names in enumerate(FLOORS) for name in names}
    wrong = [
        f"{module} imports {used}"
        for module, uses in GRAPH.items()
        for used in uses
        if room(module) != room(used) and height[room(used)] >= height[room(module)]
    ]
    assert wrong == []


def test_core_never_looks_a_plugin_up():
    wrong = [
        f"{module} imports {used}"
        for module, uses in GRAPH.items()
        if room(module) not in MAY_FIND_PLUGINS
        for used in uses
        if room(used) in FINDING_PLUGINS
    ]
    assert wrong == []


def test_imports_inside_functions_have_a_reason():
    functions = [
        (module, function)
        for module, tree in TREES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    wrong = [
        f"{module}.{function.name} imports {name}"
        for module, function in functions
        for node in imports(function)
        for name in imported(node)
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in LATE_IMPORTS)
    ]
    assert wrong == []


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


# The parts of the core, each with the lines that it may have; why there are several limits stands in docs/decisions.
PARTS = {
    "training": ({"training"}, 440),
    "plugins": (FINDING_PLUGINS | {"hookspecs"}, 400),
    "names": ({"layerkit"}, 100),
}


@pytest.mark.parametrize("part", ["network", *PARTS])
def test_part_of_the_core_can_be_read_in_one_sitting(part):
    elsewhere = BESIDE_THE_CORE.union(*(rooms for rooms, _ in PARTS.values()))
    rooms, limit = PARTS.get(part, ({room(module) for module in SOURCES} - elsewhere, 1550))
    counts = {
        module: lines_of_code(path.read_text(encoding="utf-8"))
        for module, path in SOURCES.items()
        if room(module) in rooms
    }
    assert 0 < sum(counts.values()) < limit, counts


def test_public_names_are_those_of_the_rooms():
    """The table of names is written by hand, so that no room is opened before somebody asks for it."""
    rooms = ["activations", "layers", "losses", "optimizers", "training", "sequential", "parameter", "layer"]
    names = {name for room in rooms for name in import_module(f"layerkit.{room}").__all__}
    assert names - set(lk.__all__) == set()
    assert len(lk.__all__) == len(set(lk.__all__))
    assert set(lk.__all__) <= set(dir(lk))


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'layerkit' has no attribute 'Conv2D'"):
        lk.Conv2D  # noqa: B018  # the look-up is the test


def test_function_activations_keeps_its_name_against_the_subpackage():
    code = """
import layerkit as lk
from layerkit.activations import ReLU
import layerkit.activations
assert lk.activations()[1].cls is ReLU is lk.ReLU
from layerkit import activations
assert activations()[1].name == "relu"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def modules_after(statement):
    code = f"import sys; {statement}; print(*sys.modules, sep='\\n')"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_import_loads_nothing_slow_and_no_plugin():
    by_numpy = modules_after("import numpy")
    loaded = modules_after("import layerkit") - by_numpy
    slow = {"tqdm", "matplotlib", "importlib.metadata", "scipy", "numpy.random", "pytest", "email", "asyncio"}
    assert slow & loaded == set()
    # a plugin, or a test kit, that comes with the package would be loaded from these
    assert {name for name in loaded if name.startswith("layerkit_")} == set()
    assert {name for name in loaded if name.startswith("layerkit.")} <= set(SOURCES)
    assert not {name for name in loaded if name.startswith("layerkit.") and room(name) in BESIDE_THE_CORE}


def test_training_loads_neither_plugins_nor_plots():
    loaded = modules_after("import layerkit; layerkit.Sequential, layerkit.Adam, layerkit.MSELoss, layerkit.Trainer")
    assert {"pluggy", "layerkit.plugins.host", "layerkit.plots"} & loaded == set()


def test_import_asks_for_no_entry_point():
    code = (
        "import importlib.metadata as metadata\n"
        "def refuse(*args, **kwargs): raise SystemExit('plugins were looked for')\n"
        "metadata.entry_points = metadata.distributions = metadata.packages_distributions = refuse\n"
        "import layerkit\n"
        "layerkit.Sequential(layerkit.Dense(2, 3), layerkit.Tanh(), rng=0).predict([[1.0, 2.0]])\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""Every public name documents what it takes, returns and raises, its formula and source, with an example that runs."""

import ast
import doctest
import inspect
import re
import textwrap
import tomllib
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from test_documentation import MODULES

import layerkit as lk
import layerkit.activations
import layerkit.plugins
import layerkit.tracing
from layerkit import validation

MODULES = (*MODULES, layerkit.tracing)  # two of its names are those of layerkit, too
PUBLIC = {f"{module.__name__}.{name}": getattr(module, name) for module in MODULES for name in module.__all__}
PUBLIC |= {
    f"{module.__name__}.{name}": getattr(module, name)
    for module, names in {
        layerkit.activations: ("in_float64", "sigmoid"),
        layerkit.plugins: ("Plugin", "Published", "list_unused_plugins"),
    }.items()
    for name in names
}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if inspect.isroutine(thing)}
ERRORS = {name for name, cls in CLASSES.items() if issubclass(cls, BaseException)}
# The example of what they undo ends with them.
UNDOES = {"layerkit.unregister": "register", "layerkit.enable_plugin": "disable_plugin"}
# Methods that somebody published name the paper; contracts, and what is in every textbook, have none to name.
CONTRACTS = {"Activation", "Initializer", "Layer", "LearnedActivation", "Loss", "Optimizer"}
TEXTBOOK = {"Constant", "ConstantSchedule", "Dense", "Flatten", "JointLoss", "Linear", "MAELoss", "MSELoss", "Normal"}
TEXTBOOK |= {"Parallel", "Sequential", "StepSchedule", "Uniform"}
SOURCE = re.compile(r"\(.*\b(1[89]|20)\d\d\b.*\)")  # a year


def sections(thing):
    """Return the sections of a numpydoc docstring by title; what comes before them is under ''."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", inspect.getdoc(thing) or "", flags=re.MULTILINE)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(thing, *titles):
    """Return the names that the lists under these titles document."""
    lines = [line for title in titles for line in sections(thing).get(title, "").splitlines()]
    heads = [line.partition(" :")[0] for line in lines if re.match(r"\S", line)]
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


def is_record(cls):
    return is_dataclass(cls) or hasattr(cls, "_fields")


def own_methods(cls):
    """Yield the public methods that no base class describes."""
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        inherited = any(hasattr(base, name) for base in cls.__mro__[1:])
        if inspect.isfunction(function) and not name.startswith("_") and not inherited:
            yield name, function


METHODS = {f"{owner}.{name}": method for owner, cls in CLASSES.items() for name, method in own_methods(cls)}
CALLABLES = FUNCTIONS | METHODS
MADE_BY_USERS = {
    name: cls
    for name, cls in CLASSES.items()
    if name not in ERRORS and not is_record(cls) and inspect.isfunction(cls.__init__)
}


def raised_by(function):
    """Return the names of the errors that a function raises itself or by a check of its arguments."""
    found = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            found.add(node.exc.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("check_"):
            check = getattr(validation, node.func.id, None)
            found |= raised_by(check) if check else set()
    return {name for name in found if hasattr(lk.errors, name)}


def undocumented_errors(function, thing):
    """Return the errors of a function for which the docstring of a thing names neither them nor a base of theirs."""
    documented = tuple(getattr(lk.errors, name) for name in entries(thing, "Raises") if hasattr(lk.errors, name))
    return {name for name in raised_by(function) if not issubclass(getattr(lk.errors, name), documented)}


def test_readers_of_docstrings_see_what_is_there():
    """The checks below would pass on anything if these functions found nothing."""
    assert set(sections(lk.Dense)) == {"", "Parameters", "Attributes", "Raises", "Examples"}
    assert {"in_features", "out_features", "bias"} < entries(lk.Dense, "Parameters")
    assert entries(lk.testing.optimizer_checks, "Parameters") == {"cls", "rng", "options"}
    assert raised_by(lk.SGD.__init__) == {"ConfigError"}
    assert undocumented_errors(lk.SGD.__init__, lk.Flatten) == {"ConfigError"}
    assert undocumented_errors(lk.SGD.__init__, lk.SGD) == set()
    assert {"layerkit.Sequential.predict", "layerkit.History.append"} <= set(CALLABLES)
    assert {"layerkit.activation", "layerkit.testing.check_layer"} <= set(FUNCTIONS)
    assert len(CLASSES) > 50
    assert len(FUNCTIONS) > 15


@pytest.mark.parametrize("name", sorted(CLASSES | FUNCTIONS))
def test_name_has_a_docstring_that_begins_with_one_line(name):
    first, _, rest = inspect.getdoc(PUBLIC[name]).partition("\n")
    assert first.endswith((".", ":"))
    assert not rest or rest.startswith("\n")


@pytest.mark.parametrize("name", sorted(MADE_BY_USERS))
def test_constructor_says_what_it_takes_and_raises(name):
    cls = MADE_BY_USERS[name]
    if name != "layerkit.Linear":  # its arguments exist to be refused
        assert entries(cls, "Parameters") == set(inspect.signature(cls).parameters)
    assert undocumented_errors(cls.__init__, cls) == set()


@pytest.mark.parametrize("name", sorted(name for name, cls in CLASSES.items() if is_record(cls)))
def test_record_says_what_its_fields_are(name):
    cls = CLASSES[name]
    fields = cls.__dataclass_fields__ if is_dataclass(cls) else cls._fields
    assert set(fields) <= entries(cls, "Attributes")


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_function_says_what_it_takes_gives_and_raises(name):
    function = CALLABLES[name]
    taken = [p for p in inspect.signature(function).parameters if p != "self" and not (p == "cls" and name in METHODS)]
    assert entries(function, "Parameters") == set(taken)
    if inspect.signature(function).return_annotation not in (None, "None"):
        assert {"Returns", "Yields"} & set(sections(function))
    assert undocumented_errors(function, function) == set()


@pytest.mark.parametrize("name", sorted((CLASSES | FUNCTIONS).keys() - ERRORS))
def test_name_has_an_example_that_doctest_finds(name):
    thing = PUBLIC[name] if name not in UNDOES else getattr(lk, UNDOES[name])
    assert name not in UNDOES or f"lk.{name.rpartition('.')[2]}(" in sections(thing)["Examples"]
    assert doctest.DocTestParser().get_examples(sections(thing).get("Examples", ""))


def test_examples_are_run_with_the_tests():
    options = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    assert "layerkit" in options["ini_options"]["testpaths"]
    assert "--doctest-modules" in options["ini_options"]["addopts"].split()


@pytest.mark.parametrize(
    "name", sorted(name for name, cls in CLASSES.items() if issubclass(cls, lk.Layer | lk.Loss | lk.Optimizer))
)
def test_layer_loss_and_optimizer_say_their_formulas(name):
    cls = CLASSES[name]
    text = sections(cls)[""]
    formulas = "".join(re.findall(r"^\.\. math::(.*(?:\n(?:    .*)?)*)", text, re.MULTILINE))
    if issubclass(cls, lk.Layer):
        assert r"\text{forward:}" in formulas
        assert r"\text{backward:}" in formulas
    elif issubclass(cls, lk.Loss):
        assert re.search(r"\bC &?=", formulas)
        assert r"\frac{\partial C}{\partial" in formulas
    else:
        assert r"\leftarrow" in formulas
    if issubclass(cls, lk.Layer | lk.Loss) and cls.__name__ not in CONTRACTS | {"Sequential"}:
        assert "Shapes:" in text


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, cls in CLASSES.items()
        if issubclass(cls, lk.Layer | lk.Loss | lk.Optimizer | lk.EarlyStopping)
        or cls.__module__ in ("layerkit.initializers", "layerkit.training.schedules")
    ),
)
def test_method_names_its_source(name):
    named = SOURCE.search(" ".join(sections(CLASSES[name])[""].split()))
    assert bool(named) is (name.rpartition(".")[2] not in CONTRACTS | TEXTBOOK)

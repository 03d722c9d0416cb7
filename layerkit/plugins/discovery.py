"""Finding plugins, and asking each of their hooks in isolation."""

import inspect
import os
import re
from collections.abc import Callable, Iterator, Sequence
from traceback import TracebackException
from types import SimpleNamespace
from typing import Any

import pluggy

from layerkit import activations, initializers, layers, losses, optimizers
from layerkit.errors import PluginError
from layerkit.plugins.hookspecs import hookimpl
from layerkit.plugins.names import Published, UnusedPlugin, normalized
from layerkit.provenance import origin_of, published_name, record_origin

__all__ = ["by_hand", "installed", "load"]

# The kind of a class is that of the first of these base classes that it has.
_KINDS: dict[type, str] = {activations.Activation: "activation", activations.LearnedActivation: "activation"}
_KINDS |= {layers.Layer: "layer", losses.Loss: "loss", optimizers.Optimizer: "optimizer"}
_KINDS |= {initializers.Initializer: "initializer"}
_HOOKS: dict[str, dict[type, str]] = {"layerkit_activations": {layers.Layer: "activation"}, "layerkit_classes": _KINDS}
_WRITE = "write layerkit_activations() or layerkit_classes(), and mark it with @layerkit.hookimpl"


def by_hand(thing: Any) -> tuple[str, str, object]:
    """Return the key and the origin of what is registered by hand, and the plugin: itself, or one for a class."""
    if isinstance(thing, type) and issubclass(thing, tuple(_KINDS)):
        hooks = SimpleNamespace(layerkit_classes=hookimpl(lambda: [thing]))
        return f"{origin_of(thing)}:{published_name(thing)}", origin_of(thing), hooks
    title = thing.__name__ if inspect.ismodule(thing) else _path(thing if isinstance(thing, type) else type(thing))
    return title, title, thing


def installed(path: list[str]) -> Iterator[tuple[UnusedPlugin, Callable[[], object]]]:
    """Yield the plugins of the distributions in the directories of a path, each with the function that imports it."""
    from importlib.metadata import Distribution, distributions  # slow to import, and built-in names need none of it

    found: dict[str, list[tuple[UnusedPlugin, Callable[[], object]]]] = {}
    for distribution in distributions(path=path):
        name, version = f"in {distribution.locate_file('')}", ""
        try:
            # parsing the metadata of every distribution would take long
            if "[layerkit]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name, version = normalized(distribution.metadata["Name"]), distribution.version
            entries = [(entry.name, entry.load) for entry in distribution.entry_points.select(group="layerkit")]
        except Exception:  # the plugin is broken, and reading its metadata again says why

            def again(broken: Distribution = distribution) -> object:
                return normalized(broken.metadata["Name"]) and broken.entry_points

            entries = [("", again)]
        # of two versions of a distribution, Python imports the first on the path
        found.setdefault(name, [(UnusedPlugin(name, version, entry), function) for entry, function in entries])
    for name in sorted(found):
        yield from found[name]


def load(
    manager: pluggy.PluginManager, origin: UnusedPlugin, find: Callable[[], object], others: Sequence[Published]
) -> tuple[list[Published], str, list[PluginError]]:
    """Register a plugin with the manager and ask its hooks.

    Returns the classes that it publishes, why they are not all or none, and every problem as an error. `find` returns
    the object that has the hooks; `others` are the classes of the other plugins. In strict mode, the first problem
    is raised.
    """
    rows, causes, errors = list[Published](), list[str](), list[PluginError]()
    names = {row.name: row.cls for row in others if row.distribution == origin.distribution}
    builtin = {(row.kind, row.name): row.cls for row in others if row.distribution == "layerkit"}

    def attempt(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: no plugin ends the program
            raised = f"{what} raised {type(error).__name__}: {TracebackException.from_exception(error)}"
            causes.append(str(error) if isinstance(error, PluginError) else " ".join(raised.split()).rstrip(".:"))
            errors.append(PluginError(f"{origin} is broken: {causes[-1]}."))
            errors[-1].__cause__ = error
            return ()

    for hook, function in attempt("loading it", _hooks, manager, origin, find):
        for cls, kind in attempt(f"its hook {hook}", _ask, hook, function, names):
            name, qualified = published_name(cls), f"{origin.distribution}:{published_name(cls)}"
            rows.append(Published(name, qualified, kind, cls, origin.distribution, origin.version, origin.entry_point))
            record_origin(cls, origin.distribution)
            if builtin.get((kind, name), cls) is not cls:
                claim = f"{origin} publishes the {kind} {name!r}, but a built-in {kind} has that name and keeps it"
                errors.append(PluginError(f"{claim}. Reach the plugin's as {qualified!r}."))
    if errors and os.environ.get("LAYERKIT_STRICT_PLUGINS", "0") not in ("", "0"):
        raise errors[0]
    return rows, "; ".join(causes), errors


def _hooks(manager: pluggy.PluginManager, origin: UnusedPlugin, find: Callable[[], object]) -> list[tuple[str, Any]]:
    plugin = find()
    # one object may be two plugins: an installed module that is also registered by hand
    name = manager.get_name(plugin) or manager.register(plugin, f"{origin} {id(plugin)}")
    callers = vars(manager.hook).items()
    found = [(hook, each) for hook, caller in callers for each in caller.get_hookimpls() if each.plugin_name == name]
    if not found:
        raise PluginError(f"it has no hook; {_WRITE}")
    return [(hook, implementation.function) for hook, implementation in found]


def _ask(hook: str, function: Callable[[], object], names: dict[str, type]) -> list[tuple[type, str]]:
    if hook not in _HOOKS:
        raise PluginError(f"unknown hook {hook!r}; {_WRITE}")
    answer = function()
    if not isinstance(answer, list | tuple):
        raise PluginError(f"its hook {hook} must return a list of classes, but returned {answer!r}")
    return [(cls, _kind(f"its hook {hook} returned", cls, _HOOKS[hook], names)) for cls in answer]


def _kind(returned: str, cls: Any, bases: dict[type, str], names: dict[str, type]) -> str:
    if not isinstance(cls, type):
        raise PluginError(f"{returned} {cls!r}, which is no class but an object of {type(cls).__name__}")
    returned, name = f"{returned} {_path(cls)}, which", getattr(cls, "name", None) or cls.__name__
    kind = next((kind for base, kind in bases.items() if issubclass(cls, base)), None)
    if kind is None:
        raise PluginError(f"{returned} is no subclass of {' or '.join(f'layerkit.{base.__name__}' for base in bases)}")
    if inspect.isabstract(cls):
        raise PluginError(f"{returned} is abstract; write {', '.join(sorted(vars(cls)['__abstractmethods__']))}")
    if not isinstance(name, str) or not re.fullmatch(r"[^\s:]+", name):
        raise PluginError(f"{returned} has the name {name!r}; use a string without spaces and colons")
    if names.setdefault(name, cls) is not cls:
        raise PluginError(f"{returned} has the name {name!r}, as {_path(names[name])} of the same distribution does")
    return kind


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"

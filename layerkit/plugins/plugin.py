"""One plugin: where it comes from, the classes that its hooks publish, and what is wrong with them."""

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import TracebackException
from types import SimpleNamespace
from typing import Any, Literal

import pluggy

from layerkit import activations, initializers, layers, losses, optimizers
from layerkit.errors import PluginError
from layerkit.plugins.hookspecs import hookimpl
from layerkit.provenance import origin_of, published_name, record_origin
from layerkit.validation import check_kind

# The kind of a class is that of the first of these base classes that it has.
_KINDS: dict[type, str] = {activations.Activation: "activation", activations.LearnedActivation: "activation"}
_KINDS |= {layers.Layer: "layer", losses.Loss: "loss"}
_KINDS |= {optimizers.Optimizer: "optimizer", initializers.Initializer: "initializer"}
_HOOKS: dict[str, dict[type, str]] = {"layerkit_activations": {layers.Layer: "activation"}, "layerkit_classes": _KINDS}
_ADVICE = "write layerkit_activations() or layerkit_classes(), and mark it with @layerkit.hookimpl"


@dataclass(frozen=True)
class Published:
    """A class that can be used by name.

    Attributes
    ----------
    name, qualified_name : str
        The bare name, and ``"distribution:name"``, which is never ambiguous.
    kind : str
        ``"activation"``, ``"layer"``, ``"loss"``, ``"optimizer"`` or ``"initializer"``.
    cls : type
        The class.
    distribution, version, entry_point : str
        The installed package that publishes it. For a registered class or plugin, `distribution` is its module or
        class, and the other two are empty.
    status : str
        Whether the bare name finds this class: ``"ok"`` if it does, ``"shadowed"`` if it finds a built-in class,
        ``"ambiguous"`` if several distributions publish it, so that it finds none.

    Examples
    --------
    >>> import layerkit as lk
    >>> mse = next(row for row in lk.list_classes() if row.cls is lk.MSELoss)
    >>> mse.qualified_name, mse.kind, mse.status
    ('layerkit:MSELoss', 'loss', 'ok')
    """

    name: str
    qualified_name: str
    kind: str
    cls: type[Any]
    distribution: str
    version: str
    entry_point: str
    status: Literal["ok", "shadowed", "ambiguous"] = "ok"


@dataclass
class Plugin:
    """A plugin, and what came of loading it.

    Attributes
    ----------
    distribution, version, entry_point : str
        Where the plugin comes from.
    load : callable
        Returns the module or object that has the hooks.
    status, cause : str
        ``"ok"``, ``"disabled"``, or ``"broken"``, altogether or in part; and the reason.
    published : list of Published
        The classes that it publishes.
    errors : list of PluginError
        The faults of the plugin, and its claims on names of built-in classes.

    Examples
    --------
    >>> from layerkit.plugins import Plugin
    >>> print(Plugin("layerkit-gelu", "1.0", "gelu", load=lambda: None))
    plugin layerkit-gelu 1.0 (entry point 'gelu')
    """

    distribution: str
    version: str
    entry_point: str
    load: Callable[[], object] = field(repr=False)
    status: Literal["ok", "broken", "disabled"] = "ok"
    cause: str = ""
    published: list[Published] = field(default_factory=list, repr=False)
    errors: list[PluginError] = field(default_factory=list, repr=False)

    def __str__(self) -> str:
        title = f"plugin {self.distribution} {self.version}".rstrip()
        return f"{title} (entry point {self.entry_point!r})" if self.entry_point else title


def by_hand(thing: Any) -> tuple[str, Plugin]:
    """Return the plugin that registering a class, module or object makes, and the key under which it is replaced."""
    if isinstance(thing, type) and issubclass(thing, tuple(_KINDS)):
        hooks = SimpleNamespace(layerkit_classes=hookimpl(lambda: [thing]))
        return f"{origin_of(thing)}:{published_name(thing)}", Plugin(origin_of(thing), "", "", lambda: hooks)
    cls = thing if isinstance(thing, type) else type(thing)
    title = thing.__name__ if inspect.ismodule(thing) else f"{cls.__module__}.{cls.__qualname__}"
    return title, Plugin(title, "", "", lambda: thing)


def installed(path: list[str]) -> list[Plugin]:
    """Return the plugins of the distributions in the directories of a path."""
    from importlib.metadata import distributions  # slow to import, and built-in names need none of it

    found: dict[str, list[Plugin]] = {}
    for distribution in distributions(path=path):
        name = f"in {getattr(distribution, '_path', distribution)}"
        plugins = [Plugin(name, "", "", lambda: None)]
        with isolated(plugins[0], "reading its metadata"):
            # parsing the metadata of every distribution would take long
            if "[layerkit]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            name = normalized(distribution.metadata["Name"])
            entries = distribution.entry_points.select(group="layerkit")
            plugins = [Plugin(name, distribution.version, entry.name, entry.load) for entry in entries]
        found.setdefault(name, plugins)  # of two versions of a distribution, Python imports the first on the path
    return [plugin for name in sorted(found) for plugin in found[name]]


def load(manager: pluggy.PluginManager, plugin: Plugin, taken: dict[str, Published]) -> None:
    """Load a plugin and note the classes that its hooks publish, and what is wrong with any of them.

    `taken` has the classes of the plugins before it by qualified name, and receives its own.
    """
    with isolated(plugin, "loading it"):
        thing = plugin.load()
        if not manager.is_registered(thing):  # an installed module may be registered by hand as well
            manager.register(thing, name=str(id(thing)))
        callers = manager.get_hookcallers(thing)
        if not callers:
            raise PluginError(f"it has no hook; {_ADVICE}")
        for caller in callers:
            with isolated(plugin, f"its hook {caller.name}"):
                functions = [each.function for each in caller.get_hookimpls() if each.plugin is thing]
                plugin.published += _ask(plugin, caller.name, functions[0], taken)


@contextmanager
def isolated(plugin: Plugin, what: str) -> Iterator[None]:
    """Keep what is raised here from everything else, and note it as an error of the plugin."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: no plugin ends the program
        raised = f"{what} raised {type(error).__name__}: {TracebackException.from_exception(error)}"
        cause = str(error) if isinstance(error, PluginError) else " ".join(raised.split()).rstrip(".:")
        plugin.status, plugin.cause = "broken", f"{plugin.cause}; {cause}" if plugin.cause else cause
        plugin.errors.append(PluginError(f"{plugin} is broken: {cause}."))
        plugin.errors[-1].__cause__ = error


def _ask(plugin: Plugin, hook: str, function: Callable[[], Any], taken: dict[str, Published]) -> list[Published]:
    if hook not in _HOOKS:
        raise PluginError(f"unknown hook {hook!r}; {_ADVICE}")
    classes = function()
    if not isinstance(classes, list | tuple):
        raise PluginError(f"its hook {hook} must return a list of classes, but returned {classes!r}")
    return [_published(plugin, hook, cls, taken) for cls in classes]


def _published(plugin: Plugin, hook: str, cls: Any, taken: dict[str, Published]) -> Published:
    returned, bases = f"its hook {hook} returned {cls!r}, which", _HOOKS[hook]
    kind = next((kind for base, kind in bases.items() if isinstance(cls, type) and issubclass(cls, base)), None)
    if kind is None:
        raise PluginError(f"{returned} is no subclass of {' or '.join(f'layerkit.{base.__name__}' for base in bases)}")
    if inspect.isabstract(cls):
        raise PluginError(f"{returned} is abstract; write {', '.join(sorted(cls.__abstractmethods__))}")
    name = getattr(cls, "name", None) or cls.__name__
    if not isinstance(name, str) or not re.fullmatch(r"[^\s:]+", name):
        raise PluginError(f"{returned} has the name {name!r}; use a string without spaces and colons")
    origin = plugin.distribution, plugin.version, plugin.entry_point
    row = Published(name, f"{plugin.distribution}:{name}", kind, cls, *origin)
    other = taken.setdefault(row.qualified_name, row)
    if other.cls is not cls:
        raise PluginError(f"{returned} has the name {name!r}, as {other.cls!r} of the same distribution does")
    builtin = taken.get(f"layerkit:{name}", row)
    if builtin.kind == kind and builtin.cls is not cls:
        claim = f"{plugin} publishes the {kind} {name!r}, but a built-in {kind} has that name and keeps it"
        plugin.errors.append(PluginError(f"{claim}. Reach the plugin's as {row.qualified_name!r}."))
    record_origin(cls, plugin.distribution)
    return row


def errors_of(plugins: Iterable[Plugin]) -> list[PluginError]:
    """Return what is wrong with plugins; in strict mode, raise the first error."""
    errors = [error for plugin in plugins for error in plugin.errors]
    if errors and os.environ.get("LAYERKIT_STRICT_PLUGINS", "0") not in ("", "0"):
        raise errors[0]
    return errors


def normalized(name: str) -> str:
    """Return the name of a distribution as PEP 503 compares it."""
    check_kind("name", name, str)
    return re.sub(r"[-_.]+", "-", name).lower()

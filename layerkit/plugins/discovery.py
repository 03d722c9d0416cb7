"""Finding plugins and asking them what they publish, each in its own guard."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, NoReturn

import pluggy

from layerkit import hookspecs
from layerkit.errors import PluginError
from layerkit.layers.base import Layer, publishers

__all__ = ["Installed", "Plugin", "PluginFailure", "normalized", "title_of"]

_GROUP = "layerkit"


class Plugin:
    """A plugin: where it comes from, how to load it, and what it publishes (None until it is asked)."""

    def __init__(self, distribution: str, version: str, entry_point: str, load: Callable[[], object]) -> None:
        self.distribution = distribution
        self.version = version
        self.entry_point = entry_point
        self.load = load
        self.activations: tuple[type[Layer], ...] | None = None
        self.cause = ""  # why it publishes nothing

    @property
    def names(self) -> set[str]:
        """The bare names that it claims."""
        return {cls.name for cls in self.activations or ()}

    def ask(self, taken: dict[str, type[Layer]] | None = None) -> None:
        """Load the plugin and take what its hook returns; whatever goes wrong becomes a `PluginError`.

        `taken` is what the same distribution publishes by other entry points.
        """
        try:
            self.activations = _published(self.load(), taken or {})
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: no plugin ends the program
            self.activations, self.cause = (), _described(error)
            raise PluginError(f"{self} cannot be used: {self.cause}.") from error
        self.cause = ""
        for cls in self.activations:
            publishers.setdefault(cls, self.distribution)

    def __str__(self) -> str:
        return _title(self.distribution, self.version, self.entry_point)


@dataclass(frozen=True)
class PluginFailure:
    """An installed plugin that publishes nothing: which, whether it is broken or blocked, and why."""

    distribution: str
    version: str
    entry_point: str
    status: Literal["broken", "blocked"]
    cause: str

    def __str__(self) -> str:
        return _title(self.distribution, self.version, self.entry_point)


class Installed:
    """The plugins that are installed: looked for once, asked once, and not at all while blocked."""

    def __init__(self, path: list[str] | None = None) -> None:
        self._path = path
        self._plugins: list[Plugin] | None = None  # None until somebody needs them
        self._blocked: set[str] = set()

    def block(self, name: str) -> None:
        """Leave out the plugins of a distribution or entry point, all of them for ``"*"``."""
        self._blocked.add(normalized(name))

    def unblock(self, name: str) -> None:
        """Undo `block`."""
        self._blocked.discard(normalized(name))

    def ask(self) -> tuple[list[Plugin], list[PluginError]]:
        """Ask those that have not been asked; return them, and what is wrong with some."""
        if self._plugins is None:
            self._plugins = _scan(sys.path if self._path is None else self._path)
        asked, problems = [], []
        for plugin in self.usable():
            if plugin.activations is None:
                siblings = [other for other in self._plugins if other.distribution == plugin.distribution]
                try:
                    plugin.ask({cls.name: cls for other in siblings for cls in other.activations or ()})
                except PluginError as error:
                    problems.append(error)
                asked.append(plugin)
        return asked, problems

    def usable(self) -> list[Plugin]:
        """Return those that are not blocked."""
        return [plugin for plugin in self._plugins or () if not self._blocker(plugin)]

    def failures(self) -> list[PluginFailure]:
        """Return those that publish nothing, and why."""
        failures = []
        for plugin in self._plugins or ():
            blocker, origin = self._blocker(plugin), (plugin.distribution, plugin.version, plugin.entry_point)
            if blocker:
                failures.append(PluginFailure(*origin, "blocked", f"blocked by {blocker}"))
            elif plugin.cause:
                failures.append(PluginFailure(*origin, "broken", plugin.cause))
        return failures

    def _blocker(self, plugin: Plugin) -> str:
        names = {"*", plugin.distribution, normalized(plugin.entry_point)} - {""}
        if names & self._blocked:
            return "layerkit.block"
        variable = os.environ.get("LAYERKIT_DISABLE_PLUGINS", "").split(",")
        return "LAYERKIT_DISABLE_PLUGINS" if names & {normalized(name.strip()) for name in variable} else ""


def normalized(name: str) -> str:
    """Return the name of a distribution as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def title_of(plugin: object) -> str:
    """Return what a plugin that is not installed is called: its module or class, or the class of the object."""
    if inspect.ismodule(plugin):
        return plugin.__name__
    return _path(plugin if isinstance(plugin, type) else type(plugin))


def _scan(path: list[str]) -> list[Plugin]:
    from importlib.metadata import distributions  # slow to import, and only who uses a plugin should wait for it

    found: dict[str, list[Plugin]] = {}
    for distribution in distributions(path=path):
        name = ""
        try:
            # only the names of plugins are needed: to read those of all distributions takes long
            if f"[{_GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            metadata = distribution.metadata  # parsed anew at each access
            name, version = normalized(metadata["Name"]), metadata["Version"]
            plugins = [
                Plugin(name, version, entry_point.name, entry_point.load)
                for entry_point in distribution.entry_points.select(group=_GROUP)
            ]
        except Exception as error:
            name = name or f"in {distribution.locate_file('')}"
            fault = PluginError(f"its metadata cannot be read: {_described(error)}")
            plugins = [Plugin(name, "", "", partial(_fail, fault))]
        found.setdefault(name, plugins)  # the first on the path is the one that gets imported
    return [plugin for name in sorted(found) for plugin in found[name]]


def _published(plugin: object, taken: dict[str, type[Layer]]) -> tuple[type[Layer], ...]:
    # a manager of its own: no wrapper, clash or fault of one plugin reaches another
    manager = pluggy.PluginManager("layerkit")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        what = " ".join(str(error).split())
        raise PluginError(f"{what}; the hook is layerkit_activations(), without arguments") from error
    hook = manager.hook.layerkit_activations
    if not hook.get_hookimpls():
        raise PluginError("it has no hook; define layerkit_activations() and mark it with @layerkit.hookimpl")
    try:
        answers = hook() or [None]  # pluggy leaves None out
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"its hook layerkit_activations raised {_described(error)}") from error

    classes: dict[str, type[Layer]] = {}
    for answer in answers:
        if not isinstance(answer, list | tuple):
            raise PluginError(f"its hook layerkit_activations must return a list of classes, but returned {answer!r}")
        for cls in map(_checked, answer):
            other = (taken | classes).get(cls.name, cls)
            if other is not cls:
                raise PluginError(f"its distribution publishes {cls.name!r} twice, as {_path(other)} and {_path(cls)}")
            classes[cls.name] = cls
    return tuple(classes.values())


def _checked(cls: object) -> type[Layer]:
    returned = "its hook layerkit_activations must return classes of activations, but returned"
    if not isinstance(cls, type):
        fix = f"; return the class, {type(cls).__name__}, itself" if isinstance(cls, Layer) else ""
        raise PluginError(f"{returned} {cls!r}{fix}")
    if not issubclass(cls, Layer):
        raise PluginError(f"{returned} {_path(cls)}, which is no subclass of layerkit.Activation or layerkit.Layer")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(cls.__abstractmethods__))
        raise PluginError(f"{returned} {_path(cls)}, which is abstract; write {missing}")
    if not isinstance(cls.name, str) or not re.fullmatch(r"[^\s:]+", cls.name):
        raise PluginError(
            f"{returned} {_path(cls)}, whose name is {cls.name!r}; set `name` to a string without blanks and colons"
        )
    return cls


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _title(distribution: str, version: str, entry_point: str) -> str:
    return f"plugin {distribution} {version}".rstrip() + (f" (entry point {entry_point!r})" if entry_point else "")


def _described(error: BaseException) -> str:
    if isinstance(error, PluginError):
        return str(error)
    try:
        return f"{type(error).__name__}: {error}".removesuffix(": ").rstrip(".")
    except Exception:  # an error whose text is an error
        return type(error).__name__


def _fail(error: Exception) -> NoReturn:
    raise error

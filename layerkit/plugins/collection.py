"""The plugins in use: built in, installed, or registered by hand, without those that are disabled."""

import os
import sys
import threading
import warnings
from dataclasses import replace
from typing import TypeVar

import pluggy

from layerkit.errors import ConfigError, PluginError, PluginWarning, StateError
from layerkit.plugins import builtin, hookspecs
from layerkit.plugins.discovery import by_hand, installed, load
from layerkit.plugins.names import Published, UnusedPlugin, checked, normalized

__all__ = ["PluginCollection"]

T = TypeVar("T")


class PluginCollection:
    """The plugins in use, each of which is loaded once.

    Parameters
    ----------
    path : list of str, optional
        The directories to search for installed plugins; ``sys.path`` by default.
    """

    def __init__(self, path: list[str] | None = None) -> None:
        self._path, self._lock = path, threading.RLock()
        self._manager = pluggy.PluginManager("layerkit")
        self._manager.add_hookspecs(hookspecs)
        origin = UnusedPlugin("layerkit", sys.modules["layerkit"].__version__, "builtin")
        self._builtin, _, _ = load(self._manager, origin, lambda: builtin, [])
        self._registered: dict[str, tuple[object, list[Published]]] = {}
        self._installed: list[Published] | None = None  # None until a name is looked up that is not built in
        self._unused: list[UnusedPlugin] = []
        self._known: dict[tuple[str, str], type] = {}  # the names looked up since plugins changed

    def register(self, plugin: T) -> T:
        """Publish a class, or add a plugin, without installing a package.

        As a decorator it publishes the class that follows: an `Activation` as an activation, and any other
        `Layer`, `Loss`, `Optimizer` or `Initializer` as what its base class says. Its qualified name is
        ``"module:name"``. Running a notebook cell again replaces the earlier class or plugin.

        Parameters
        ----------
        plugin : type, module or object
            A class to publish, or anything with functions named as the hooks and marked with `hookimpl`.

        Returns
        -------
        type, module or object
            The argument itself.

        Raises
        ------
        PluginError
            If the class is abstract or has an unsuitable name; if a hook is missing, misspelt, raises, or
            returns anything but a list of classes; or if the plugin that it replaces publishes more names.

        Examples
        --------
        >>> import numpy as np
        >>> import layerkit as lk
        >>> @lk.register
        ... class Square(lk.Activation):
        ...     name = "square"
        ...     def function(self, z):
        ...         return z**2
        ...     def derivative(self, z):
        ...         return 2 * z
        >>> lk.activation("square").forward(np.array([3.0]))
        array([9.])
        >>> lk.unregister(Square)
        """
        key, distribution, hooks = by_hand(plugin)
        with self._lock:
            old, before = self._registered.get(key, (hooks, []))
            others = self._published(without=key)
            rows, cause, errors = load(self._manager, UnusedPlugin(distribution), lambda: hooks, others)
            lost = sorted({row.name for row in before} - {row.name for row in rows})
            if lost and not cause:
                clash = f"the {key} that is registered publishes {lost}, and this one does not"
                errors = [PluginError(f"{clash}. Call layerkit.unregister(plugin) first, with either of the two.")]
            if lost or cause:
                raise errors[0]
            if old is not hooks:
                self._manager.unregister(old)
            self._registered[key] = hooks, rows
            self._known.clear()
        for error in errors:
            warnings.warn(str(error), PluginWarning, stacklevel=2)
        return plugin

    def unregister(self, plugin: object) -> None:
        """Remove a class or plugin that was registered.

        Parameters
        ----------
        plugin : type, module or object
            The argument of `register`, or a later definition of the same name.

        Raises
        ------
        StateError
            If it is not registered.
        """
        key, *_ = by_hand(plugin)
        with self._lock:
            if key not in self._registered:
                known = ", ".join(self._registered) or "nothing"
                advice = "To do without an installed plugin, call layerkit.disable_plugin(name)."
                raise StateError(f"{key} is not registered, only {known} is. {advice}")
            self._manager.unregister(self._registered.pop(key)[0])
            self._known.clear()

    def disable_plugin(self, name: str) -> None:
        """Do without an installed plugin: it is not loaded, or its classes are no longer found by name.

        Built-in and registered classes are not affected.

        Parameters
        ----------
        name : str
            The name of the distribution or of the entry point; ``"*"`` for all installed plugins. The
            environment variable LAYERKIT_DISABLE_PLUGINS takes several, separated by commas.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.disable_plugin("layerkit-gelu")
        >>> lk.enable_plugin("layerkit-gelu")
        """
        with self._lock:
            self._manager.set_blocked(normalized(checked(name)))
            self._installed = None
            self._known.clear()

    def enable_plugin(self, name: str) -> None:
        """Undo `disable_plugin`. Plugins named in LAYERKIT_DISABLE_PLUGINS stay disabled.

        Parameters
        ----------
        name : str
            The name given to `disable_plugin`.
        """
        with self._lock:
            self._manager.unblock(normalized(checked(name)))
            self._installed = None
            self._known.clear()

    def list_unused_plugins(self) -> list[UnusedPlugin]:
        """List the installed plugins that are disabled, or broken, altogether or in part.

        Returns
        -------
        list of UnusedPlugin
            Distribution, version, entry point, status and cause of each.

        Raises
        ------
        PluginError
            If a plugin is broken, and the environment variable LAYERKIT_STRICT_PLUGINS is 1.
        """
        with self._lock:
            self._load_installed(stacklevel=3)
            return list(self._unused)

    def require_plugins(self, *requirements: str) -> None:
        """Check that plugins are installed in the right version and in use.

        Parameters
        ----------
        *requirements : str
            Requirements such as ``"layerkit-gelu>=1.0"``, as pip takes them.

        Raises
        ------
        PluginError
            If a requirement is not met. The error lists what is expected, what is installed, and what is missing.
        ConfigError
            If a requirement is malformed.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.require_plugins("layerkit>=0.1")
        """
        from packaging.requirements import InvalidRequirement, Requirement  # only a program that calls this needs it

        with self._lock:
            self._load_installed(stacklevel=3)
            found = {row.distribution: UnusedPlugin(row.distribution, row.version) for row in self._published()}
            found |= {plugin.distribution: plugin for plugin in self._unused}
        problems = []
        for text in requirements:
            try:
                requirement = Requirement(text)
            except (InvalidRequirement, TypeError) as error:
                raise ConfigError(f"{text!r} is no requirement such as 'layerkit-gelu>=1.0': {error}") from None
            plugin = found.get(normalized(requirement.name))
            if plugin is None:
                problems.append(f"{text} (missing)")
            elif not requirement.specifier.contains(plugin.version, prereleases=True):
                problems.append(f"{text} (installed: {plugin.version})")
            elif plugin.cause:
                problems.append(f"{text} (installed: {plugin.version}, {plugin.status}: {plugin.cause})")
        if problems:
            advice = "Install what is missing or of another version with pip, and enable or repair the others."
            raise PluginError(f"required plugins cannot be used: {'; '.join(problems)}. {advice}")

    def _load_installed(self, stacklevel: int) -> None:
        if self._installed is not None:
            return
        # until all are loaded, none is found: the order of loading makes no difference
        self._installed, errors = [], list[PluginError]()
        rows, unused = list[Published](), list[UnusedPlugin]()
        variable = {normalized(name.strip()) for name in os.environ.get("LAYERKIT_DISABLE_PLUGINS", "").split(",")}
        try:
            for origin, find in installed(sys.path if self._path is None else self._path):
                names = {"*", origin.distribution, normalized(origin.entry_point)} - {""}
                if names & variable or any(map(self._manager.is_blocked, names)):
                    by = "LAYERKIT_DISABLE_PLUGINS" if names & variable else "layerkit.disable_plugin"
                    unused.append(replace(origin, status="disabled", cause=f"disabled by {by}"))
                    continue
                published, cause, problems = load(self._manager, origin, find, [*self._published(), *rows])
                rows += published
                errors += problems
                unused += [replace(origin, cause=cause)] if cause else []
        except BaseException:
            self._installed = None  # the next look-up starts over
            raise
        self._installed, self._unused = rows, unused
        self._known.clear()
        for error in errors:  # last, because a filter may turn a warning into an exception
            warnings.warn(str(error), PluginWarning, stacklevel=stacklevel)

    def _published(self, without: str = "") -> list[Published]:
        registered = [row for key, (_, rows) in self._registered.items() if key != without for row in rows]
        return [*self._builtin, *(self._installed or ()), *registered]

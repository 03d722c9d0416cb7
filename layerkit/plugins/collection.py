"""The plugins in use: built in, installed, or registered by hand, without those that are disabled."""

import os
import sys
import threading
import warnings
from typing import TypeVar

import pluggy

from layerkit.errors import ConfigError, PluginError, PluginWarning, StateError
from layerkit.plugins import builtin, hookspecs
from layerkit.plugins.plugin import Plugin, Published, by_hand, errors_of, installed, load, normalized

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
        self._builtin = Plugin("layerkit", sys.modules["layerkit"].__version__, "builtin", lambda: builtin)
        self._taken: dict[str, Published] = {}  # the built-in classes, whose names no other takes
        load(self._manager, self._builtin, self._taken)
        self._installed: list[Plugin] | None = None  # None until a name is looked up that is not built in
        self._registered: dict[str, Plugin] = {}

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
            If the class is abstract or has an unsuitable name; or if a hook is missing, misspelt, raises, or
            returns anything but a list of classes.

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
        key, added = by_hand(plugin)
        with self._lock:
            load(self._manager, added, dict(self._taken))
            errors = errors_of([added])
            if added.cause:
                raise errors[0]
            replaced = self._registered.get(key, added).load()
            if replaced is not added.load():
                self._manager.unregister(replaced)
            self._registered[key] = added
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
        key, _ = by_hand(plugin)
        with self._lock:
            if key not in self._registered:
                known = f"{key} is not registered, only {', '.join(self._registered) or 'nothing'} is"
                raise StateError(f"{known}. To do without an installed plugin, call layerkit.disable_plugin(name).")
            self._manager.unregister(self._registered.pop(key).load())

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
            self._manager.set_blocked(normalized(name))
            self._installed = None

    def enable_plugin(self, name: str) -> None:
        """Undo `disable_plugin`. Plugins named in LAYERKIT_DISABLE_PLUGINS stay disabled.

        Parameters
        ----------
        name : str
            The name given to `disable_plugin`.
        """
        with self._lock:
            self._manager.unblock(normalized(name))
            self._installed = None

    def list_unused_plugins(self) -> list[Plugin]:
        """List the installed plugins that are disabled, or broken, altogether or in part.

        Returns
        -------
        list of Plugin
            Distribution, version, entry point, status and cause of each.

        Raises
        ------
        PluginError
            If a plugin is broken, and the environment variable LAYERKIT_STRICT_PLUGINS is 1.

        Examples
        --------
        >>> from layerkit.plugins import list_unused_plugins
        >>> for plugin in list_unused_plugins():
        ...     print(plugin.distribution, plugin.status, plugin.cause)
        """
        return [plugin for plugin in self._plugins() if plugin.cause]

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

        # of a distribution's plugins, one that is not in use comes last and is the one that is found
        plugins = {plugin.distribution: plugin for plugin in sorted(self._plugins(), key=lambda plugin: plugin.cause)}
        problems = []
        for text in requirements:
            try:
                requirement = Requirement(text)
            except (InvalidRequirement, TypeError) as error:
                raise ConfigError(f"{text!r} is no requirement such as 'layerkit-gelu>=1.0': {error}") from None
            plugin = plugins.get(normalized(requirement.name))
            state = f"installed: {plugin.version}; {plugin.cause}".rstrip("; ") if plugin else "missing"
            if not plugin or plugin.cause or not requirement.specifier.contains(plugin.version, prereleases=True):
                problems.append(f"{text} ({state})")
        if problems:
            advice = "Install what is missing or of another version with pip, and enable or repair the others."
            raise PluginError(f"required plugins cannot be used: {'; '.join(problems)}. {advice}")

    def _plugins(self, stacklevel: int = 3) -> list[Plugin]:
        with self._lock:
            if self._installed is not None:
                return [self._builtin, *self._installed]
            self._installed = []  # until all are loaded, none is found: the order of loading makes no difference
            variable = set(map(normalized, os.environ.get("LAYERKIT_DISABLE_PLUGINS", "").replace(",", " ").split()))
            try:
                plugins, taken = installed(sys.path if self._path is None else self._path), dict(self._taken)
                for plugin in plugins:
                    names = {"*", plugin.distribution, normalized(plugin.entry_point)}
                    if names & variable or any(map(self._manager.is_blocked, names)):
                        by = "LAYERKIT_DISABLE_PLUGINS" if names & variable else "layerkit.disable_plugin"
                        plugin.status, plugin.cause = "disabled", f"disabled by {by}"
                    elif plugin.status == "ok":
                        load(self._manager, plugin, taken)
                errors = errors_of(plugins)
            except BaseException:
                self._installed = None  # the next look-up starts over
                raise
            self._installed = plugins
        for error in errors:  # last, because a filter may turn a warning into an exception
            warnings.warn(str(error), PluginWarning, stacklevel=stacklevel)
        return [self._builtin, *plugins]

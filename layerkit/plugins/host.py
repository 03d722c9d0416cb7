"""Activations by name, whether built in, installed or registered.

Nothing is loaded before the first look-up, and no installed package is looked at before the first look-up
of a name that is not built in.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from functools import partial
from importlib import import_module
from typing import Any

from layerkit.plugins.discovery import Installed, Plugin, PluginFailure, normalized, title_of
from layerkit.errors import ConfigError, PluginError, PluginWarning, StateError
from layerkit.layers.base import Layer
from layerkit.plugins.names import ActivationInfo, Names, option_error

__all__ = ["Registry", "activation", "activations", "block", "failures", "register", "unblock", "unregister"]


class Registry:
    """All activations that are built in, installed or registered.

    The functions of this module are the methods of one such object; a test can make its own.

    Parameters
    ----------
    path : list of str, optional
        The directories where installed plugins are looked for; ``sys.path`` by default.
    """

    def __init__(self, path: list[str] | None = None) -> None:
        self._lock = threading.RLock()
        self._builtin = Plugin("layerkit", "", "builtin", partial(import_module, "layerkit.plugins.builtin"))
        self._installed = Installed(path)
        self._registered: dict[str, Plugin] = {}
        self._discovered = False  # whether every installed plugin that is not blocked has been asked
        self._names = Names(self._builtin, (), complete=False)
        self._classes: dict[str, type[Layer]] = {}  # what the names stand for, here for speed

    def activation(self, name: str, /, **options: Any) -> Layer:
        """Make an activation by its name.

        The first look-up of a name that is not built in loads the plugins that are installed; a
        `PluginWarning` names each that cannot be used.

        Parameters
        ----------
        name : str
            A bare name such as ``"relu"``, or ``"distribution:name"``.
        **options
            Arguments of the class.

        Returns
        -------
        Layer
            A new object.

        Raises
        ------
        UnknownActivationError
            If nothing of that name is installed. It names the plugins that cannot be used.
        AmbiguousActivationError
            If several distributions publish the bare name.
        ConfigError
            If the class does not take the options.
        PluginError
            In place of the warning, with LAYERKIT_STRICT_PLUGINS=1 in the environment.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.activation("leaky_relu", negative_slope=0.1)
        LeakyReLU(negative_slope=0.1)
        """
        cls = self._classes.get(name) if isinstance(name, str) else None
        if cls is None:
            cls = self._find(name)
        try:
            return cls(**options)
        except TypeError:
            mismatch = option_error(name, cls, options)
            if mismatch is None:
                raise
            raise mismatch from None

    def activations(self) -> list[ActivationInfo]:
        """List all activations: those built in, then those of installed and of registered plugins.

        Returns
        -------
        list of ActivationInfo
            Name, class, distribution, version and status of each.

        Raises
        ------
        PluginError
            If a plugin cannot be used, with LAYERKIT_STRICT_PLUGINS=1 in the environment.

        Examples
        --------
        >>> import layerkit as lk
        >>> info = lk.activations()[1]
        >>> info.name, info.qualified_name, info.status
        ('relu', 'layerkit:relu', 'ok')
        """
        with self._lock:
            self._discover(stacklevel=3)
            return list(self._names.infos)

    def failures(self) -> list[PluginFailure]:
        """List the installed plugins that are broken or blocked.

        Returns
        -------
        list of PluginFailure
            Distribution, version, entry point, status and cause of each.
        """
        with self._lock:
            self._discover(stacklevel=3)
            return self._installed.failures()

    def register(self, plugin: object) -> None:
        """Add a plugin that is not installed, as in a notebook or a test.

        In full, its activations are called ``"module:name"`` or ``"module.Class:name"``. Another plugin
        of that module or class is replaced, so that a cell can be run again.

        Parameters
        ----------
        plugin : module, class or object
            What has a function ``layerkit_activations`` marked with `hookimpl`.

        Raises
        ------
        PluginError
            If the hook is missing, misspelt, raises, or returns something else than activation classes;
            or if the plugin that it replaces publishes more.

        Examples
        --------
        >>> import numpy as np
        >>> import layerkit as lk
        >>> class Square(lk.Activation):
        ...     name = "square"
        ...     def function(self, z):
        ...         return z**2
        ...     def derivative(self, z):
        ...         return 2 * z
        >>> class SquarePlugin:
        ...     @staticmethod
        ...     @lk.hookimpl
        ...     def layerkit_activations():
        ...         return [Square]
        >>> lk.register(SquarePlugin)
        >>> lk.activation("square").forward(np.array([3.0]))
        array([9.])
        >>> lk.unregister(SquarePlugin)
        """
        title = title_of(plugin)
        new = Plugin(title, "", "", lambda: plugin)
        new.ask()
        with self._lock:
            self._index()
            old = self._registered.get(title)
            lost = old.names - new.names if old else ()
            if lost:
                raise PluginError(
                    f"another {title} is registered, and publishes {', '.join(map(repr, sorted(lost)))}, which this "
                    f"one does not. Call layerkit.unregister(plugin) first, with either of the two."
                )
            problems = self._names.shadowed(new)
            if problems and _is_strict():
                raise problems[0]
            self._registered[title] = new
            self._index()
        for problem in problems:
            warnings.warn(str(problem), PluginWarning, stacklevel=2)

    def unregister(self, plugin: object) -> None:
        """Remove a plugin that was registered.

        Parameters
        ----------
        plugin : module, class or object
            What was registered, or another definition of that name.

        Raises
        ------
        StateError
            If it is not registered.
        """
        with self._lock:
            if self._registered.pop(title_of(plugin), None) is None:
                raise StateError(
                    f"{title_of(plugin)} is not registered, only {', '.join(self._registered) or 'nothing'} is. "
                    f"To do without an installed plugin, call layerkit.block(name)."
                )
            self._index()

    def block(self, name: str) -> None:
        """Do without an installed plugin: it is not loaded, and where it was, its activations are gone.

        Parameters
        ----------
        name : str
            The name of the distribution or of the entry point, ``"*"`` for all that are installed. The
            environment variable LAYERKIT_DISABLE_PLUGINS takes several, with commas between them.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.block("layerkit-gelu")
        >>> lk.unblock("layerkit-gelu")
        """
        _check_name(name, "layerkit-gelu")
        with self._lock:
            self._installed.block(name)
            self._index()

    def unblock(self, name: str) -> None:
        """Undo `block`. What LAYERKIT_DISABLE_PLUGINS names stays blocked.

        Parameters
        ----------
        name : str
            What `block` was called with.
        """
        _check_name(name, "layerkit-gelu")
        with self._lock:
            self._installed.unblock(name)
            self._discovered = False
            self._index()

    def _find(self, name: str) -> type[Layer]:
        _check_name(name, "relu")
        with self._lock:
            if not self._classes:
                self._index()
            if name not in self._classes:
                self._discover(stacklevel=4)
            distribution, _, bare = name.rpartition(":")
            cls = self._classes.get(name) or self._classes.get(f"{normalized(distribution)}:{bare}")
            if cls is None:
                raise self._names.missing(name, self._installed.failures())
            self._classes[name] = cls
            return cls

    def _discover(self, stacklevel: int) -> None:
        if self._discovered:
            return
        self._discovered = True  # at once: a plugin that looks names up while it is loaded must not load others
        try:
            self._index()
            asked, problems = self._installed.ask()
            problems += [problem for plugin in asked for problem in self._names.shadowed(plugin)]
            if problems and _is_strict():
                for plugin in asked:
                    plugin.activations = None
                raise problems[0]
            self._index()
        except BaseException:
            self._discovered = False
            raise
        for problem in problems:  # when all is done, because a filter may turn a warning into an error
            warnings.warn(str(problem), PluginWarning, stacklevel=stacklevel)

    def _index(self) -> None:
        # plugins came or went: work out anew what the names stand for
        if self._builtin.activations is None:
            self._builtin.ask()
            self._builtin.version = sys.modules["layerkit"].__version__  # the package's top imports this module
        others = [*self._installed.usable(), *self._registered.values()]
        self._names = Names(self._builtin, others, complete=self._discovered)
        self._classes = self._names.classes


def _check_name(name: object, example: str) -> None:
    if not isinstance(name, str):
        raise ConfigError(f"name must be a string such as {example!r}, got {name!r}.")


def _is_strict() -> bool:
    return os.environ.get("LAYERKIT_STRICT_PLUGINS", "") not in ("", "0")


_registry = Registry()

activation = _registry.activation
activations = _registry.activations
block = _registry.block
failures = _registry.failures
register = _registry.register
unblock = _registry.unblock
unregister = _registry.unregister

"""Classes by name, whether built in, installed or registered.

No installed package is looked at before the first look-up of a name that is not built in.
"""

import inspect
from typing import Any, cast

from layerkit.errors import ConfigError
from layerkit.layers.base import Layer
from layerkit.losses import Loss
from layerkit.optimizers import Optimizer
from layerkit.plugins.collection import PluginCollection
from layerkit.plugins.names import ANY, ambiguous, claims, unknown, with_status
from layerkit.plugins.plugin import Published


class Host(PluginCollection):
    """The plugins in use, and what they publish by name.

    The functions of `layerkit.plugins` are the methods of one such object; a test can make its own.

    Parameters
    ----------
    path : list of str, optional
        The directories to search for installed plugins; ``sys.path`` by default.
    """

    def activation(self, name: str, /, **options: Any) -> Layer:
        """Make an activation by its name.

        The first look-up of a name that is not built in loads the installed plugins; a `PluginWarning`
        names each one that cannot be used.

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
            If no activation has this name. The error names the plugins that are broken or disabled.
        AmbiguousNameError
            If several distributions publish the bare name.
        ConfigError
            If the class does not take the options.
        PluginError
            Instead of the warning, if the environment variable LAYERKIT_STRICT_PLUGINS is 1.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.activation("leaky_relu", negative_slope=0.1)
        LeakyReLU(negative_slope=0.1)
        """
        return cast(Layer, make(self._class("activation", name), **options))

    def layer(self, name: str, /, *args: Any, **options: Any) -> Layer:
        """Make a layer by its name, as `activation` makes an activation.

        Parameters
        ----------
        name : str
            A bare name such as ``"Dense"``, or ``"distribution:name"``.
        *args, **options
            Arguments of the class.

        Returns
        -------
        Layer
            A new object.

        Raises
        ------
        UnknownNameError
            If no layer has this name.
        AmbiguousNameError, ConfigError, PluginError
            As in `activation`.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.layer("Dense", 4, 8)
        Dense(4, 8)
        """
        return cast(Layer, make(self._class("layer", name), *args, **options))

    def loss(self, name: str, /, *args: Any, **options: Any) -> Loss:
        """Make a loss by its name.

        Parameters
        ----------
        name : str
            A bare name such as ``"MSELoss"``, or ``"distribution:name"``.
        *args, **options
            Arguments of the class.

        Returns
        -------
        Loss
            A new object.

        Raises
        ------
        UnknownNameError
            If no loss has this name.
        AmbiguousNameError, ConfigError, PluginError
            As in `activation`.

        Examples
        --------
        >>> import layerkit as lk
        >>> lk.loss("MSELoss", reduction="sum")
        MSELoss(reduction='sum')
        """
        return cast(Loss, make(self._class("loss", name), *args, **options))

    def optimizer(self, name: str, model: Layer, /, *args: Any, **options: Any) -> Optimizer:
        """Make an optimizer by its name.

        Parameters
        ----------
        name : str
            A bare name such as ``"Adam"``, or ``"distribution:name"``.
        model : Layer
            The network whose parameters the optimizer updates.
        *args, **options
            Further arguments of the class.

        Returns
        -------
        Optimizer
            A new object.

        Raises
        ------
        UnknownNameError
            If no optimizer has this name.
        AmbiguousNameError, ConfigError, PluginError
            As in `activation`.

        Examples
        --------
        >>> import layerkit as lk
        >>> model = lk.Sequential(lk.Dense(4, 1), rng=0)
        >>> lk.optimizer("Adam", model, learning_rate=0.01).learning_rate
        0.01
        """
        return cast(Optimizer, make(self._class("optimizer", name), model, *args, **options))

    def find_class(self, name: str) -> type[Any]:
        """Return the class of a name, of whatever kind, without making an object of it.

        Parameters
        ----------
        name : str
            A bare name such as ``"relu"`` or ``"Dense"``, or ``"distribution:name"``. A built-in class comes
            before any other of its bare name.

        Returns
        -------
        type
            The class.

        Raises
        ------
        UnknownNameError
            If no class has this name.
        AmbiguousNameError, PluginError
            As in `activation`.
        """
        return self._class(ANY, name)

    def list_activations(self) -> list[Published]:
        """List all activations: the built-in ones, those of installed plugins, and the registered ones.

        Returns
        -------
        list of Published
            Name, class, distribution, version and status of each.

        Raises
        ------
        PluginError
            If a plugin cannot be used, and the environment variable LAYERKIT_STRICT_PLUGINS is 1.

        Examples
        --------
        >>> import layerkit as lk
        >>> relu = lk.list_activations()[1]
        >>> relu.name, relu.qualified_name, relu.status
        ('relu', 'layerkit:relu', 'ok')
        """
        return [row for row in self._listed() if row.kind == "activation"]

    def list_classes(self) -> list[Published]:
        """List all layers, losses, optimizers and initializers, in the order of `list_activations`.

        Returns
        -------
        list of Published
            Name, kind, class, distribution, version and status of each.

        Raises
        ------
        PluginError
            If a plugin cannot be used, and the environment variable LAYERKIT_STRICT_PLUGINS is 1.

        Examples
        --------
        >>> import layerkit as lk
        >>> [row.name for row in lk.list_classes() if row.kind == "optimizer" and row.distribution == "layerkit"]
        ['SGD', 'Adam', 'AdamW']
        """
        return [row for row in self._listed() if row.kind != "activation"]

    def _class(self, kind: str, name: str) -> type[Any]:
        found = claims(self._builtin.published, kind, name) or claims(self._rows(), kind, name)
        if len(found) > 1:
            raise ambiguous(kind, name, found)
        if not found:
            raise unknown(kind, name, self._rows(), self._plugins())
        return found[0].cls

    def _listed(self) -> list[Published]:
        rows = self._rows()
        return [with_status(row, rows) for row in rows]

    def _rows(self) -> list[Published]:
        with self._lock:
            plugins = [*self._plugins(stacklevel=5), *self._registered.values()]
        return [row for plugin in plugins for row in plugin.published]


def make(cls: type[Any], /, *arguments: Any, **options: Any) -> Any:
    """Return a new object of a class that was found by its name."""
    signature = inspect.signature(cls)
    try:
        signature.bind(*arguments, **options)
    except TypeError as error:
        raise ConfigError(f"{cls.__name__}({', '.join(signature.parameters)}) cannot be made: {error}.") from None
    return cls(*arguments, **options)

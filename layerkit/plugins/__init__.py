"""Plugins: classes by name, whether built in, installed or registered."""

from layerkit.plugins.hookspecs import hookimpl, hookspec
from layerkit.plugins.host import Host
from layerkit.plugins.names import Published, UnusedPlugin

__all__ = ["Host", "Published", "UnusedPlugin", "hookimpl", "hookspec"]
__all__ += ["activation", "find_class", "initializer", "layer", "list_activations", "list_classes", "loss", "optimizer"]
__all__ += ["disable_plugin", "enable_plugin", "list_unused_plugins", "register", "require_plugins", "unregister"]

_host = Host()

activation, layer, loss = _host.activation, _host.layer, _host.loss
optimizer, initializer, find_class = _host.optimizer, _host.initializer, _host.find_class
list_activations, list_classes, list_unused_plugins = (
    _host.list_activations,
    _host.list_classes,
    _host.list_unused_plugins,
)
disable_plugin, enable_plugin, require_plugins = _host.disable_plugin, _host.enable_plugin, _host.require_plugins
register, unregister = _host.register, _host.unregister

"""Plugins: classes by name, whether built in, installed or registered."""

from layerkit.plugins.hookspecs import hookimpl as hookimpl
from layerkit.plugins.host import Host as Host
from layerkit.plugins.plugin import Plugin as Plugin
from layerkit.plugins.plugin import Published as Published

_host = Host()

activation, layer, loss, optimizer = _host.activation, _host.layer, _host.loss, _host.optimizer
find_class, list_activations, list_classes = _host.find_class, _host.list_activations, _host.list_classes
disable_plugin, enable_plugin = _host.disable_plugin, _host.enable_plugin
list_unused_plugins, require_plugins = _host.list_unused_plugins, _host.require_plugins
register, unregister = _host.register, _host.unregister

"""What a plugin may use of layerkit: the names that are documented."""

import ast
import importlib

import layerkit as lk

# The modules whose public names are documented for authors of plugins, besides layerkit itself.
MODULES = {f"layerkit.{name}" for name in ("activations", "errors", "initializers", "testing", "validation")}


def undocumented_names(source):
    """Return what a source uses of layerkit that is not documented, as "line N: name"."""
    found, aliases = [], set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "layerkit":
                    aliases.add(alias.asname or alias.name)
                elif alias.name.startswith("layerkit.") and alias.name not in MODULES:
                    found.append((node.lineno, alias.name))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "layerkit":
            found += [
                (node.lineno, f"{node.module}.{a.name}") for a in node.names if not _is_public(node.module, a.name)
            ]
        elif isinstance(node, ast.ImportFrom) and node.level > 1:
            found.append((node.lineno, "." * node.level + (node.module or "")))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            path = _path(node)
            if path[:1] and path[0] in aliases and not _is_reachable(path[1:]):
                found.append((node.lineno, ".".join(["layerkit", *path[1:]])))
    return [f"line {line}: {name}" for line, name in sorted(set(found))]


def _is_public(module, name):
    if f"{module}.{name}" in MODULES:
        return True
    return module in {"layerkit", *MODULES} and name in importlib.import_module(module).__all__


def _path(node):
    # ["lk", "errors", "ConfigError"] for lk.errors.ConfigError; [] where it does not start with a name
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def _is_reachable(names):
    if names[0] == "__version__":
        return True
    if f"layerkit.{names[0]}" in MODULES:
        return len(names) == 1 or _is_public(f"layerkit.{names[0]}", names[1])
    return names[0] in lk.__all__

"""Sphinx configuration: everything is built, and can be read, without a network."""

import doctest
import inspect
import re
import sys
from dataclasses import is_dataclass
from pathlib import Path

from docutils import nodes
from numpydoc.xref import DEFAULT_LINKS
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import layerkit
import layerkit.activations
import layerkit.datasets
import layerkit.plots
import layerkit.plugins
import layerkit.testing
import layerkit.tracing

sys.path.insert(0, str(Path(__file__).parent / "_ext"))  # the project's own extensions

project = "layerkit"
author = "The layerkit developers"
copyright = f"2026, {author}"
version = release = layerkit.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx-mathjax-offline",  # MathJax in the built pages, so that formulas need no network
    "numpydoc",
    "myst_parser",  # the pages of the plugins are in their own folders, in Markdown
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "results",
    "activation_gallery",
    "package_table",
    "front_picture",
]
exclude_patterns = ["_build", "examples"]  # the examples become pages in learn
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"layerkit {release}"
html_copy_source = False
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]

default_role = "py:obj"
nitpick_ignore = [("py:class", "abc.ABC"), ("py:class", "collections.abc.Mapping")]  # Python's, named as bases
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say the types, with the shapes that hints cannot say
autosummary_generate = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
trim_doctest_flags = True
doctest_test_doctest_blocks = "default"
doctest_default_flags = doctest.NORMALIZE_WHITESPACE | doctest.DONT_ACCEPT_TRUE_FOR_1  # messages count

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "learn",
    "filename_pattern": r"\.py$",  # every example runs,
    "run_stale_examples": True,  # at every build: what an example says may change without the example,
    "abort_on_example_error": True,  # and an error is one of the build
    "copyfile_regex": r"index\.rst",
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("matplotlib", "pictures.reset"),
    "image_srcset": ["2x"],
    "ignore_repr_types": "matplotlib",
    "backreferences_dir": "learn/backreferences",
    "doc_module": ("layerkit",),
    "reference_url": {"layerkit": None},
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": float("inf"),  # no times in the pages: they would change from build to build
    "write_computation_times": False,
}

numpydoc_show_class_members = False
numpydoc_xref_param_type = True
# Link the package's own names. Python's and NumPy's would need their inventories from the network.
numpydoc_xref_aliases = {name: name for name in DEFAULT_LINKS}
numpydoc_xref_aliases |= {name: f"layerkit.{name}" for name in layerkit.__all__}
numpydoc_xref_ignore = "all"
# What ruff's D rules do not see: sections that do not fit the signature.
numpydoc_validation_checks = {"GL06", "GL07", "GL08", "PR01", "PR02", "PR03", "PR04", "PR07", "RT03"}
public = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (
        layerkit,
        layerkit.datasets,
        layerkit.errors,
        layerkit.initializers,
        layerkit.plots,
        layerkit.testing,
    )
    for name in module.__all__
}
# These have pages, but no short name: the parts of a trace, what plugins need, and what lists of plugins hold.
public |= {
    f"layerkit.tracing.{name}": getattr(layerkit.tracing, name)
    for name in layerkit.tracing.__all__
    if name not in layerkit.__all__
}
public |= {f"layerkit.activations.{name}": getattr(layerkit.activations, name) for name in ("in_float64", "sigmoid")}
public |= {
    f"layerkit.plugins.{name}": getattr(layerkit.plugins, name)
    for name in ("Plugin", "Published", "list_unused_plugins")
}
classes = {name: value for name, value in public.items() if inspect.isclass(value)}
# The page of trace is not that of Trace, even on file systems that do not distinguish the two names.
autosummary_filename_map = {
    name: f"{name}_function"
    for name in public
    if name not in classes and any(name.lower() == other.lower() for other in classes)
}
# A method that overrides another one is documented where it was first written.
overriding = [
    f"{owner}.{name}"
    for owner, cls in classes.items()
    for name in dir(cls)
    if name not in vars(cls) or sum(name in vars(base) for base in cls.__mro__) > 1
]
# A record has its fields under Attributes.
records = [name for name, cls in classes.items() if is_dataclass(cls) or hasattr(cls, "_fields")]
numpydoc_validation_exclude = {re.escape(name) + "$" for name in (*overriding, *records)} | {
    r"layerkit\.errors\.CheckError$",  # made by the checks; users read its attributes
    r"layerkit\.Linear$",  # its arguments exist to be refused
    r"layerkit\.testing\.(check_optimizer|optimizer_checks)$",  # numpydoc takes `cls` for that of a classmethod
}


def short_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | nodes.TextElement | None:
    """Link a public name wherever it is used; leave arguments and the names of other packages in their backticks."""
    target = node["reftarget"]
    for page in public:
        if page.rpartition(".")[2] == target:
            return env.domains.python_domain.resolve_xref(
                env, node["refdoc"], app.builder, node["reftype"], page, node, content
            )
    return content if node["reftype"] == "obj" and not target.startswith("layerkit.") else None


def public_bases(app: Sphinx, name: str, cls: type, options: object, bases: list[object]) -> None:
    """Name the closest base classes that have a page, for those that are the package's own."""
    pages = {value: f":py:class:`~{page}`" for page, value in classes.items()}
    for position, base in enumerate(cls.__bases__):
        if base.__module__.startswith("layerkit"):
            bases[position] = next((pages[ancestor] for ancestor in base.__mro__ if ancestor in pages), object)


def without_source(app: Sphinx, module: str, name: str) -> str | None:
    """Leave out the link to the source where it would be wrong: a file is linked with the names of one module only."""
    return module if module == "layerkit.activations" else None


def setup(app: Sphinx) -> None:
    """Connect the handlers above."""
    app.connect("missing-reference", short_name)
    app.connect("autodoc-process-bases", public_bases)
    app.connect("viewcode-follow-imported", without_source)

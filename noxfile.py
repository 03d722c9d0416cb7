"""Tests, style and documentation, each in a virtual environment of its own: ``nox -s test``, ``lint``, ``docs``."""

from pathlib import Path

import nox

nox.options.sessions = ["test", "lint", "docs"]
nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def test(session: nox.Session) -> None:
    """Run the tests with nothing but the test extra."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("mypy", "--config-file", "tests/mypy.ini", "tests")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, with the plugins in its gallery, and run its examples."""
    session.install("-e", ".[docs]")
    session.install(*(str(project.parent) for project in Path("plugins").glob("*/pyproject.toml")))
    session.run("sphinx-build", "-W", "-n", "-b", "html", "docs", "docs/_build/html")
    session.run("sphinx-build", "-W", "-n", "-D", "plot_gallery=0", "-b", "doctest", "docs", "docs/_build/doctest")

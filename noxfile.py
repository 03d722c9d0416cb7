"""The project's chores, each in a virtual environment of its own: ``nox -s test``, ``lint``, ``docs``."""

import nox

nox.options.sessions = ["test", "lint", "docs"]
nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.11", "3.12", "3.13"])
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


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation and run its examples."""
    session.install("-e", ".[docs]")
    for builder in ("html", "doctest"):
        session.run("sphinx-build", "-W", "-n", "-b", builder, "docs", f"docs/_build/{builder}")

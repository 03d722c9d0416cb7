"""``layerkit check``: whether the installed activations are right."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import layerkit as lk
from layerkit.cli.activations import installed
from layerkit.errors import CheckError, LayerkitError
from layerkit.testing import activation_checks
from layerkit.text import Console

__all__ = ["add_subcommand"]


def add_subcommand(subcommands: Any) -> None:
    """Add the parser of ``layerkit check``."""
    parser = subcommands.add_parser(
        "check",
        help="check that installed activations are right",
        description="Check function, derivative, accuracy and behavior of activations. The exit code is 0 if all "
        "of them pass, 1 if one fails or a plugin is broken.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="activations to check (default: all installed)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every check")
    parser.add_argument("--seed", type=int, default=0, help="seed for the random inputs (default 0)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check, and print a line each."""
    console = Console(sys.stdout)
    infos, failures = installed()
    broken = [] if options.names else [failure for failure in failures if failure.status == "broken"]
    names = options.names or [info.name if info.status == "ok" else info.qualified_name for info in infos]
    for name in options.names:
        lk.activation(name)  # a name that nobody has ends the command before it starts
    width = max(map(len, names))
    reports = []
    from tqdm import tqdm  # slow to import, and only this subcommand needs it

    # a bar on a terminal only: in a log, the lines themselves are the progress
    for name in tqdm(names, unit="activation", leave=False, file=sys.stderr, disable=not sys.stderr.isatty()):
        report = _check(name, options.seed)
        reports.append(report)
        if not options.json:
            with tqdm.external_write_mode(file=sys.stdout):
                _print(console, report, width)
    passed = not broken and all(report["passed"] for report in reports)
    if options.json:
        plugins = [vars(failure) | {"passed": False} for failure in broken]
        answer = {"layerkit": lk.__version__, "passed": passed, "activations": reports, "broken_plugins": plugins}
        console.print(json.dumps(answer, indent=2))
    else:
        for failure in broken:
            console.print(f"{console.paint('✗', 'red')} {failure} is broken: {failure.cause}")
        wrong = sum(not report["passed"] for report in reports)
        console.print(f"\n{len(reports) - wrong} right, {wrong} wrong, {len(broken)} broken plugins")
    return 0 if passed else 1


def _check(name: str, seed: int) -> dict[str, Any]:
    started, results = time.perf_counter(), []
    try:
        checks = activation_checks(lk.activation(name), rng=seed)
    except (LayerkitError, TypeError) as error:  # one that cannot be made without arguments
        failed = {"name": "make", "description": "The class can be made without arguments.", "passed": False}
        return {"name": name, "passed": False, "seconds": 0.0, "checks": [failed | {"message": str(error)}]}
    for check in checks:
        result: dict[str, Any] = {"name": check.name, "description": check.description, "passed": True}
        try:
            check()
        except CheckError as error:
            result |= {"passed": False, "message": error.message, "mistake": error.mistake, "fix": error.fix}
            result["worst_input"] = None if error.worst_input is None else str(error.worst_input)
        results.append(result)
    passed = all(result["passed"] for result in results)
    return {"name": name, "passed": passed, "seconds": time.perf_counter() - started, "checks": results}


def _print(console: Console, report: dict[str, Any], width: int) -> None:
    wrong = [check for check in report["checks"] if not check["passed"]]
    mark = console.paint("✗", "red") if wrong else console.paint("✓", "green")
    verdict = f"{len(wrong)} of {len(report['checks'])} checks failed" if wrong else f"{len(report['checks'])} checks"
    console.print(f"{mark} {report['name']:<{width}}  {verdict}, {report['seconds']:.2f} s")
    for check in wrong:
        console.print(f"    {check['name']}: {check['message']}")
        if check.get("mistake"):
            console.print(f"    Likely mistake: {check['mistake']}.")
        if check.get("fix"):
            console.print(f"    Write: {check['fix']}")

"""The working tree against a revision: both in one process, in turn, so that a change's price can be seen.

    python benchmarks/before.py                     # against the last revision before the core was rebuilt
    python benchmarks/before.py HEAD~3 --only step predict --sizes tiny small
    python benchmarks/before.py HEAD --cores 2      # with two BLAS threads instead of one

The package of the revision comes out of git under another name. Each measurement consists of many short rounds, in
which each version has its turn, in changing order. A ratio is that of the working tree to the revision: above 1, the
tree is slower. On a busy machine, trust the ratio of the least times. No files are written.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from harness.cases import SIZES
from harness.machine import confine, limit_threads, machine, sentence
from harness.report import duration
from harness.revision import ROOT, extract
from harness.sides import Found, Sides
from harness.worker import Worker

REVISION = "d8b7349"
PARTS = ("step", "predict", "memory", "activations")
OPTIMIZERS = ("SGD", "Adam")
NUMBERS = (1_000, 100_000, 1_000_000, 4_000_000)
ACTIVATIONS = ("SiLU", "Mish")  # those that compute in float64

Line = tuple[str, str, str, str, str, str]


def measurements(options: argparse.Namespace) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the title of each measurement of time, and the call of `Sides` that makes it."""
    if "step" in options.only:
        for size, optimizer in product(options.sizes, OPTIMIZERS):
            yield f"step, {size}, {optimizer}", ("step", size, optimizer, options.hidden, options.seconds)
    if "predict" in options.only:
        for size in options.sizes:
            for rows in (1, 2_000 if size == "large" else 10_000):
                noun = "row" if rows == 1 else "rows"
                yield f"predict, {size}, {rows:,} {noun}", ("predict", size, rows, options.seconds)
    if "activations" in options.only:
        for name, backward, number in product(options.activations, (False, True), NUMBERS):
            title = f"{name} {'backward' if backward else 'forward'}, {number:,} elements"
            yield title, ("activation", name, backward, number, options.seconds, options.offer)


def timed(sides: Worker, options: argparse.Namespace) -> Iterator[Line]:
    """Yield what is timed, line by line."""
    for title, call in measurements(options):
        found: Found = sides.call(*call)
        before, after = (f"{duration(found.least[i])} ({duration(found.median[i])})" for i in (0, 1))
        yield title, before, after, f"{found.of_least:.2f}", f"{found.of_rounds:.2f}", str(found.rounds)


def remembered(sides: Worker, options: argparse.Namespace) -> Iterator[Line]:
    """Yield the peaks of memory, line by line."""
    for size in options.sizes:
        for optimizer in OPTIMIZERS if size in ("medium", "large") else ():
            before, after = sides.call("memory", size, optimizer)
            kinds = ("a step alone", "a step with model and optimizer", "with construction and first steps")
            for kind, old, new in zip(kinds, before, after, strict=True):
                sizes = (f"{old / 2**20:.2f} MiB", f"{new / 2**20:.2f} MiB")
                yield f"memory, {size}, {optimizer}: {kind}", *sizes, f"{new / old:.2f}", "", ""


def show(*line: str) -> None:
    """Print a line of the table as soon as it is there."""
    print(f"{line[0]:<66} {line[1]:>20} {line[2]:>20} {line[3]:>9} {line[4]:>9} {line[5]:>6}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("revision", nargs="?", default=REVISION, help=f"the revision before, {REVISION} by default")
    parser.add_argument("--after", metavar="REVISION", help="a revision to measure instead of the working tree")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES), metavar="SIZE", help=", ".join(SIZES))
    parser.add_argument("--hidden", default="ReLU", metavar="CLASS", help="activation of the networks, ReLU by default")
    parser.add_argument("--activations", nargs="+", default=ACTIVATIONS, metavar="CLASS", help="those measured alone")
    parser.add_argument("--offer", action="store_true", help="give memory to activations that take `out`")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one measurement, about; 3 by default")
    parser.add_argument("--cores", type=int, default=1, help="cores, each with a BLAS thread; 1 by default, 0 for all")
    parser.add_argument("--pin", action="store_true", help="keep to the first cores, which must be idle")
    options = parser.parse_args()

    if options.pin:
        confine(options.cores)
    else:
        limit_threads(options.cores)
    with tempfile.TemporaryDirectory() as folder:
        extract(options.revision, Path(folder), "layerkit_before")
        name = "layerkit"
        if options.after:
            name = "layerkit_after"
            extract(options.after, Path(folder), name)
        sides = Worker(Sides, [str(ROOT), folder], "layerkit_before", name)
        try:
            print(sentence(machine()))
            print(f"Before: {options.revision}. After: {options.after or 'the working tree'}.")
            print(f"Imported from {' and '.join(sides.call('places'))}.")
            print("Times: least (median). Ratios: of the least times, and median of the ratios within the rounds.\n")
            show("", "before", "after", "ratio", "by round", "rounds")
            for line in timed(sides, options):
                show(*line)
            for line in remembered(sides, options) if "memory" in options.only else ():
                show(*line)
        finally:
            sides.close()


if __name__ == "__main__":
    main()

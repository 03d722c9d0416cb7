"""Every activation on every float32 number: how far f and f′ are from float64, in units of the last place.

    python benchmarks/accuracy.py                 # all installed activations, on all 2³² inputs
    python benchmarks/accuracy.py tanh gelu       # only these
    python benchmarks/accuracy.py --stride 4096   # a quick look: every 4096th input

It takes a minute or two for a function on one core. A run that was interrupted goes on where it was: the state
is kept in results/accuracy.json, from which results/accuracy.md is written. Delete an entry to measure it again.

The reference is the same formula in float64. An error counts where the reference is a normal float32 number, in
units of the last place of the reference; within 1e-3 of a root, where terms cancel, of the largest term (see
`layerkit.testing.ulp_error`, which does the same on a sample).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from harness.machine import cpu
from harness.report import RESULTS
from tqdm import tqdm

import layerkit as lk
from layerkit.testing.precision import worst_ulp

STATE, TABLE = RESULTS / "accuracy.json", RESULTS / "accuracy.md"

PATTERNS = 1 << 32
CHUNK = 1 << 14  # bit patterns that are evaluated together: the temporaries stay in cache
TASK = 1 << 26  # bit patterns of one task, after which the state is saved
LIMIT = 4.0

EXPONENT = np.uint32(0x7F800000)  # the bits that make a float32 number its power of two
FLOAT32 = np.finfo(np.float32)
SPACING, SMALLEST, LARGEST = float(FLOAT32.eps), float(FLOAT32.tiny), float(FLOAT32.max)

# Why a figure is above the limit, for those that are.
REASONS: dict[str, str] = {}

Array = npt.NDArray[Any]
Function = Callable[[Array], Array]


@dataclass
class Record:
    """The worst error of one function so far, and which tasks are over."""

    ulp: float = 0.0
    z: float = 0.0
    found: float = 0.0
    expected: float = 0.0
    inputs: int = 0
    tasks: int = 0
    numpy: str = np.__version__
    layerkit: str = lk.__version__
    cpu: str = field(default_factory=cpu)
    date: str = ""


def function_of(name: str, which: str) -> Function:
    """Return f or f′ of an activation as a function of an array."""
    layer = lk.activation(name)
    formula: Callable[..., Array] = getattr(layer, "function" if which == "f" else "derivative")
    if not isinstance(layer, lk.LearnedActivation):
        return formula
    first = layer.values()  # one that learns is measured with the parameters that it starts with
    return lambda z: formula(z, **{key: value.astype(z.dtype) for key, value in first.items()})


def elementwise() -> list[str]:
    """Return the names of the installed activations that are functions of one number."""
    names = [info.name for info in lk.list_activations()]
    return [name for name in names if isinstance(lk.activation(name), lk.Activation | lk.LearnedActivation)]


def measure(task: tuple[str, str, int, int]) -> tuple[str, str, Record]:
    """Return the worst error on one stretch of all bit patterns."""
    name, which, number, stride = task
    f, record = function_of(name, which), Record()
    with np.errstate(all="ignore"):
        end = (number + 1) * TASK
        for start in range(number * TASK, end, CHUNK * stride):
            bits = np.arange(start, min(start + CHUNK * stride, end), stride, dtype=np.uint64).astype(np.uint32)
            z = bits.view(np.float32)
            z = z[np.isfinite(z)]
            if not z.size:
                continue
            found, expected = f(z).astype(np.float64), f(z.astype(np.float64))
            # only the few that are farther off than what was seen so far get the full treatment
            size = np.abs(expected)
            binade = (size.astype(np.float32).view(np.uint32) & EXPONENT).view(np.float32).astype(np.float64)
            suspects = np.abs(found - expected) > record.ulp * SPACING * binade
            suspects |= np.isnan(found)
            suspects &= (size >= SMALLEST) & (size <= LARGEST)
            record.inputs += z.size
            if suspects.any():
                worst = worst_ulp(f, z[suspects])
                if worst.ulp > record.ulp:
                    record.ulp, record.z, record.found, record.expected = worst
    return name, which, record


def merge(old: Record, new: Record) -> Record:
    """Return the record of two stretches together."""
    worse = new if new.ulp > old.ulp else old
    result = Record(worse.ulp, worse.z, worse.found, worse.expected, old.inputs + new.inputs, old.tasks + 1)
    result.date = datetime.now(UTC).date().isoformat()
    return result


def tasks(records: dict[str, dict[str, Record]], stride: int) -> Iterator[tuple[str, str, int, int]]:
    """Yield what is left to do."""
    for name, functions in records.items():
        for which, record in functions.items():
            for number in range(record.tasks, PATTERNS // TASK):
                yield name, which, number, stride


def table(records: dict[str, dict[str, Record]]) -> str:
    """Return the Markdown table of what is measured completely."""
    distributions = {info.name: f"{info.distribution} {info.version}" for info in lk.list_activations()}
    lines = [
        "# Accuracy in float32",
        "",
        "Largest error of f and of f′ over all finite float32 inputs, in units of the last place of the float64",
        "reference, where that is a normal float32 number; within 1e-3 of a root, of the largest term. Made by",
        "`python benchmarks/accuracy.py`.",
        "",
        "| activation | distribution | f, ULP | at z | f′, ULP | at z | inputs | date | NumPy |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    notes = []
    for name, functions in sorted(records.items()):
        if any(record.tasks < PATTERNS // TASK for record in functions.values()):
            continue
        f, slope = functions["f"], functions["f′"]
        figures = " | ".join(f"{r.ulp:.2f} | {r.z:.9g}" for r in (f, slope))
        lines.append(f"| {name} | {distributions[name]} | {figures} | {f.inputs:,} | {slope.date} | {slope.numpy} |")
        if max(f.ulp, slope.ulp) > LIMIT:
            notes.append(f"- **{name}**: {REASONS.get(name, 'above the limit of 4 ULP, not explained yet.')}")
    cpus = sorted({record.cpu for functions in records.values() for record in functions.values()})
    return "\n".join([*lines, "", *notes, "", f"Measured on {', '.join(cpus)}."]).replace("\n\n\n", "\n\n") + "\n"


def load() -> dict[str, dict[str, Record]]:
    """Return the records of earlier runs."""
    if not STATE.exists():
        return {}
    saved = json.loads(STATE.read_text())
    return {name: {which: Record(**r) for which, r in functions.items()} for name, functions in saved.items()}


def save(records: dict[str, dict[str, Record]]) -> None:
    """Write the records and the table."""
    RESULTS.mkdir(exist_ok=True)
    plain = {name: {which: asdict(r) for which, r in functions.items()} for name, functions in records.items()}
    STATE.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    TABLE.write_text(table(records))


def main() -> None:
    """Measure what is asked for and not measured yet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="activations by name; all that are elementwise by default")
    parser.add_argument("--stride", type=int, default=1, help="measure every STRIDEth input only, and save nothing")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    names = options.names or elementwise()
    records = load() if options.stride == 1 else {}
    chosen = {name: records.setdefault(name, {"f": Record(), "f′": Record()}) for name in names}
    todo = list(tasks(chosen, options.stride))
    with multiprocessing.Pool(options.processes) as pool, tqdm(total=len(todo), unit="task", smoothing=0.05) as bar:
        # in order, so that the number of tasks that are over says which ones they are
        for name, which, record in pool.imap(measure, todo):
            chosen[name][which] = merge(chosen[name][which], record)
            bar.set_postfix_str(f"{name} {which} {chosen[name][which].ulp:.2f} ULP")
            bar.update()
            if options.stride == 1:
                save(records)
    for name, functions in chosen.items():
        for which, record in functions.items():
            print(f"{name:>12} {which:<2} {record.ulp:6.2f} ULP at {record.z:.9g} of {record.inputs:,} inputs")


if __name__ == "__main__":
    main()

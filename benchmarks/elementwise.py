"""The time of an activation for one element, forward and backward, on one thread.

    python benchmarks/elementwise.py
    python benchmarks/elementwise.py relu tanh --quick      # few short rounds, and no files

Each call returns an array of its own: layerkit's layer as a network calls it, PyTorch's kernel without autograd around
it. Nothing is timed unless the two agree.
"""

from __future__ import annotations

import argparse

from harness.cases import Array, Case, apart
from harness.elements import KERNELS, Layerkit, Torch
from harness.machine import confine, machine, sentence
from harness.report import RESULTS, Result, as_json
from harness.rounds import interleave, ratio
from harness.worker import UnsupportedError, Worker
from tqdm import tqdm

import layerkit as lk

NUMBERS = (1_000, 100_000, 10_000_000)
JUDGED, LIMIT = 100_000, 1.5  # times as long as PyTorch, at most
TOLERANCE = 2e-6  # relative to the largest element


def measure(workers: dict[str, Worker], name: str, backward: bool, size: int, rounds: int, seconds: float) -> Result:
    """Time one pass of one activation."""
    result = Result(Case(f"{name} {'backward' if backward else 'forward'}", (), size))
    able: dict[str, Worker] = {}
    values: dict[str, Array] = {}
    for library, worker in workers.items():
        try:
            worker.call("prepare", name, backward, size)
        except UnsupportedError as reason:
            result.missing[library] = str(reason)
            continue
        able[library] = worker
        (values[library],) = worker.call("result")
        result.differences[library] = apart(values[library], values["layerkit"])
        if not result.differences[library] <= TOLERANCE:
            raise SystemExit(f"{result.case.size}: {library} differs by {result.differences[library]:.1e}.")
    result.times = interleave(able, rounds, seconds, {}, lambda _: None)
    return result


def row(results: list[Result]) -> str:
    """Return the row of one pass: ns for an element with both, and the ratio, at each number of elements."""
    cells = []
    for result in results:
        ns = {library: result.median(library) / result.case.batch * 1e9 for library in result.times}
        if "PyTorch" not in ns:
            cells += [f"{ns['layerkit']:.2f}", "–", "–"]
            continue
        times = ratio(result.times["layerkit"], result.times["PyTorch"]).median
        missed = result.case.batch == JUDGED and times > LIMIT
        cells += [f"{ns['layerkit']:.2f}", f"{ns['PyTorch']:.2f}", f"**{times:.2f}×**" if missed else f"{times:.2f}×"]
    return f"| {results[0].case.size} | {' | '.join(cells)} |"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="activations by name; by default all that are installed")
    parser.add_argument("--quick", action="store_true", help="few short rounds, and no files")
    parser.add_argument("--rounds", type=int, help="turns of each side, 11 by default")
    options = parser.parse_args()
    rounds, seconds = (options.rounds or 3, 0.02) if options.quick else (options.rounds or 11, 0.1)
    installed = [info.name for info in lk.list_activations()]
    # those that PyTorch has too come first
    names = options.names or sorted(installed, key=lambda name: (name not in KERNELS, installed.index(name)))

    confine(1)
    passes = [(name, backward) for name in names for backward in (False, True)]
    workers = {"layerkit": Worker(Layerkit), "PyTorch": Worker(Torch)}
    lines = ["# Time of an activation", "", sentence(machine()), ""]
    lines += [
        f"Nanoseconds for an element, float32, one thread, median of {rounds} rounds; and how many times as long as "
        f"PyTorch. In bold: above the target, at most {LIMIT} times at {JUDGED:,} elements. Softmax works on rows of "
        "ten. Made by `python benchmarks/elementwise.py`.",
        "",
        f"| | {' | | | '.join(f'{number:,} elements: layerkit' for number in NUMBERS)} | | |",
        "|---" * (3 * len(NUMBERS) + 1) + "|",
    ]
    results: list[Result] = []
    try:
        for name, backward in tqdm(passes, unit="pass"):
            found = [measure(workers, name, backward, number, rounds, seconds) for number in NUMBERS]
            lines.append(row(found))
            results += found
    finally:
        for worker in workers.values():
            worker.close()
    text = "\n".join(lines) + "\n"
    text = text.replace("elements: layerkit | | |", "elements: layerkit | PyTorch | ratio |")
    print(text)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "elementwise.md").write_text(text)
        measured = as_json(machine(), {"rounds": rounds, "seconds": seconds}, results)
        (RESULTS / "elementwise.json").write_text(measured)


if __name__ == "__main__":
    main()

"""The time of a prediction, for one row, for 32 and for 100,000.

    python benchmarks/predict.py
    python benchmarks/predict.py --quick            # few short rounds of tiny and small, and no files

Processes, cores, rounds and statistics are those of compare.py; nothing is timed unless all predictions agree.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np
from harness.cases import SIZES, Array, Arrays, Case, apart, weights
from harness.machine import confine, machine, sentence
from harness.peers import PREDICTION, predict
from harness.report import RESULTS, Result, as_json, table
from harness.rounds import interleave
from harness.targets import PREDICTION as TARGETS
from harness.targets import table as target_table
from harness.worker import Worker
from tqdm import tqdm

ROWS = (1, 32, 100_000)
TOLERANCE = 1e-5  # relative to the largest element of the prediction

Bar: TypeAlias = "tqdm[NoReturn]"


def measure(case: Case, rounds: int, seconds: float, bar: Bar) -> Result:
    """Start the peers, check their predictions against each other, and time them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1, case.batch, case.widths[0]), np.float32)
    data = Arrays(X, np.zeros(0, np.float32), weights(case.widths, rng))
    result = Result(case)
    workers: dict[str, Worker] = {}
    values: dict[str, Array] = {}
    bar.set_description(f"{case.size}, {case.batch} rows")
    try:
        for name in PREDICTION:
            workers[name] = Worker(predict, name, case, data)
            (values[name],) = workers[name].call("result")
            difference = result.differences[name] = apart(values[name], values["layerkit"])
            if not difference <= TOLERANCE:
                raise SystemExit(f"{case.title}: {name} differs from layerkit by {difference:.1e}.")
        result.times = interleave(workers, rounds, seconds, {}, lambda _: bar.update())
    finally:
        for worker in workers.values():
            worker.close()
    return result


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few short rounds of tiny and small, and no files")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, metavar="SIZE", help=", ".join(SIZES))
    parser.add_argument("--rounds", type=int, help="turns of every peer, 15 by default")
    parser.add_argument("--json", type=Path, help="write the measurements to this file as well")
    options = parser.parse_args()
    sizes = options.sizes or (["tiny", "small"] if options.quick else list(SIZES))
    rounds, seconds = (options.rounds or 5, 0.1) if options.quick else (options.rounds or 15, 0.3)

    confine(2)
    # 100,000 rows of the large network would be most of a gigabyte of hidden units
    todo = [replace(SIZES[size], batch=rows) for size in sizes for rows in ROWS if size != "large" or rows < 1000]
    with tqdm(total=len(todo) * len(PREDICTION) * rounds, unit="turn") as bar:
        results = [measure(case, rounds, seconds, bar) for case in todo]
    facts = machine()
    lines = ["# Time of a prediction", "", sentence(facts), ""]
    lines += [f"float32, ReLU, median of {rounds} rounds; in brackets how many times as long as layerkit."]
    lines += ["Made by `python benchmarks/predict.py`.", "", "## Targets", ""]
    by_rows = {rows: [r for r in results if r.case.batch == rows] for rows in ROWS}
    lines += target_table(
        [(f", {rows:,} rows", t, {r.case.size: r.times for r in by_rows[rows]}) for rows, t in TARGETS.items()]
    )
    for rows in ROWS:
        if by_rows[rows]:
            lines += ["", f"## Rows: {rows:,}", "", *table(by_rows[rows])]
    text = "\n".join(lines) + "\n"
    print(text)
    measured = as_json(facts, {"rounds": rounds, "seconds": seconds}, results)
    if options.json:
        options.json.write_text(measured)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "predict.md").write_text(text)
        (RESULTS / "predict.json").write_text(measured)


if __name__ == "__main__":
    main()

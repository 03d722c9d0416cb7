"""The time of a training step: layerkit, its peers, and the matrix products alone.

    python benchmarks/compare.py                    # everything; hours on a slow machine
    python benchmarks/compare.py --quick            # a look at the two small sizes, which writes no files
    python benchmarks/compare.py --variants base adam --sizes medium --peers layerkit PyTorch

Each peer runs in a process of its own, all on the same two cores, one at a time and in turn. They get the same data
and initial weights, and no peer is timed whose weights differ from layerkit's after 20 steps. A time is the median
of the rounds, a ratio the median of the ratios within the rounds. See README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np
from harness.cases import CHECKED_STEPS, SIZES, VARIANTS, Array, Arrays, Case, arrays, cases
from harness.machine import confine, machine, sentence
from harness.peers import TRAINING, train
from harness.report import RESULTS, Result, as_json, table
from harness.rounds import interleave
from harness.targets import TRAINING as TARGETS
from harness.targets import growth
from harness.targets import table as target_table
from harness.worker import UnsupportedError, Worker
from tqdm import tqdm

# Differences allowed in the weights after CHECKED_STEPS steps, relative to how far they went, in the Euclidean norm.
# Rounding alone comes to 1e-5, and 2e-4 under Adam, where scikit-learn puts ε in another place.
TOLERANCE = {"sgd": 3e-4, "adam": 1e-3}

# Where a pre-activation is within rounding of ReLU's kink, one peer lets a gradient through and another does not. It
# happens once among a million, shifts weights by 1e-4, and a deep network multiplies the shift from step to step. Other
# data put an end to that, but not to a mistake: a peer must agree on one of so many draws.
DRAWS = 3

Bar: TypeAlias = "tqdm[NoReturn]"

# These draw their batches: the second must do what the first does.
DRAWN = ("layerkit, lk.batches", "layerkit, Trainer.fit")
EPOCHS = 5  # of one call of fit, which looks through the data once


def peers_of(case: Case, chosen: list[str]) -> list[str]:
    """Return the peers that a case is for."""
    left_out: set[str] = set()
    if case.variant != "base":
        left_out.update(DRAWN)
    if case.variant != "adam":
        left_out.add("layerkit, SGD")
    if case.variant in ("depth", "batch"):
        left_out.add("PyTorch, compiled")  # every point would be compiled for minutes
    return [name for name in chosen if name not in left_out]


def difference(name: str, start: list[Array], ends: dict[str, list[Array]]) -> float:
    """Return how far the weights of a peer are from layerkit's, relative to how far they went."""
    reference = ends[DRAWN[0] if name in DRAWN else "layerkit"]
    went = np.concatenate([(end - begin).ravel() for end, begin in zip(reference, start, strict=True)])
    apart = np.concatenate([(end - other).ravel() for end, other in zip(ends[name], reference, strict=True)])
    return float(np.linalg.norm(apart) / np.linalg.norm(went))


def start(result: Result, chosen: list[str], data: Arrays, workers: dict[str, Worker], bar: Bar) -> list[str]:
    """Start the peers, take the first steps, and return those that do not agree with layerkit."""
    case = result.case
    ends: dict[str, list[Array]] = {}
    for name in chosen:
        bar.set_description(f"{case.variant}, {case.size}: {name} starts")
        try:
            workers[name] = Worker(train, name, case, data)
        except UnsupportedError as reason:
            result.missing[name] = str(reason)
            continue
        # those that draw their batches go through whole epochs
        workers[name].call("run", max(CHECKED_STEPS, case.batches) if name in DRAWN else CHECKED_STEPS)
        ends[name] = workers[name].call("result")
        if ends[name] and name != "layerkit, SGD":
            result.differences[name] = difference(name, data.weights, ends)
    return [name for name, found in result.differences.items() if not found <= TOLERANCE[case.optimizer]]


def measure(case: Case, chosen: list[str], rounds: int, seconds: float, bar: Bar) -> Result:
    """Start the peers, check them against each other, and time those that agree."""
    result = Result(case)
    workers: dict[str, Worker] = {}
    try:
        for seed in range(DRAWS):
            wrong = start(result, chosen, arrays(case, seed), workers, bar)
            if not wrong:
                break
            found = ", ".join(f"{name} by {result.differences[name]:.1e}" for name in wrong)
            result.redrawn.append(f"{case.variant}, {case.size}: on draw {seed + 1}, {found}")
            for name in list(workers) if seed < DRAWS - 1 else wrong:
                workers.pop(name).close()
        else:
            for name in wrong:
                result.missing[name] = f"**its weights differ from layerkit's**, by {result.differences[name]:.1e}"

        def advance(name: str) -> None:
            bar.set_description(f"{case.variant}, {case.size}: {name}")
            bar.update()

        multiples = {name: case.batches * (EPOCHS if name in DRAWN else 1) for name in workers}
        result.times = interleave(workers, rounds, seconds, multiples, advance)
        bar.update(rounds * (len(chosen) - len(workers)))
    finally:
        for worker in workers.values():
            worker.close()
    return result


def report(results: list[Result], facts: str, rounds: int) -> str:
    """Return the Markdown report."""
    lines = ["# Time of a training step", "", f"{facts}", ""]
    lines += [
        f"float32, median of {rounds} rounds. In brackets: how many times as long as layerkit's step, the median of "
        "the ratios within the rounds. Made by `python benchmarks/compare.py`.",
        "",
    ]
    by_variant = {variant: [r for r in results if r.case.variant == variant] for variant in VARIANTS}
    sizes = {variant: {r.case.size: r.times for r in rs} for variant, rs in by_variant.items()}
    targets = target_table([("" if t.variant == "base" else f", {t.variant}", t, sizes[t.variant]) for t in TARGETS])
    if len(targets) > 2:  # more than the head of the table
        lines += ["## Targets", "", *targets]
    titles = {
        "base": "ReLU, mean squared error, SGD",
        "adam": "With Adam",
        "gelu": "With GELU",
        "cross-entropy": "With cross-entropy",
        "depth": "Growth with depth: Dense layers of width 64, batch 32",
        "batch": "Growth with the batch: 16-64-64-1",
    }
    for variant, title in titles.items():
        if by_variant[variant]:
            lines += ["", f"## {title}", "", *table(by_variant[variant])]
            if variant in ("depth", "batch"):
                lines += ["", *growth(by_variant[variant])]
    worst = max((d for r in results for name, d in r.differences.items() if name in r.times), default=0.0)
    lines += [
        "",
        f"After {CHECKED_STEPS} steps, weights differ from layerkit's by at most {worst:.1e} of the distance that they "
        "moved.",
    ]
    redrawn = [f"- {what}." for result in results for what in result.redrawn]
    if redrawn:
        lines += [
            "",
            "Peers that differed by more than is allowed, after which the data were drawn again:",
            "",
            *redrawn,
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few short rounds of tiny and small, and no files")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, metavar="SIZE", help=", ".join(SIZES))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, metavar="VARIANT", help=", ".join(VARIANTS))
    parser.add_argument("--peers", nargs="+", choices=TRAINING, metavar="PEER", help="; ".join(TRAINING))
    parser.add_argument("--rounds", type=int, help="turns of every peer, 15 by default")
    parser.add_argument("--seconds", type=float, help="of a turn, about; 0.3 by default")
    parser.add_argument("--cores", type=int, default=2, help="cores that all peers share, 2 by default")
    parser.add_argument("--json", type=Path, help="write the measurements to this file as well")
    options = parser.parse_args()
    sizes = options.sizes or (["tiny", "small"] if options.quick else list(SIZES))
    variants = options.variants or (["base"] if options.quick else list(VARIANTS))
    chosen = [name for name in TRAINING if not options.peers or name in (*options.peers, "layerkit")]
    if "layerkit, Trainer.fit" in chosen and DRAWN[0] not in chosen:
        chosen.insert(1, DRAWN[0])
    rounds = options.rounds or (5 if options.quick else 15)
    seconds = options.seconds or (0.1 if options.quick else 0.3)

    confine(options.cores)
    todo = [case for variant in variants for case in cases(variant, sizes)]
    with tqdm(total=sum(len(peers_of(case, chosen)) for case in todo) * rounds, unit="turn") as bar:
        results = [measure(case, peers_of(case, chosen), rounds, seconds, bar) for case in todo]
    facts = machine()
    text = report(results, sentence(facts), rounds)
    print(text)
    measured = as_json(facts, {"rounds": rounds, "seconds": seconds}, results)
    if options.json:
        options.json.write_text(measured)
    if not options.quick:
        from harness.chart import draw  # the workers, which import this file, have no use for matplotlib

        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "compare.md").write_text(text)
        (RESULTS / "compare.json").write_text(measured)
        by_variant = {v: [r for r in results if r.case.variant == v] for v in variants}
        draw(RESULTS / "compare.png", sentence(facts), by_variant)


if __name__ == "__main__":
    main()

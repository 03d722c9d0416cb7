"""The price of a package before it computes anything: the time of its import, and its size on disk.

    python benchmarks/footprint.py
    python benchmarks/footprint.py --quick

Each import runs in a fresh process, package after package and again. Sizes are those of the installed files without
compiled Python, of the distribution alone and together with all that it requires.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from harness.machine import confine, machine, sentence
from harness.report import RESULTS, duration
from harness.rounds import ratio
from tqdm import tqdm

# statements that are timed, and the distribution of each
STATEMENTS = {
    "import numpy": "numpy",
    "import layerkit": "layerkit",
    "from layerkit import *": "layerkit",  # everything that the import alone puts off
    "from sklearn.neural_network import MLPRegressor": "scikit-learn",
    "import jax.numpy": "jax",
    "import torch": "torch",
}
LIMIT = 1.3  # layerkit's import against NumPy's
_TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def import_time(statement: str) -> float:
    """Return the seconds that a fresh process takes for an import."""
    command = [sys.executable, "-P", "-c", _TIMED.format(statement)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def required(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """Return a distribution and all that it requires here, extras aside."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return found
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:  # required on another system or version of Python only
        return found
    for requirement in found[key].requires or ():
        if "extra ==" not in requirement:
            required(re.split(r"[^\w.-]", requirement, maxsplit=1)[0], found)
    return found


def size(package: Distribution) -> int:
    """Return the bytes of the installed files."""
    paths = [Path(str(package.locate_file(file))) for file in package.files or ()]
    spec = find_spec(package.name.replace("-", "_"))
    if spec and not any(path.suffix == ".py" for path in paths):  # installed as editable: its files are elsewhere
        paths += [path for folder in spec.submodule_search_locations or () for path in Path(folder).rglob("*")]
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())


def main() -> None:
    """Measure all packages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 21, and no files")
    options = parser.parse_args()
    rounds = 3 if options.quick else 21
    confine(2)
    times: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for statement in STATEMENTS:
        import_time(statement)  # the first one compiles, and fills the cache of the disk
    for _ in tqdm(range(rounds), unit="round"):
        for statement, durations in times.items():
            durations.append(import_time(statement))
    lines = ["# Import time and installed size", "", sentence(machine()), ""]
    lines += [f"Median of {rounds} fresh processes. Made by `python benchmarks/footprint.py`.", ""]
    lines += ["| | time | against numpy | size of the package | with what it requires |", "|---|---|---|---|---|"]
    for statement, name in STATEMENTS.items():
        everything = required(name, {})
        sizes = f"{size(everything[name]) / 1e6:.1f} MB | {sum(map(size, everything.values())) / 1e6:.0f} MB"
        against = ratio(times[statement], times["import numpy"]).median
        lines.append(f"| `{statement}` | {duration(median(times[statement]))} | {against:.2f}× | {sizes} |")
    lines.append("")
    for statement, name in STATEMENTS.items():
        if name == "layerkit":
            found = ratio(times[statement], times["import numpy"]).median
            verdict = "met" if found <= LIMIT else "**missed**"
            lines.append(f"- `{statement}` against NumPy: {found:.2f}, target ≤ {LIMIT}: {verdict}.")
    text = "\n".join(lines) + "\n"
    print(text)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "footprint.md").write_text(text)


if __name__ == "__main__":
    main()

"""Reports: what a run measured, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from harness.cases import Case
from harness.rounds import ratio

RESULTS = Path(__file__).parents[1] / "results"


@dataclass
class Result:
    """One case: the times of all peers, and what their results differ by from layerkit's."""

    case: Case
    times: dict[str, list[float]] = field(default_factory=dict)  # seconds a step, by round
    differences: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)  # peers that could not take part, and why
    redrawn: list[str] = field(default_factory=list)  # what disagreed on data that were then drawn again

    def median(self, peer: str) -> float:
        """Return the seconds of a step."""
        return median(self.times[peer])


def duration(seconds: float) -> str:
    """Return a time in a unit that fits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}" if seconds * factor < 1000 else f"{seconds * factor:.0f} {unit}"
    raise AssertionError


def table(results: list[Result], first: str = "peer") -> list[str]:
    """Return a Markdown table: a row for each peer, a column for each case, times and how many times layerkit's."""
    peers = list(dict.fromkeys(peer for result in results for peer in (*result.times, *result.missing)))
    lines = [f"| {first} | {' | '.join(result.case.title for result in results)} |", "|---" * (len(results) + 1) + "|"]
    for peer in peers:
        cells = []
        for result in results:
            if peer not in result.times:
                cells.append("–")
                continue
            cell = duration(result.median(peer))
            if peer != "layerkit" and "layerkit" in result.times:
                cell += f" ({ratio(result.times[peer], result.times['layerkit']).median:.2f}×)"
            cells.append(cell)
        lines.append(f"| {peer} | {' | '.join(cells)} |")
    missing: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for reason in result.missing.items():
            missing.setdefault(reason, []).append(result.case.size)
    reasons = [f"- {peer} ({', '.join(sizes)}): {why}." for (peer, why), sizes in sorted(missing.items())]
    return [*lines, *("", *reasons)] if reasons else lines


def as_json(facts: dict[str, Any], options: dict[str, Any], results: list[Result]) -> str:
    """Return everything that was measured."""
    plain = [asdict(result) for result in results]
    for result, source in zip(plain, results, strict=True):
        result["median"] = {peer: source.median(peer) for peer in source.times}
    return json.dumps({"machine": facts, "options": options, "results": plain}, indent=1, ensure_ascii=False) + "\n"

"""The memory of a training step, against parameters and activations.

    python benchmarks/memory.py
    python benchmarks/memory.py --quick             # prints, and writes no file

NumPy reports its arrays to tracemalloc, so that the count is exact and the same in every run: everything that model,
optimizer and one step hold at the same time at most, without the batch itself. The measure is twice the
parameters (values and gradients) and twice the activations (the output of every layer, and its gradient).
"""

from __future__ import annotations

import argparse
import tracemalloc
from dataclasses import dataclass

import numpy as np
from harness.machine import machine, sentence
from harness.report import RESULTS

import layerkit as lk

LIMIT = 1.1


@dataclass(frozen=True)
class Network:
    """A network that is measured."""

    title: str
    widths: tuple[int, ...]
    batch: int


NETWORKS = (
    Network("activations dominate", (64, *(256,) * 8, 64), 8192),
    Network("parameters dominate", (2048, 4096, 2048), 16),
    Network("784-256-128-10", (784, 256, 128, 10), 128),
)


def peak(network: Network) -> tuple[int, int, int]:
    """Return the bytes of the parameters, of the activations, and of everything in a step at most."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((network.batch, network.widths[0]), np.float32)
    y = rng.standard_normal((network.batch, network.widths[-1]), np.float32)
    tracemalloc.start()
    layers: list[lk.Layer] = []
    for n_in, n_out in zip(network.widths, network.widths[1:], strict=False):
        layers += [lk.Dense(n_in, n_out), lk.ReLU()]
    model, loss = lk.Sequential(*layers[:-1], rng=0), lk.MSELoss()
    optimizer = lk.SGD(model, learning_rate=0.01)
    for _ in range(3):
        tracemalloc.reset_peak()  # the temporaries of composing and of the first step do not count
        loss.forward(model.forward(x), y)
        model.backward(loss.backward(), input_grad=False)
        optimizer.step()
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    widths = [n for n in network.widths[1:-1] for _ in range(2)] + [network.widths[-1]]
    return model.parameter_vector.nbytes, sum(widths) * network.batch * x.itemsize, highest


def main() -> None:
    """Measure the networks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="write no file")
    options = parser.parse_args()
    lines = ["# Memory of a training step", "", sentence(machine()), ""]
    lines += ["float32, ReLU, MSE, SGD. Made by `python benchmarks/memory.py`.", ""]
    lines += [
        "| network | batch | parameters | activations | peak | peak ÷ (2 × both) | |",
        "|---|---|---|---|---|---|---|",
    ]
    for network in NETWORKS:
        parameters, activations, highest = peak(network)
        share = highest / (2 * (parameters + activations))
        sizes = " | ".join(f"{size / 2**20:.1f} MiB" for size in (parameters, activations, highest))
        verdict = "met" if share <= LIMIT else f"**missed**, ≤ {LIMIT}"
        lines.append(f"| {network.title} | {network.batch} | {sizes} | {share:.3f} | {verdict} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "memory.md").write_text(text)


if __name__ == "__main__":
    main()

"""The machine: which cores a measurement may use, and what has to be written beside its figures."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("layerkit", "layerkit-gelu", "numpy", "scipy", "scikit-learn", "torch", "jax", "jaxlib", "onnxruntime")


def confine(cores: int) -> list[int]:
    """Keep this process, and those that it starts from now on, to the first `cores` cores; return them."""
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, chosen)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):  # JAX reads the last
        os.environ[name] = str(len(chosen))
    threads = "true" if len(chosen) > 1 else "false"
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={threads}"
    os.environ["JAX_PLATFORMS"] = "cpu"
    return chosen


def machine() -> dict[str, Any]:
    """Return what the figures of this run depend on."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": _blas(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def sentence(facts: dict[str, Any]) -> str:
    """Return the same in one line of text."""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    cores = f"{facts['cores']} core{'s' if facts['cores'] != 1 else ''}"
    return f"{facts['date']}, {facts['cpu']}, {cores}, Python {facts['python']}, {facts['blas']}, {packages}."


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        facts = dict(line.split("\t:", 1) for line in info.read_text().splitlines() if "\t:" in line)
        facts = {name.strip(): value.strip() for name, value in facts.items()}
        model = facts.get("model name", "")
        if facts.get("cpu family"):
            model += f" (family {facts['cpu family']}, model {facts.get('model')})"
        return model
    return platform.processor() or platform.machine()


def _blas() -> str:
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

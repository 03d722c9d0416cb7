"""The machine: which cores a measurement may use, and what has to be written beside its figures."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from harness.worker import Worker, clear_blas_settings

PACKAGES = ("layerkit", "layerkit-gelu", "numpy", "scipy", "scikit-learn", "torch", "jax", "jaxlib", "onnxruntime")


def confine(cores: int) -> None:
    """Keep this process, and those that it starts from now on, to the first `cores` cores and as many threads."""
    chosen = sorted(os.sched_getaffinity(0))[: cores or None]
    os.sched_setaffinity(0, chosen)
    limit_threads(len(chosen))


def limit_threads(number: int) -> None:
    """Give the processes that are started from now on so many threads each; 0 means one for each core."""
    number = number or len(os.sched_getaffinity(0))
    clear_blas_settings()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):  # OpenBLAS reads the first, JAX the last
        os.environ[name] = str(number)
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if number > 1 else 'false'}"
    os.environ["JAX_PLATFORMS"] = "cpu"


def machine() -> dict[str, Any]:
    """Return what the figures of this run depend on, as a process sees it that is started now."""
    worker = Worker(_Blas)
    try:
        kernel, threads = worker.call("kernel")
    finally:
        worker.close()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": _blas(),
        "kernel": kernel,
        "threads": threads,
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def sentence(facts: dict[str, Any]) -> str:
    """Return the same in one line of text."""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    cores = f"{facts['cores']} core{'s' if facts['cores'] != 1 else ''}"
    threads = f"{facts['threads']} thread{'s' if facts['threads'] != 1 else ''}"
    blas = f"{facts['blas']} (kernel {facts['kernel']}, {threads})"
    return f"{facts['date']}, {facts['cpu']}, {cores}, Python {facts['python']}, {blas}, {packages}."


class _Blas:
    """The library that NumPy multiplies with, in a process of its own."""

    def kernel(self) -> tuple[str, int]:
        """Return what the library chose for this processor, and how many threads it has."""
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
        if not libraries:  # such as Accelerate, which threadpoolctl does not know
            return "unknown", int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0))))
        return libraries[0].get("architecture", "unknown"), libraries[0]["num_threads"]


def cpu() -> str:
    """Return the name of the processor, with family and model where the system says them."""
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

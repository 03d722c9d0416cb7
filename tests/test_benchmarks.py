"""The benchmarks: what their workers inherit, and that they import."""

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"

WORKER = """
import os
from harness.worker import Worker

class Environment:
    def settings(self):
        return sorted(name for name in os.environ if name.startswith(("OPENBLAS_", "GOTO_")))

if __name__ == "__main__":
    worker = Worker(Environment)
    print(worker.call("settings"))
    worker.close()
"""


def run(path, **environment):
    done = subprocess.run(
        [sys.executable, str(path)],
        env=os.environ | {"PYTHONPATH": str(BENCHMARKS)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_workers_start_without_inherited_settings_of_the_blas_library(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WORKER, encoding="utf-8")
    assert run(script, OPENBLAS_CORETYPE="Haswell", OPENBLAS_NUM_THREADS="1") == "[]"


def test_scripts_say_how_they_are_used(tmp_path):
    for script in sorted(BENCHMARKS.glob("*.py")):
        done = subprocess.run(
            [sys.executable, str(script), "--help"], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        wanted = done.returncode == 0 or "ModuleNotFoundError" in done.stderr.splitlines()[-1]
        assert wanted, f"{script.name}: {done.stderr}"

"""Workers: one process a peer, which runs when it is told to and sleeps otherwise."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Protocol

from harness.cases import Array


class UnsupportedError(Exception):
    """A peer does not offer what a case needs."""


class Peer(Protocol):
    """An object that repeats one piece of work, which is measured."""

    def run(self, steps: int) -> None:
        """Do the work `steps` times, and return when all of it is done."""

    def result(self) -> list[Array]:
        """Return arrays that must agree with those of the other peers."""


def clear_blas_settings() -> None:
    """Remove the settings of OpenBLAS from the environment of the processes that are started from now on.

    OpenBLAS reads them when it is loaded. An inherited kernel for an older processor makes the products of NumPy up to
    twice as slow, and those of no peer that brings a library of its own.
    """
    for name in [name for name in os.environ if name.startswith(("OPENBLAS_", "GOTO_"))]:
        del os.environ[name]


class Worker:
    """A process with one peer in it, which inherits no settings of OpenBLAS.

    Parameters
    ----------
    make : callable
        Function that makes the peer, in the process. Only a `Peer` can be timed; other objects answer calls.
    *arguments
        Arguments of the function.
    """

    def __init__(self, make: Callable[..., object], *arguments: Any) -> None:
        clear_blas_settings()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self.call("make", make, *arguments)
        except BaseException:
            self.close()
            raise

    def call(self, command: str, *arguments: Any) -> Any:
        """Have the process do something, and return what came of it."""
        self._connection.send((command, *arguments))
        answer, value = self._connection.recv()
        if answer == "unsupported":
            raise UnsupportedError(value)
        if answer == "failed":
            raise RuntimeError(f"in the process of a peer:\n{value}")
        return value

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.kill()


def _serve(connection: Connection) -> None:
    peer: Any = None
    while True:
        try:
            command, *arguments = connection.recv()
        except EOFError:
            return
        try:
            if command == "make":
                make, *rest = arguments
                peer = make(*rest)
                value: Any = None
            elif command == "time":
                value = _time(peer, *arguments)
            else:
                value = getattr(peer, command)(*arguments)
            connection.send(("done", value))
        except UnsupportedError as reason:
            connection.send(("unsupported", str(reason)))
        except Exception:
            connection.send(("failed", traceback.format_exc()))


def _time(peer: Peer, stretches: int, steps: int) -> float:
    # seconds a step in the fastest tenth of some stretches, because what interrupts a process only ever adds; one more
    # before them brings the data back to the caches and wakes the threads
    peer.run(steps)
    durations = []
    for _ in range(stretches):
        start = time.perf_counter()
        peer.run(steps)
        durations.append(time.perf_counter() - start)
    return sorted(durations)[stretches // 10] / steps

"""Run one job after another in a child process, within limits of time and memory.

The child runs ``minde.stages.worker.serve``. A request over its limit is answered for the child,
which is killed and, for the next request, started anew. So an estimator that hangs or eats the
memory costs itself alone.
"""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

import psutil

from minde.runtime.imported import forked
from minde.stages.worker import serve

POLL_SECONDS = 0.1


class LimitedWorker:
    """A child process that answers requests.

    Arguments:
        seconds: Limit of wall-clock time a request.
        memory_mb: Limit of the child's resident memory, MB.
    """

    def __init__(self, seconds: float, memory_mb: float) -> None:
        self.seconds, self.memory_mb = seconds, memory_mb
        self._child: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> LimitedWorker:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request; return the answer, or ``{"failed": reason}`` where a limit is hit."""
        child, pipe = self._start()
        pipe.send(request)
        started = time.perf_counter()
        while not pipe.poll(POLL_SECONDS):
            reason = self._over_limit(child, time.perf_counter() - started)
            if reason:
                self._stop()
                return {"failed": reason}
        try:
            answer: dict[str, Any] = pipe.recv()
        except EOFError:
            child.join()
            reason = f"its process ended with code {child.exitcode}"
            self._stop()
            return {"failed": reason}
        return answer

    def _over_limit(self, child: BaseProcess, elapsed: float) -> str:
        if elapsed > self.seconds:
            return f"over its limit of {self.seconds:g} s"
        try:
            used = psutil.Process(child.pid).memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            used = 0.0
        return f"over its limit of {self.memory_mb:g} MB" if used > self.memory_mb else ""

    def _start(self) -> tuple[BaseProcess, Connection]:
        if self._child is None:
            # A fork has imported all that this process has, and is safe where one thread runs.
            alone = psutil.Process().num_threads() == 1
            fork, spawn = multiprocessing.get_context("fork"), multiprocessing.get_context("spawn")
            way = fork if forked() and alone else spawn
            ours, theirs = way.Pipe()
            child = way.Process(target=serve, args=(theirs, ours), daemon=True)
            child.start()
            theirs.close()
            self._child = child, ours
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            child, pipe = self._child
            child.kill()
            child.join()
            pipe.close()
            self._child = None

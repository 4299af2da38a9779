"""Run one job after another in a child process, within limits of time and memory.

The child is ``python -m minde.stages.worker``: it reads one JSON request a line and answers with
one JSON line. A request over its limit is answered for the child, which is killed and, for the next
request, started anew. So an estimator that hangs or eats the memory costs itself alone.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any

import psutil

POLL_SECONDS = 0.1


class LimitedWorker:
    """A child process that answers requests.

    Arguments:
        seconds: Limit of wall-clock time a request.
        memory_mb: Limit of the child's resident memory, MB.
    """

    def __init__(self, seconds: float, memory_mb: float) -> None:
        self.seconds, self.memory_mb = seconds, memory_mb
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> LimitedWorker:
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
        child = self._start()
        assert child.stdin is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        started = time.perf_counter()
        while True:
            try:
                answer: dict[str, Any] = json.loads(self._lines.get(timeout=POLL_SECONDS))
            except queue.Empty:
                reason = self._over_limit(child, time.perf_counter() - started)
                if reason:
                    self._stop()
                    return {"failed": reason}
                continue
            return answer

    def _over_limit(self, child: subprocess.Popen[str], elapsed: float) -> str:
        if elapsed > self.seconds:
            return f"over its limit of {self.seconds:g} s"
        try:
            used = psutil.Process(child.pid).memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            used = 0.0
        if used > self.memory_mb:
            return f"over its limit of {self.memory_mb:g} MB"
        if child.poll() is not None:
            # A last answer may still be on its way through the pipe.
            time.sleep(POLL_SECONDS)
            return f"its process ended with code {child.returncode}" if self._lines.empty() else ""
        return ""

    def _start(self) -> subprocess.Popen[str]:
        if self._child is None:
            command = [sys.executable, "-m", "minde.stages.worker"]
            pipe = subprocess.PIPE
            self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
            self._lines = queue.Queue()
            reader = threading.Thread(
                target=_forward, args=(self._child.stdout, self._lines), daemon=True
            )
            reader.start()
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for stream in (self._child.stdin, self._child.stdout):
                if stream is not None:
                    stream.close()
            self._child = None


def _forward(stream: Any, lines: queue.Queue[str]) -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed under the reader by _stop
        return

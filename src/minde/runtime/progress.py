"""Progress lines for log files: done, loss, rate, time left."""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import time
from collections.abc import Callable, Iterator

from minde.runtime.interrupt import stop_signals


def log_to(path: str | None) -> None:
    """Send minde's log lines to a file (or to standard error)."""
    handler = logging.FileHandler(path) if path else logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger("minde")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


class ProgressLog:
    """Logs at most one line every ``every`` seconds, and the last step always."""

    def __init__(self, name: str, every: float = 10.0) -> None:
        self.logger = logging.getLogger("minde.progress")
        self.name, self.every = name, every
        self.started = self.spoken = time.perf_counter()
        self.first: int | None = None

    def __call__(self, done: int, total: int, loss: float) -> None:
        """Report ``done`` of ``total`` steps at the mean ``loss``."""
        now = time.perf_counter()
        if self.first is None:
            self.first, self.started = done, now
            self.logger.info("%s: starts at step %d of %d", self.name, done, total)
            return
        if done < total and now - self.spoken < self.every:
            return
        self.spoken = now
        rate = (done - self.first) / max(now - self.started, 1e-9)
        left = f"{(total - done) / rate:.0f} s left" if rate > 0 else "time left unknown"
        self.logger.info(
            "%s: step %d/%d, loss %.4f, %.0f steps/s, %s", self.name, done, total, loss, rate, left
        )


@contextlib.contextmanager
def stoppable_progress(name: str) -> Iterator[Callable[[int, int, float], None]]:
    """What a training calls after each block: logs; raises StoppedError if a signal has come."""
    log = ProgressLog(name)
    with stop_signals() as check:

        def progress(done: int, total: int, loss: float) -> None:
            log(done, total, loss)
            # The first call, without a loss, is before any step: there is nothing to save yet.
            if not math.isnan(loss):
                check()

        yield progress

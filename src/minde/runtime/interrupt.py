"""Stop at the next safe moment when a scheduler says that a job's time is up."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from minde.errors import StoppedError

#: What Slurm sends before it kills a job, and what ``--signal=USR1@60`` asks it to send earlier.
SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
#: sysexits.h EX_TEMPFAIL: try again later.
EXIT_CODE = 75


@contextlib.contextmanager
def stop_signals() -> Iterator[Callable[[], None]]:
    """Catch SIGNALS; yields a function that raises StoppedError if one has come.

    Only the main thread may set handlers; elsewhere the function never raises.
    """
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    def check() -> None:
        if came:
            name = signal.Signals(came[0]).name
            raise StoppedError(f"stopped by {name}; the checkpoint is written, run again to go on")

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

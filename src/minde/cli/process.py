"""The process of a command: few looks for garbage, and an end at once when it is done.

Importing torch makes half a million objects, which Python looks through a hundred times while they
come, and takes apart one by one at the end: a second of a short command.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Callable

#: Objects made between two looks for garbage (700 by Python itself).
BETWEEN_LOOKS = 50_000


def run(main: Callable[[], None]) -> None:
    """Run a command as its process: what it printed is written and the process ends.

    What is registered to run at the exit runs. An error that is not caught ends it as ever, with
    its traceback, and so does output that nobody takes.

    Arguments:
        main: The command, which may raise SystemExit.
    """
    gc.set_threshold(BETWEEN_LOOKS, *gc.get_threshold()[1:])
    code = 0
    try:
        main()
    except SystemExit as stop:
        if isinstance(stop.code, str):
            raise
        code = stop.code or 0
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        raise SystemExit(code) from None
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)

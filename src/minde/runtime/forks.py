"""Snakemake's scripts as forks of a process that has imported what they import.

Only where Snakemake itself starts a job on this machine, on one core and without conda or a
container. With an executor such as Slurm's a job is a plain process, as with ``MINDE_FORKS=0``.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from minde.runtime.call import STAGE

#: What Snakemake sets to a job's threads.
THREADS = (
    "OMP_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
#: Without a thread of pyarrow's memory: a process with threads is not forked.
ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}


class Forks:
    """The process that jobs are forked from, started for the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def run(self, script: str, stage: str, environment: dict[str, str], record: Any) -> int | None:
        """Run a script of one thread; its exit code, or None where it could not be forked.

        Arguments:
            script: Path.
            stage: Dotted name of the function that it calls.
            environment: Of its process.
            record: Snakemake's of time and memory, or None.
        """
        environment = environment | dict.fromkeys(THREADS, "1")
        request = {"script": script, "stage": stage, "folder": os.getcwd()}
        line = json.dumps(request | {"environment": environment}) + "\n"
        ours, theirs = socket.socketpair()
        with ours, ours.makefile() as answers:
            try:
                with theirs, self._lock:
                    control = self._control or self._start(environment)
                    socket.send_fds(control, [b"+"], [theirs.fileno(), 1, 2])
                ours.sendall(line.encode())
                pid = int(answers.readline() or 0)
            except OSError:
                pid = 0
            if not pid:
                return None
            with _looks(pid, record):
                ours.sendall(b"+")
                # Without an answer the process that jobs are forked from was killed.
                code, seconds, memory = answers.readline().split() or (-signal.SIGKILL, 0, 0)
            if record is not None:
                # By the kernel's count, of the job and what it started.
                record.cpu_time, record.cpu_usage = float(seconds), 100 * float(seconds)
                record.max_rss = max(record.max_rss or 0, int(memory) / 1024)
            return int(code)

    def _start(self, environment: dict[str, str]) -> socket.socket:
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "minde.runtime.fork_server"]
            server = subprocess.Popen(command, stdin=theirs.fileno(), env=environment | ALONE)
        # It ends when nobody is left who asks, last in first out.
        atexit.register(server.wait)
        atexit.register(self._control.close)
        return self._control


@contextlib.contextmanager
def _looks(pid: int, record: Any) -> Iterator[None]:
    """Snakemake's looks at the memory of a process, ever rarer; and its time.

    One takes 20 ms, and Snakemake's sixteen of the first eight seconds as much as a small job.
    """
    from snakemake.benchmark import BenchmarkTimer

    if record is None:
        yield
        return
    looks, ended = BenchmarkTimer(pid, record), threading.Event()

    def look() -> None:
        wait = 0.5
        while not ended.wait(wait):
            looks.work()
            wait *= 2

    looks.work()
    started, thread = time.time(), threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        record.running_time = time.time() - started
        ended.set()
        thread.join()


def fork_scripts() -> None:
    """Have Snakemake fork the scripts that this process starts; safe to call again."""
    from snakemake.script import PythonScript

    if sys.platform != "linux" or os.environ.get("MINDE_FORKS") == "0":
        return
    if getattr(PythonScript, "forked", False):
        return
    plain, forks = PythonScript.execute_script, Forks()

    def execute_script(self: Any, fname: str, edit: bool = False) -> None:
        stage = self.params.get(STAGE)
        elsewhere = self.container_img or self.conda_env or self.env_modules
        code = None
        # Rules of a workflow that takes ours as a module may have a param of this name.
        if isinstance(stage, dict) and not elsewhere and self.threads == 1:
            environment = dict(os.environ)
            if self.resources.get("tmpdir"):
                names = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
                environment |= dict.fromkeys(names, str(self.resources.tmpdir))
            code = forks.run(fname, stage["function"], environment, self.bench_record)
        if code is None:
            plain(self, fname, edit)
        elif code:
            raise subprocess.CalledProcessError(code, f"{sys.executable} {fname}")

    PythonScript.execute_script = execute_script
    PythonScript.forked = True

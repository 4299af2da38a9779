"""A process that imports what jobs import, and is forked for each of them.

Half of a small job is the import of torch, jax or matplotlib. Here a module is imported once: that
of the job's stage before its first job, and what its jobs went on to import before the next one. A
job is a process of its own all the same, with its own environment, folder and standard streams.

Nothing runs in this process but imports. One that starts a thread makes forks unsafe: then every
request is declined, and jobs run as plain processes.

Usage: ``python -m minde.runtime.fork_server``, a socket for its standard input; each message there
hands over a job's own socket, standard output and standard error. The job's socket takes a line
that says what to run, and answers with lines: the process' id, 0 where declined; at the end its
exit code, seconds of the processor and largest memory in KiB. The process waits for a byte before
it starts.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from typing import Any

import psutil

from minde.baselines.jax_cache import use_jax_cache
from minde.runtime import imported

#: Imported at the start: what Snakemake's scripts, and ours, begin with.
FIRST = ("snakemake.script", "minde.runtime.call")
#: Signals that a terminal or a scheduler sends to all processes of a run; jobs get them as well.
TO_ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@dataclass
class Job:
    """A forked process: the socket that waits for its exit code, and what it tells of imports."""

    socket: socket.socket
    stage: str
    imports: int


@dataclass
class Server:
    """Forks a process per request.

    Attributes:
        control: Where jobs are handed over.
        jobs: Those at work, by process id.
        wanted: By stage, modules that its jobs imported.
    """

    control: socket.socket
    jobs: dict[int, Job] = field(default_factory=dict)
    wanted: dict[str, list[str]] = field(default_factory=dict)

    def serve(self) -> dict[str, Any] | None:
        """Answer until nobody is left who asks: None. In a forked process, return its request."""
        woken, waker = os.pipe()
        for end in (woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in TO_ALL:
            signal.signal(number, signal.SIG_IGN)
        while True:
            ready = select.select([self.control.fileno(), woken], [], [])[0]
            if woken in ready:
                os.read(woken, 4096)
                self._end()
            if self.control.fileno() in ready:
                message, given, _, _ = socket.recv_fds(self.control, 1, 3)
                if not message:
                    return None
                request = self._fork(*given)
                if request is not None:
                    os.close(woken)
                    os.close(waker)
                    return request

    def _end(self) -> None:
        """Say how processes ended; keep what they imported."""
        for pid, job in list(self.jobs.items()):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if ended:
                del self.jobs[pid]
                self.wanted[job.stage] = imported.read_imports(job.imports)
                seconds = used.ru_utime + used.ru_stime
                _say(job.socket, os.waitstatus_to_exitcode(status), seconds, used.ru_maxrss)
                job.socket.close()

    def _fork(self, mine: int, *streams: int) -> dict[str, Any] | None:
        """Fork for a request, which the forked process gets."""
        job = socket.socket(fileno=mine)
        with job.makefile() as lines:
            request: dict[str, Any] = json.loads(lines.readline())
        stage = request["stage"]
        for name in (stage.rpartition(".")[0], *self.wanted.pop(stage, ())):
            # What cannot be imported fails in the job, which says so.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        if psutil.Process().num_threads() > 1:
            _say(job, 0)
            job.close()
            return None
        imports = os.memfd_create("imports")
        pid = os.fork()
        if pid == 0:
            self._become(job, streams, request, imports)
            return request
        for stream in streams:
            os.close(stream)
        self.jobs[pid] = Job(job, stage, imports)
        _say(job, pid)
        return None

    def _become(
        self, job: socket.socket, streams: tuple[int, ...], request: dict[str, Any], imports: int
    ) -> None:
        """Be as a process that was started for the request, and wait for the word to begin."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, *TO_ALL):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for other in (self.control, *(other.socket for other in self.jobs.values())):
            other.close()
        null = os.open(os.devnull, os.O_RDONLY)
        for at, stream in enumerate((null, *streams)):
            os.dup2(stream, at)
            os.close(stream)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        tempfile.tempdir = None
        imported.tell_imports_to(imports)
        word = job.recv(1)
        job.close()
        if not word:
            sys.exit(1)


def _say(job: socket.socket, *numbers: float) -> None:
    # Who asked may be gone.
    with contextlib.suppress(OSError):
        job.sendall((" ".join(map(str, numbers)) + "\n").encode())


def _run(script: str) -> int:
    """Run a script; its exit code."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        imported.tell_imports()
    return 0


def main() -> None:
    """Serve; in a forked process, run the script of its request."""
    use_jax_cache()
    for name in FIRST:
        importlib.import_module(name)
    request = Server(socket.socket(fileno=os.dup(0))).serve()
    if request is not None:
        sys.argv = [request["script"]]
        code = _run(request["script"])
        # What is to be done at the end is done; to take thousands of modules apart would take
        # longer than most jobs.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

"""Draws faults, runs the fast tests of the faulty module on each, and says which they caught.

Each fault has a process of its own, forked from one that has the libraries loaded. Equivalent ones
are listed with their reason in ``equivalent.py`` and run as well: one that is caught is not.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import numpy  # noqa: F401  loaded once, for all
import pandas  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import torch

from tests.mutation.answering import files_of
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutate import Mutant, drawn, faulty_module, mutants

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = REPOSITORY / "src/minde"
MODULES = [
    *sorted(f"readout/{p.name}" for p in (ROOT / "readout").glob("*.py")),
    *(f"diffusion/{name}.py" for name in ("schedule", "gaussian", "roles", "points")),
    *sorted(f"discrete/{p.name}" for p in (ROOT / "discrete").glob("*.py")),
]
#: Share of the faults that are none in disguise which tests are to catch.
LEAST_CAUGHT = 0.95


class FaultyLoader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module with its fault, and leaves the others to Python."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = "minde." + mutant.module.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(ROOT / self.mutant.module))

    def exec_module(self, module: ModuleType) -> None:
        code = compile(faulty_module(ROOT, self.mutant), module.__spec__.origin, "exec")
        exec(code, module.__dict__)


class FirstFailure:
    """Remembers which test failed first, or that none could be read."""

    def __init__(self) -> None:
        self.name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.name:
            self.name = f"{report.nodeid} (import)"


def first_failure(mutant: Mutant | None, files: Sequence[str], seconds: float) -> str:
    """Name of the test that catches a fault; empty if none does."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        _run_tests(mutant, files, into)
    os.close(into)
    until, name = time.monotonic() + seconds, ""
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            name = f"no end within {seconds:g} s"
            break
        time.sleep(0.05)
    with os.fdopen(out) as pipe:
        return name or pipe.read()


def _run_tests(mutant: Mutant | None, files: Sequence[str], into: int) -> None:
    """Never returns: the tests of a forked process, whose first failure goes into a pipe."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    watcher = FirstFailure()
    try:
        if mutant is not None:
            sys.meta_path.insert(0, FaultyLoader(mutant))
        marks = "not slow and not gpu and not browser and not slurm"
        options = ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", marks]
        code = pytest.main([*options, *files], plugins=[watcher])
        name = watcher.name or ("" if code == 0 else f"pytest ended with {int(code)}")
    except BaseException as error:  # a fault may raise anything, at import too
        name = f"{type(error).__name__}"
    os.write(into, name.encode())
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="faults to draw")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--part", default="1/1", help="one of so many parts, such as 2/4")
    parser.add_argument("--seconds", type=float, default=120.0, help="limit of each fault")
    parser.add_argument("--module", default="", help="only of modules whose path holds this")
    parser.add_argument("--list", action="store_true", help="only show the faults")
    asked = parser.parse_args()

    found = [m for name in MODULES for m in mutants(ROOT, name)]
    chosen = [m for m in drawn(found, asked.count, asked.seed) if asked.module in m.module]
    part, parts = map(int, asked.part.split("/"))
    chosen = chosen[part - 1 :: parts]
    print(f"{len(found)} faults of {len(MODULES)} modules; {len(chosen)} are tried", flush=True)
    if asked.list:
        print(*chosen, sep="\n")
        return

    os.chdir(REPOSITORY)
    torch.set_num_threads(1)
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None)
    hypothesis.settings.load_profile("mutants")
    whole = sorted({name for m in chosen for name in files_of(m.module)})
    if broken := first_failure(None, whole, 900.0):
        raise SystemExit(f"the tests fail without a fault: {broken}")
    caught, survived = 0, []
    for mutant in chosen:
        name = first_failure(mutant, files_of(mutant.module), asked.seconds)
        change = f"{mutant.before} -> {mutant.after}"
        reason = EQUIVALENT.get((mutant.module, mutant.text, change), "")
        said = f"caught by {name}" if name else f"equivalent: {reason}" if reason else "SURVIVED"
        print(f"{mutant}  |  {said}", flush=True)
        caught += bool(name)
        survived += [] if name or reason else [mutant]
    share = caught / max(1, caught + len(survived))
    same = len(chosen) - caught - len(survived)
    print(f"{caught} caught, {len(survived)} survived, {same} equivalent: {share:.1%} caught")
    raise SystemExit(share < LEAST_CAUGHT)


if __name__ == "__main__":
    main()

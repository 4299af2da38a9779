"""Which modules a forked process has imported, so that the next one finds them.

A file in memory that the processes of a job share takes a line for each of them; only the process
that jobs are forked from (``minde.runtime.fork_server``) gives them one.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from dataclasses import dataclass

from minde.runtime.digest import ROOT

#: Where installed modules lie, and ours; what a user's own folder holds may be edited any time.
INSTALLED = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(ROOT))

#: Packages that compute when they are imported, which starts threads: each job imports them anew.
COMPUTES = ("bmi",)


@dataclass
class Told:
    """A file in memory, and the modules that were there when it was handed over."""

    file: int
    before: frozenset[str]


_told: list[Told] = []


def tell_imports_to(file: int) -> None:
    """From now on :func:`tell_imports` writes to a descriptor, also in forks of this process."""
    _told[:] = [Told(file, frozenset(sys.modules))]


def forked() -> bool:
    """Whether this process was forked where modules were imported before."""
    return bool(_told)


def tell_imports() -> None:
    """Write the installed modules that were imported since, in the order of their import."""
    for told in _told:
        names = [name for name in list(sys.modules) if name not in told.before]
        found = [name for name in names if _is_installed(name)]
        os.write(told.file, (json.dumps(found) + "\n").encode())
        told.before |= frozenset(names)


def read_imports(file: int) -> list[str]:
    """What was written to a file in memory, which is closed."""
    with os.fdopen(file) as lines:
        lines.seek(0)
        return [name for line in lines for name in json.loads(line)]


def _is_installed(name: str) -> bool:
    if name.partition(".")[0] in COMPUTES:
        return False
    spec = getattr(sys.modules[name], "__spec__", None)
    return str(getattr(spec, "origin", None)).startswith(INSTALLED)

"""What needs bmi may run by the Python of another environment; files are all that they exchange.

bmi 0.1.3 holds numpy, pandas, jax and, through pydantic, Snakemake at old versions. With the
environment variable ``MINDE_BMI_PYTHON`` naming the Python of an environment that has it, Snakemake
and all the rest run on current versions.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from minde.errors import InputError
from minde.runtime.digest import ROOT, versions
from minde.runtime.job import job

VARIABLE = "MINDE_BMI_PYTHON"


def other_python() -> str | None:
    """The Python that has bmi; None if it is this one.

    Raises:
        InputError: If bmi is neither here nor elsewhere.
    """
    named = os.environ.get(VARIABLE)
    if named is None and find_spec("bmi") is None:
        raise InputError(
            "bmi: not installed here; install minde[bmi], or name the Python of an environment "
            f"that has it in {VARIABLE}"
        )
    return named


@functools.cache
def versions_where(needs: str | None, packages: tuple[str, ...]) -> dict[str, str | None]:
    """Versions of packages where a stage runs: here, or by the Python that has bmi."""
    python = os.environ.get(VARIABLE) if needs == "bmi" else None
    if python is None:
        return versions(*packages)
    text = f"from minde.runtime.digest import *; import json; print(json.dumps(versions{packages}))"
    try:
        done = subprocess.run([python, "-c", text], env=_environment(), capture_output=True)
    except OSError:
        raise InputError(f"{VARIABLE}: there is no {python}") from None
    if done.returncode:
        raise InputError(f"{VARIABLE}: {python} cannot import minde; has it torch and numpy?")
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def become(python: str, function: str, keywords: dict[str, Any], log: str | None) -> NoReturn:
    """Go on as another Python that calls a stage and exits: same process, log and limits.

    Arguments:
        python: Path of the other Python; the package is taken from where it is taken from here.
        function: Dotted name of the stage.
        keywords: Its arguments.
        log: The job's log file.

    Raises:
        InputError: If there is no such Python.
    """
    request = json.dumps({"function": function, "keywords": keywords, "log": log})
    if not Path(python).is_file():
        raise InputError(f"{VARIABLE}: there is no {python}")
    # Nothing is left to flush these once the process is another program.
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [python, "-m", "minde.runtime.elsewhere", request], _environment())


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT.parent)}


def main() -> None:
    """Call the stage of the request on the command line."""
    from minde.runtime.call import load

    request = json.loads(sys.argv[1])
    with job(request["log"]):
        load(request["function"])(**request["keywords"])


if __name__ == "__main__":
    main()

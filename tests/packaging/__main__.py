"""Builds wheel and sdist, installs them in bare environments of several Pythons, and uses them.

Per Python there is an environment with torch and numpy alone, and then with the extras ``cli`` and
``excel`` as well. All is made in a scratch folder, from which this repository cannot be imported.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXTRAS = "cli,excel"
#: What the core's tests need beside the core.
FOR_TESTS = ("pytest", "scipy", "safetensors", "pandas")

FIT = """
import numpy as np, minde
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 1))
fitted = minde.MINDE(options={"n_steps": 32, "width": 16}).fit(x, x + rng.normal(size=(300, 1)))
low, high = fitted.mutual_information().interval
assert low < 0.5 * np.log(2) < high
"""
DOCTESTS = """
import doctest, importlib, sys
ran = 0
for name in sys.argv[1:]:
    result = doctest.testmod(importlib.import_module(name))
    assert not result.failed
    ran += result.attempted
assert ran > 20
"""
MODULES = [
    *(f"minde.estimators.{name}" for name in ("minde", "entropy", "kl", "multivariate")),
    "minde.estimators.capacity",
    "minde.scores",
]
NEED_TABLES = ["minde.questions.local", "minde.questions.rows"]
VERSIONS = """
import json, platform, numpy, torch, minde
print(json.dumps([platform.python_version(), numpy.__version__, torch.__version__, minde.__file__]))
"""


class Environment:
    """A virtual environment in a folder, and the checks that passed in it."""

    def __init__(self, scratch: Path, python: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="env-", dir=scratch))
        self.work = scratch / "work"
        self.bin = self.folder / "bin"
        self.failed: list[str] = []
        self.ran: list[str] = []
        run("uv", "venv", "--quiet", "--clear", "--python", python, self.folder)

    def install(self, *what: str) -> None:
        run("uv", "pip", "install", "--quiet", "--python", self.bin / "python", *what)

    def check(self, name: str, *command: str | Path, says: str = "", code: int = 0) -> None:
        """Run a command; a failure is noted with its last lines, and the others go on."""
        program = self.bin / str(command[0])
        done = subprocess.run(
            [program, *map(str, command[1:])],
            cwd=self.work,
            env=clean(),
            capture_output=True,
            text=True,
        )
        self.ran.append(name)
        if done.returncode != code or says not in done.stdout + done.stderr:
            self.failed.append(name)
            print(
                f"{name} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )

    def versions(self) -> list[str]:
        done = run(self.bin / "python", "-c", VERSIONS, cwd=self.work)
        *found, place = json.loads(done)
        if not Path(place).is_relative_to(self.folder):
            raise SystemExit(f"minde was imported from {place}, not from the wheel")
        return found


def clean() -> dict[str, str]:
    """The environment's variables, without those that would lead to this repository."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    program = command[0]
    if program == "uv":
        beside = Path(sys.executable).parent / "uv"
        program = beside if beside.exists() else "uv"
    words = [str(word) for word in (program, *command[1:])]
    done = subprocess.run(words, cwd=cwd, env=clean(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def build(scratch: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    run("uv", "build", "--quiet", "--out-dir", scratch / "dist", REPOSITORY)
    (sdist,) = (scratch / "dist").glob("*.tar.gz")
    (wheel,) = (scratch / "dist").glob("*.whl")
    return sdist, wheel


def prepare(scratch: Path) -> None:
    """A small table, and the tests without the package."""
    work = scratch / "work"
    work.mkdir()
    rows = [f"{k % 7 + k % 3},{k % 7}.5,{(k * k) % 11}.25" for k in range(300)]
    (work / "table.csv").write_text("\n".join(["a,b,c", *rows]) + "\n")
    for name in ("tests", "benchmarks"):
        shutil.copytree(REPOSITORY / name, work / name)
    shutil.copy(REPOSITORY / "tests/packaging/typed_use.py", work / "user.py")
    shutil.copy(REPOSITORY / "pyproject.toml", work)


def bare(env: Environment, tests: Sequence[str]) -> None:
    """With the core alone; then with what its tests need."""
    env.check("doctor", "minde", "doctor", says="all that is needed works")
    env.check("names extras", "minde", "doctor", says="pip install 'minde[cli]'")
    env.check("one line", "minde", "estimate", says="pip install 'minde[cli]'", code=2)
    env.check("fit", "python", "-c", FIT)
    env.check("doctests", "python", "-c", DOCTESTS, *MODULES)
    if tests:
        env.install(*FOR_TESTS)
        words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow and not gpu")
        env.check("core tests", "python", *words, *tests)


def with_extras(env: Environment) -> None:
    """The command line and tables as well."""
    env.check("help", "minde", "--help", says="doctor")
    steps = ("--steps", "32", "--folds", "1", "--seeds", "1", "--json")
    words = ("table.csv", "--x", "a", "--y", "b,c", *steps)
    env.check("estimate", "minde", "estimate", *words, says='"value"')
    env.check("extras there", "minde", "doctor", says="excel")
    env.check("doctests of tables", "python", "-c", DOCTESTS, *NEED_TABLES, *MODULES)
    env.install("mypy")
    env.check("types", "python", "-m", "mypy", "--strict", "--config-file=", "user.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pythons", default=sys.executable, help="commands of interpreters")
    parser.add_argument("--pins", default="", help="requirements such as 'torch==2.4.1'")
    parser.add_argument("tests", nargs="*", help="test files of the core")
    asked = parser.parse_args()
    table, failed = [], 0
    with tempfile.TemporaryDirectory(prefix="minde-wheel-") as folder:
        scratch = Path(folder)
        sdist, wheel = build(scratch)
        prepare(scratch)
        for python in asked.pythons.split():
            env = Environment(scratch, python)
            env.install(str(wheel), *asked.pins.split())
            bare(env, asked.tests)
            env.install(f"minde[{EXTRAS}] @ file://{wheel}", *asked.pins.split())
            with_extras(env)
            # The sdist last, over the wheel: the same files, built once more.
            env.install("--reinstall-package", "minde", "--no-deps", str(sdist))
            env.check("sdist", "minde", "--help", says="doctor")
            failed += bool(env.failed)
            result = f"failed: {', '.join(env.failed)}" if env.failed else "passed"
            table.append([*env.versions(), f"{len(env.ran)} checks", result])
            print("  ".join(table[-1]), flush=True)
            shutil.rmtree(env.folder)
    print("\n| Python | numpy | torch | run | result |\n|---|---|---|---|---|")
    for row in table:
        print(f"| {' | '.join(row)} |")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()

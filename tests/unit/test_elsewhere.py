"""Stages that need bmi go to the Python that has it, and no other stage does."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minde.errors import InputError
from minde.runtime import elsewhere
from minde.runtime.digest import NEEDS_BMI, ROOT, closure, module_path, stage

JOB = """
import os, sys
from types import SimpleNamespace
try:
    from snakemake.iocontainers import Namedlist, Params, Wildcards
except ImportError:  # Snakemake before 9.17
    from snakemake.io import Namedlist, Params, Wildcards
from minde.runtime.call import call_stage
from minde.runtime.job import job

samples = Namedlist([{out!r}])
samples._set_name("samples", 0)
call = SimpleNamespace(
    input=Namedlist([]),
    output=samples,
    params=Params(fromdict={{"stage": {stage!r}}}),
    wildcards=Wildcards(fromdict={{"task": "sum-d1-0.5", "seed": "3", "n": "40", "suite": "x"}}),
    threads=1,
    log=[{log!r}],
)
with job(call.log[0]):
    call_stage(call)
print("still here")
"""


def bmi_modules():
    """Our modules with an import of bmi, and whether one is at the top, where it is not lazy."""
    found = {}
    texts = {path: path.read_text() for path in ROOT.rglob("*.py")}
    for path, text in texts.items():
        tree = ast.parse(text if "bmi" in text or "jax" in text else "")
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("bmi", "jax") for name in names):
                name = ".".join(("minde", *path.relative_to(ROOT).with_suffix("").parts))
                found[name] = found.get(name, False) or node in tree.body
    return found


def test_few_modules_import_bmi_and_all_do_it_late():
    assert bmi_modules() == dict.fromkeys(
        [
            "minde.baselines.bmi_critics",
            "minde.experiments.benchmark.samples",
            "minde.experiments.high_mi.tasks",
            "minde.experiments.small_n.oracle",
            "minde.experiments.small_n.samples",
        ],
        False,
    )
    for name in NEEDS_BMI:
        # The estimators' classes are loaded by name.
        assert set(closure(name)) & {*bmi_modules(), "minde.baselines.bmi_class"}, name
        assert module_path(name) is not None


def test_a_stage_says_that_it_needs_bmi():
    assert stage("minde.experiments.benchmark.samples.sample_task", n_test=5)["needs"] == "bmi"
    critics = "minde.baselines.bmi_critics"
    assert stage("minde.stages.baseline.estimate_baseline", critics)["needs"] == "bmi"
    assert "needs" not in stage("minde.stages.baseline.estimate_baseline", "minde.baselines.doe")
    assert "needs" not in stage("minde.experiments.interaction.samples.sample_task", n_test=5)


def run(tmp_path, python, needs="bmi"):
    what = stage("minde.experiments.interaction.samples.sample_task", n_test=10)
    if needs:
        what = what | {"needs": needs}
    text = JOB.format(out=str(tmp_path / "s.parquet"), log=str(tmp_path / "log"), stage=what)
    return subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        env=os.environ | {elsewhere.VARIABLE: str(python), "PYTHONPATH": str(ROOT.parent)},
    )


def test_the_job_becomes_the_other_python_and_writes_the_same(tmp_path):
    seen = tmp_path / "seen"
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nprintf "%s" "$3" > {seen}\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    there, here = run(tmp_path / "a", other), run(tmp_path / "b", other, needs="")
    assert there.returncode == here.returncode == 0, there.stderr + here.stderr
    # The process went on as the other one, and only where that was needed.
    assert (there.stdout, here.stdout) == ("", "still here\n")
    assert json.loads(seen.read_text())["keywords"]["seed"] == 3
    a, b = ((tmp_path / x / "s.parquet").read_bytes() for x in "ab")
    assert a == b
    assert (tmp_path / "a/log").read_text().endswith("done\n")


def test_a_failure_there_is_the_jobs_own(tmp_path):
    broken = tmp_path / "python"
    broken.write_text(f'#!/bin/sh\nexec {sys.executable} -c "raise SystemExit(75)"\n')
    broken.chmod(0o755)
    assert run(tmp_path, broken).returncode == 75
    done = run(tmp_path, tmp_path / "none")
    assert done.returncode == 2
    assert done.stderr == f"minde: error: {elsewhere.VARIABLE}: there is no {tmp_path / 'none'}\n"
    assert not Path(tmp_path / "s.parquet").exists()


def test_without_bmi_anywhere_the_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(elsewhere, "find_spec", lambda name: None)
    monkeypatch.delenv(elsewhere.VARIABLE, raising=False)
    with pytest.raises(InputError, match="name the Python of an environment that has it in MINDE_"):
        elsewhere.other_python()
    monkeypatch.setenv(elsewhere.VARIABLE, "/some/python")
    assert elsewhere.other_python() == "/some/python"


def test_versions_are_those_of_the_python_that_runs_the_stage(monkeypatch, tmp_path):
    elsewhere.versions_where.cache_clear()
    monkeypatch.delenv(elsewhere.VARIABLE, raising=False)
    here = elsewhere.versions_where("bmi", ("numpy", "no-such-package"))
    assert here == {"numpy": np.__version__, "no-such-package": None}
    monkeypatch.setenv(elsewhere.VARIABLE, sys.executable)
    elsewhere.versions_where.cache_clear()
    assert elsewhere.versions_where("bmi", ("numpy", "no-such-package")) == here
    monkeypatch.setenv(elsewhere.VARIABLE, str(tmp_path / "none"))
    assert elsewhere.versions_where(None, ("numpy",)) == {"numpy": np.__version__}
    elsewhere.versions_where.cache_clear()
    with pytest.raises(InputError, match="there is no"):
        elsewhere.versions_where("bmi", ("numpy",))
    elsewhere.versions_where.cache_clear()

"""Jobs that are forked: processes of their own, as plain ones are, but for what is imported."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from snakemake.benchmark import BenchmarkRecord

from minde.runtime.forks import Forks

if sys.platform != "linux":
    pytest.skip("forked on Linux alone", allow_module_level=True)

STAGE = "json.dumps"


@pytest.fixture
def forks():
    return Forks()


@pytest.fixture
def run(forks, tmp_path):
    """Run a program by a fork; its exit code and what it writes to ``said``."""

    def run(program, environment=None, record=None):
        (tmp_path / "said").unlink(missing_ok=True)
        script = tmp_path / "script.py"
        start = f"import os, sys\nsaid = open({str(tmp_path / 'said')!r}, 'w')\n"
        script.write_text(start + program)
        code = forks.run(str(script), STAGE, {**os.environ, **(environment or {})}, record)
        return code, (tmp_path / "said").read_text()

    return run


def test_a_job_has_an_environment_a_folder_and_arguments_of_its_own(run, tmp_path, monkeypatch):
    program = "print(os.environ['A'], os.getcwd(), sys.argv[0], __name__, file=said)"
    for value in ("1", "2"):
        folder = tmp_path / value
        folder.mkdir()
        monkeypatch.chdir(folder)
        code, said = run(program, {"A": value})
        assert code == 0
        assert said.split() == [value, str(folder), str(tmp_path / "script.py"), "__main__"]
    assert run("print('A' in os.environ, os.environ['OMP_NUM_THREADS'], file=said)") == (
        0,
        "False 1\n",
    )


def test_what_one_job_imports_the_next_finds_imported_and_nothing_else_of_it(run, tmp_path):
    (tmp_path / "theirs.py").write_text("value = 1\n")
    there = "print('minde.recipe' in sys.modules, 'theirs' in sys.modules, file=said)\n"
    imports = f"sys.path.append({str(tmp_path)!r})\nimport minde.recipe, theirs\n"
    assert run(there + imports + "minde.recipe.changed = 1") == (0, "False False\n")
    # Ours is imported, afresh; a module of the user's own folder, who may edit it, is not.
    assert run(there) == (0, "True False\n")
    assert run("import minde.recipe\nprint(hasattr(minde.recipe, 'changed'), file=said)") == (
        0,
        "False\n",
    )


def test_what_a_job_leaves_to_its_end_is_done(run, tmp_path):
    later = tmp_path / "later"
    program = f"import atexit\natexit.register(open({str(later)!r}, 'w').write, 'done')"
    assert run(program) == (0, "")
    assert later.read_text() == "done"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("sys.exit(3)", 3),
        ("sys.exit('in words')", 1),
        ("raise ValueError('not today')", 1),
        ("import signal\nos.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import signal\nos.kill(os.getpid(), signal.SIGTERM)", -15),
    ],
)
def test_how_a_job_ends_is_told_and_the_next_one_runs(run, program, code):
    assert run(program)[0] == code
    assert run("print('well', file=said)") == (0, "well\n")


def test_time_and_memory_are_those_of_the_forked_process(run):
    record = BenchmarkRecord()
    program = "import time\nkept = b'1' * 300_000_000\nend = time.process_time() + 1.0\n"
    assert run(program + "while time.process_time() < end: pass", record=record)[0] == 0
    assert record.running_time >= 1.0
    # By the kernel's count; the second is counted by the program itself, which starts and ends.
    assert 1.0 <= record.cpu_time < 3.0
    assert record.max_rss >= record.max_uss >= 280  # 300 MB in MiB, less a little


def test_a_process_with_threads_is_not_forked(forks, tmp_path):
    """A module that starts a thread when it is imported: jobs are declined from then on."""
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    script = tmp_path / "script.py"
    script.write_text("")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    assert forks.run(str(script), "json.dumps", environment, None) == 0
    assert forks.run(str(script), "threaded.stage", environment, None) is None
    assert forks.run(str(script), "json.dumps", environment, None) is None


SNAKEFILE = """
from minde.runtime.forks import fork_scripts
fork_scripts()
fork_scripts()

rule all:
    input: "a.json", "b.json", "broken.json"

rule job:
    output: "{name}.json"
    benchmark: "{name}.tsv"
    params: stage={"function": "json.dumps"}
    script: "job.py"
"""
JOB = """
import json, os, psutil
print("said by", snakemake.wildcards.name, flush=True)
parent = " ".join(psutil.Process(os.getppid()).cmdline())
found = {"parent": parent, "argv": __file__, "temporary": os.environ["TMPDIR"]}
open(snakemake.output[0], "w").write(json.dumps(found))
if snakemake.wildcards.name == "broken":
    raise SystemExit(2)
"""


def snakemake(folder, *options, **environment):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
    environment = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("forked", ["1", "0"])
def test_snakemake_forks_scripts_unless_told_not_to(tmp_path, forked):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(textwrap.dedent(JOB))
    done = snakemake(tmp_path, "--keep-going", MINDE_FORKS=forked)
    assert done.returncode != 0
    for name in "ab":
        found = json.loads((tmp_path / f"{name}.json").read_text())
        assert ("minde.runtime.fork_server" in found["parent"]) == (forked == "1")
        assert found["argv"] == str(tmp_path / "job.py")
        assert found["temporary"]
        assert f"said by {name}" in done.stdout
        assert (tmp_path / f"{name}.tsv").read_text().startswith("s\th:m:s")
    assert "exit status 2" in done.stdout + done.stderr
    assert not (tmp_path / "broken.json").exists()

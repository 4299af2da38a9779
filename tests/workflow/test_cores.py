"""A run never takes more cores or GPUs than it was given, whatever the shape of its graph."""

import re
import subprocess
import sys
import threading

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from minde.runtime.scheduler import mend_scheduler

SNAKEFILE = """
from minde.runtime.scheduler import mend_scheduler
mend_scheduler()
mend_scheduler()

rule all:
    input: expand("wide{i}", i=range(4))

# One ready job at a time, three times over; then four at once.
rule narrow:
    input: lambda w: [f"narrow{int(w.k) - 1}"] if int(w.k) else []
    output: "narrow{k,[0-9]+}"
    resources: gpu=1
    shell: "touch {output}"

rule wide:
    input: "narrow2"
    output: "wide{i,[0-9]+}"
    resources: gpu=1
    shell: "date +'start %s.%N' >> times; sleep 0.6; date +'end %s.%N' >> times; touch {output}"
"""


def most_at_a_time(text):
    events = sorted(
        (float(t), 1 if kind == "start" else -1)
        for kind, t in re.findall(r"(start|end) ([\d.]+)", text)
    )
    running, most = 0, 0
    for _, step in events:
        running += step
        most = max(most, running)
    return most


@pytest.mark.parametrize("limits", [["--cores", "1"], ["--cores", "4", "--resources", "gpu=1"]])
def test_jobs_that_are_ready_alone_are_counted(tmp_path, limits):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", *limits]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "times").read_text()
    assert text.count("start") == 4
    assert most_at_a_time(text) == 1


def test_the_scheduler_is_woken_once_however_often_it_asks():
    mend_scheduler()

    class Waiting:
        def __init__(self):
            self._open_jobs = threading.Semaphore(0)

    waiting = Waiting()
    for rounds in (1, 2):
        for _ in range(5):
            JobScheduler._schedule_reevalutation(waiting, 0.01)
        # Woken once a round; no second time within twenty times the delay.
        assert waiting._open_jobs.acquire(timeout=10.0), rounds
        assert not waiting._open_jobs.acquire(timeout=0.2), rounds

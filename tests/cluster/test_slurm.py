"""`snakemake --cores all --profile slurm`, typed in a clean checkout, on a real Slurm; then undone
in every way a cluster can: cancelled, a node lost, Snakemake interrupted or killed, out of time.
"""

import re
import signal
import subprocess
import time

import pandas as pd
import pytest
import yaml

from minde.io.checkpoint import load_checkpoint
from tests.cluster.cluster import GPUS_A_NODE, NODES, wait_until
from tests.cluster.conftest import checkout, environment, run_locally

pytestmark = pytest.mark.slurm
COMMAND = ["snakemake", "--cores", "all", "--profile", "slurm"]
#: Everything whose bytes must not depend on where and how it ran: no time is in them.
SAME_BYTES = ("tables/table1.csv", "tables/table1.tex", "tables/table4.csv", "figures/table1.png")
TIMES = ["seconds"]


def begin(cluster, folder):
    """Start the literal command; its output goes to ``run.log``."""
    log = (folder / "run.log").open("a")
    return subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(cluster.env),
        stdout=log,
        stderr=log,
        # As in a terminal: a shell that started us in the background has it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(process, folder, minutes=12):
    process.wait(timeout=60 * minutes)
    return process.returncode, (folder / "run.log").read_text()


def training(cluster, folder):
    """Ids of the training jobs that are past their first line of progress."""
    started = list((folder / "results/cluster/logs/train_score").rglob("*.log"))
    if not any("starts at step" in p.read_text() for p in started):
        return []
    return [job for job, comment in cluster.jobs("R").items() if "train_score" in comment]


def wait_for_training(cluster, folder):
    wait_until(lambda: bool(training(cluster, folder)), "a training under way", 240)
    time.sleep(3)  # some steps in
    return training(cluster, folder)


def assert_same_results(one, other):
    a, b = one / "results/cluster", other / "results/cluster"
    for name in SAME_BYTES:
        assert (a / name).read_bytes() == (b / name).read_bytes(), name
    scores = sorted(p.relative_to(a) for p in a.rglob("*.safetensors"))
    assert scores == sorted(p.relative_to(b) for p in b.rglob("*.safetensors"))
    assert len(scores) >= 1
    for name in scores:
        mine, theirs = load_checkpoint(a / name)[0], load_checkpoint(b / name)[0]
        assert mine.keys() == theirs.keys()
        for key in mine:
            assert mine[key].numpy().tobytes() == theirs[key].numpy().tobytes(), (name, key)
    frames = [
        pd.read_parquet(p / "tables/benchmark_estimates.parquet").drop(columns=TIMES)
        for p in (a, b)
    ]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def highest_use(jobs):
    """Most GPUs of each node in use at once, from the accounting."""
    most = dict.fromkeys(NODES, 0)
    for node in NODES:
        mine = [j for j in jobs if j["NodeList"] == node and "gres/gpu" in j["AllocTRES"]]
        moments = sorted({int(j["Start"]) for j in mine})
        for moment in moments:
            running = [j for j in mine if int(j["Start"]) <= moment < int(j["End"])]
            count = [int(re.search(r"gres/gpu=(\d+)", j["AllocTRES"])[1]) for j in running]
            most[node] = max(most[node], sum(count))
    return most


def test_the_literal_command_runs_everything_within_the_gpus(cluster, tmp_path, undisturbed):
    folder = checkout(tmp_path)
    code, log = finish(begin(cluster, folder), folder)
    assert code == 0, log[-3000:]
    assert "Using profile slurm" in log
    assert_same_results(folder, undisturbed)
    jobs = cluster.accounted()
    print(f"{len(jobs)} Slurm jobs: {sorted({j['Comment'] for j in jobs})}")
    assert {j["State"] for j in jobs} == {"COMPLETED"}
    trainings = [j for j in jobs if "train_score" in j["Comment"]]
    assert len(trainings) == 6
    assert all("gres/gpu=1" in j["AllocTRES"] for j in trainings)
    used = highest_use(jobs)
    # Six trainings of a GPU each want more than the four there are.
    assert all(count <= GPUS_A_NODE for count in used.values()), used
    assert sum(used.values()) > 1
    # Three samplings are one job, each training is one with its read-out, and CCA is one.
    assert len(jobs) == 1 + 6 + 1


def test_a_cancelled_training_is_tried_again(cluster, tmp_path, undisturbed):
    folder = checkout(tmp_path)
    process = begin(cluster, folder)
    job = wait_for_training(cluster, folder)[0]
    cluster.client("scancel", job)
    code, log = finish(process, folder)
    assert code == 0, log[-3000:]
    state = {j["JobIDRaw"]: j["State"] for j in cluster.accounted()}[job]
    assert state.startswith("CANCELLED"), state
    assert_same_results(folder, undisturbed)


def test_a_lost_node_is_survived(cluster, tmp_path, undisturbed):
    folder = checkout(tmp_path)
    process = begin(cluster, folder)
    jobs = wait_for_training(cluster, folder)
    lines = cluster.client("squeue", "--noheader", "--states=R", "--format=%A %N").split("\n")
    node = next(n for j, n in (line.split() for line in lines) if j in jobs)
    cluster.kill_node(node)
    try:
        wait_until(lambda: cluster.states()[node].startswith("down"), "the node down", 120)
    finally:
        cluster.start_node(node)
    code, log = finish(process, folder)
    assert code == 0, log[-3000:]
    # Tried again by Snakemake alone: a job that Slurm requeued too would still be about.
    assert not cluster.jobs("R,PD,CG")
    assert_same_results(folder, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_snakemake_goes_on_when_it_is_started_again(
    cluster, tmp_path, undisturbed, number
):
    folder = checkout(tmp_path)
    process = begin(cluster, folder)
    wait_for_training(cluster, folder)
    process.send_signal(number)
    process.wait(timeout=120)
    assert process.returncode != 0
    log = (folder / "run.log").read_text()
    if number == signal.SIGKILL:
        # As docs/slurm.md says: its jobs go on; cancel them by the run's name, then unlock.
        name = re.search(r"SLURM run ID: (\S+)", log)[1]
        assert cluster.client("squeue", "--noheader", f"--name={name}")
        cluster.client("scancel", f"--name={name}")
        subprocess.run([*COMMAND, "--unlock"], cwd=folder, env=environment(cluster.env), check=True)
    wait_until(lambda: not cluster.jobs("R,PD,CG"), "no more jobs", 90)
    code, log = finish(begin(cluster, folder), folder)
    assert code == 0, log[-3000:]
    assert_same_results(folder, undisturbed)


def test_a_training_out_of_time_goes_on_where_it_stopped(cluster, tmp_path, tmp_path_factory):
    # Long enough to outlast Slurm's shortest limit, a minute, which it checks every half minute;
    # the recipe's early stopping would end it within one.
    long = {"n_steps": 40_000, "early_stopping": False}
    whole = checkout(tmp_path_factory.mktemp("whole"), long)
    folder = checkout(tmp_path, long)
    for place in (whole, folder):
        path = place / "config/config.yaml"
        config = yaml.safe_load(path.read_text())
        config["benchmark"]["seeds"], config["minde"]["families"] = 1, ["c"]
        path.write_text(yaml.safe_dump(config, sort_keys=False))
    profile = folder / "slurm/config.yaml"
    # The last limit of time that sbatch is given holds.
    limit = "    slurm_extra: \"'--no-requeue --time=1'\"\n"
    rules = "".join(f"  {rule}:\n{limit}" for rule in ("train_score", "estimate_minde"))
    text = profile.read_text().replace("retries: 2", "retries: 8")
    profile.write_text(text + "\nset-resources:\n" + rules)
    # A minute at a time, of which a slow machine starts for half: many tries.
    code, log = finish(begin(cluster, folder), folder, 40)
    assert code == 0, log[-3000:]
    states = [j["State"] for j in cluster.accounted() if "train_score" in j["Comment"]]
    assert "TIMEOUT" in states
    text = next((folder / "results/cluster/logs/train_score").rglob("*.log")).read_text()
    # The log is that of the last try.
    assert int(re.search(r"starts at step (\d+) of", text)[1]) > 0, text
    assert_same_results(folder, run_locally(whole))

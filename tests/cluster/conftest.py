"""One Slurm for all tests, and clean checkouts to run in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import Cluster, missing

ROOT = Path(__file__).resolve().parents[2]
#: The laptop's graph, smaller: one task, three seeds in packs of one, so six GPU trainings.
SMALL = {
    "run": "cluster",
    "benchmark": {
        "suite": "bmi",
        "tasks": ["1v1-normal-0.75"],
        "n_train": 2000,
        "n_test": 500,
        "seeds": 3,
    },
    "high_mi": {"values": []},
    "train_size": {"sizes": [], "estimators": "all"},
    "interaction": {"constructions": []},
    "mixed": {"tasks": []},
    "small_n": {"sizes": []},
    "consistency": {"rows": []},
    "prompts": {"source": "none"},
    "baselines": {"estimators": {"cca": {}}},
    "figures": {"formats": ["png"]},
}
MINDE = {
    "families": ["j", "c"],
    "recipe": "fast",
    "seeds_per_job": 1,
    "sigma_refs": [1.0],
    "options": {"n_steps": 2500, "batch_size": 64, "n_draws": 2},
    "family_options": {},
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    if absent := missing():
        pytest.skip(f"not installed: {', '.join(absent)} (make test-slurm installs them)")
    found = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def checkout(folder, options=None):
    """A clean checkout with a small configuration in place of the full one."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "Snakefile", "workflow", "slurm", "config", "environment.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, names.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    for key, value in SMALL.items():
        if isinstance(value, dict) and key != "baselines":
            config[key].update(value)
        elif key == "baselines":
            config[key]["estimators"] = value["estimators"]
        else:
            config[key] = value
    config["minde"] = {**MINDE, "options": {**MINDE["options"], **(options or {})}}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return folder


def environment(base=None):
    """The environment that `make env` sets up, on the path as a user would have it."""
    env = dict(base or os.environ)
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return env


def run_locally(folder):
    done = subprocess.run(
        ["snakemake", "--cores", "2"], cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The small run without a cluster, whose results every other run must equal."""
    return run_locally(checkout(tmp_path_factory.mktemp("undisturbed")))

"""The workflow in others' hands: imported, deployed, on other schedulers, with a shared cache."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from minde.declare import plain
from minde.experiments.config import Configuration, check_config, complete

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.findall(r"```(snakemake|yaml)\n(.*?)```", (ROOT / "docs/reuse.md").read_text(), re.S)
PROFILES = sorted((ROOT / "profiles").glob("*/config.yaml"))
MEASURE = """
import sys, numpy as np
g = np.random.default_rng(0)
a = g.normal(size=4000)
b = a + g.normal(size=4000)
np.savetxt(sys.argv[1], np.c_[a, b], delimiter=",", header="a,b", comments="")
"""


def snakemake(*arguments, folder=ROOT, env=None):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path} | (env or {})
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)


def jobs_of(done):
    assert done.returncode == 0, done.stderr[-5000:]
    found = re.findall(r"^([a-z_0-9]+) +(\d+)$", done.stdout + done.stderr, re.MULTILINE)
    return {name: int(count) for name, count in found}


def example(folder, change=lambda text: text):
    """The workflow of docs/reuse.md in a folder of its own, far from ours."""
    found = dict(EXAMPLE)
    snakefile, config = found["snakemake"], found["yaml"]
    assert "../minde/Snakefile" in snakefile
    text = snakefile.replace("../minde/Snakefile", str(ROOT / "Snakefile"))
    (folder / "Snakefile").write_text(change(text))
    (folder / "config.yaml").write_text(config)
    (folder / "measure.py").write_text(MEASURE)
    return folder


def test_what_a_configuration_leaves_out_is_as_declared():
    whole = plain(Configuration())
    assert complete({}) == whole
    given = {
        "run": "a",
        "figures": {"style": {"dpi": 90}},
        "baselines": {"estimators": {"cca": {}}},
    }
    made = complete(given)
    check_config(made)
    assert made["figures"]["style"] == whole["figures"]["style"] | {"dpi": 90}
    # Names of the user's own are taken as they are given.
    assert made["baselines"] == whole["baselines"] | {"estimators": {"cca": {}}}
    made["figures"]["style"]["dpi"] = 1
    assert given["figures"]["style"] == {"dpi": 90}
    assert complete({}) == whole
    # What is no mapping is left to the check, which says so.
    assert complete({"figures": 3})["figures"] == 3


def test_another_workflow_plans_our_jobs_between_its_own(tmp_path):
    jobs = jobs_of(snakemake("--dry-run", "--quiet", "rules", folder=example(tmp_path)))
    ours = ("sample_dataset", "estimate_baseline", "collect_estimates", "datasets_table")
    expected = dict.fromkeys(["all", "answer", "measure", *(f"minde_{r}" for r in ours)], 1)
    assert jobs == expected | {"total": 7}


TWO = """
module other:
    snakefile: "{root}/Snakefile"
    config: config["minde"] | {{"run": "second"}}
    prefix: "elsewhere"

use rule * from other as other_*

use rule sample_task from other as other_sample_task with:
    threads: 2

rule both:
    input:
        "results/ours/tables/table1_paper.csv",
        "elsewhere/results/second/tables/table1_paper.csv",
        "elsewhere/results/second/prompts/latents.safetensors",
"""


def test_two_runs_of_ours_live_side_by_side_and_tables_stay_local(tmp_path, monkeypatch):
    folder = example(tmp_path, lambda text: text + TWO.format(root=ROOT))
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["minde"]["benchmark"] = {"tasks": ["1v1-normal-0.75"], "n_train": 600, "seeds": 1}
    config["minde"]["minde"] = {"recipe": "fast"}
    config["minde"]["consistency"] = {"dataset": "digits", "rows": [4]}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    done = snakemake("--dry-run", "both", "--printshellcmds", folder=folder)
    jobs = jobs_of(done)
    assert jobs["minde_train_score"] == 2
    assert jobs["other_train_score"] == 3
    assert jobs["minde_table1_paper"] == jobs["other_table1_paper"] == jobs["other_train_code"] == 1
    text = done.stdout + done.stderr
    # The paper's numbers are found where our Snakefile is, and nowhere else.
    assert f"{ROOT}/workflow/rules/../../config/paper_table1.csv" in text
    assert "not present in the Snakefile" not in text
    # Rules under another name still run where Snakemake runs.
    monkeypatch.chdir(folder)
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        local = api.workflow(ResourceSettings(cores=1), snakefile=Path("Snakefile"))._workflow
        assert {"minde_table1_paper", "other_build_report"} <= local._localrules
        assert not {"minde_train_score", "table1_paper"} & local._localrules


@pytest.mark.slow
def test_another_workflow_runs_ours_and_shows_it_in_its_report(tmp_path):
    folder = example(tmp_path)
    done = snakemake(folder=folder)
    assert done.returncode == 0, done.stderr[-5000:]
    head, row = (folder / "answer.txt").read_text().split()
    assert head == "dataset,estimator,mi_estimate"
    # CCA of 1,000 test rows, of a correlation of 1/sqrt(2): log(2) / 2, to about 1/sqrt(2000).
    assert float(row.split(",")[2]) == pytest.approx(np.log(2) / 2, abs=0.1)
    assert snakemake("--report", "report.html", folder=folder).returncode == 0


TEST = ("--directory", ROOT / ".test", "--snakefile", ROOT / "Snakefile")


@pytest.mark.slow
def test_the_small_configuration_runs_end_to_end(tmp_path):
    for part in ("config", "data"):
        shutil.copytree(ROOT / ".test" / part, tmp_path / part)
    target = ("--directory", tmp_path, "--snakefile", ROOT / "Snakefile")
    done = snakemake("crate", *target)
    assert done.returncode == 0, done.stderr[-5000:]
    results = tmp_path / "results/test"
    with zipfile.ZipFile(results / "crate.zip") as crate:
        sources = {"Snakefile", "CITATION.cff", "LICENSE", "requirements.txt", "environment.yml"}
        sources |= {"workflow/rules/train.smk", "config/paper_table1.csv"}
        assert {f"workflow/{name}" for name in sources} <= set(crate.namelist())
    frame = pd.read_csv(results / "tables/datasets.csv").set_index("estimator")
    assert (frame["status"] == "ok").all()
    # log(3) / 2 from 150 test rows, whose mean of the gap has an error of about 0.07.
    assert frame.loc["CCA", "mi_estimate"] == pytest.approx(np.log(3) / 2, abs=0.25)
    assert frame.loc["MINDE-C", "mi_estimate"] == pytest.approx(np.log(3) / 2, abs=0.25)
    assert (results / "report.html").stat().st_size > 10_000
    assert "Nothing to be done" in snakemake(*target).stderr


def test_a_profile_names_options_of_snakemake_and_rules_of_ours():
    from snakemake.cli import get_argument_parser

    known = {s.lstrip("-") for s in get_argument_parser()._option_string_actions}
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = set(re.findall(r"^use rule \w+ as (\w+) with", text, re.MULTILINE))
    assert len(PROFILES) == 3
    for path in PROFILES:
        profile = yaml.safe_load(path.read_text())
        own = {key for key in profile if key.startswith(profile["executor"])}
        assert set(profile) - own <= known, path
        assert {*profile.get("groups", {}), *profile.get("set-resources", {})} <= rules, path
        assert path.parent.name == profile["executor"]


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_a_profile_plans_every_job(path):
    """With its plugin; those of clouds are not in the lock (docs/reuse.md says what was tried)."""
    name = path.parent.name
    if find_spec(f"snakemake_executor_plugin_{name.replace('-', '_')}") is None:
        pytest.skip(f"snakemake-executor-plugin-{name} is not installed")
    done = snakemake(
        *TEST, "--workflow-profile", path.parent, "--dry-run", "--quiet", "rules",
        "--config", "run=never",
    )  # fmt: skip
    assert jobs_of(done)["total"] == 30


@pytest.mark.slow
def test_jobs_go_through_a_scheduler_that_is_a_shell(tmp_path):
    folder = example(tmp_path)
    profile = yaml.safe_load((ROOT / "profiles/cluster-generic/config.yaml").read_text())
    profile |= {"cluster-generic-submit-cmd": "echo {threads} {resources.mem_mb} >> asked; sh"}
    profile |= {"latency-wait": 5, "jobs": 2}
    profile["groups"] = {f"minde_{rule}": group for rule, group in profile["groups"].items()}
    (folder / "profile").mkdir()
    (folder / "profile/config.yaml").write_text(yaml.safe_dump(profile))
    done = snakemake("--workflow-profile", "profile", folder=folder)
    assert done.returncode == 0, done.stderr[-5000:]
    assert (folder / "answer.txt").read_text().count("\n") == 2
    # The user's two rules, the sampling and CCA; ours that are tables stayed here.
    asked = sorted((folder / "asked").read_text().split("\n"))
    assert len(asked) - 1 == 4
    assert "1 2000" in asked


CACHED = """
run: {run}
benchmark: {{tasks: [1v1-normal-0.75], n_train: 600, n_test: {n_test}, seeds: 2}}
consistency:
  dataset: digits
  rows: [4]
  autoencoder: {{latent: 2, hidden: 16, epochs: 1, batch_size: 500}}
"""


def take(folder, run, cache, n_test=200):
    folder.mkdir()
    (folder / "c.yaml").write_text(CACHED.format(run=run, n_test=n_test))
    samples = f"results/{run}/samples/bmi/1v1-normal-0.75/n600-seed{{}}.parquet"
    wanted = [samples.format(0), samples.format(1), f"results/{run}/codes/r4.safetensors"]
    done = snakemake(
        "--snakefile", ROOT / "Snakefile", *wanted, "--configfile", "c.yaml",
        *(["--cache"] if cache else []),
        folder=folder, env={"SNAKEMAKE_OUTPUT_CACHE": str(cache)} if cache else {},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
    return [folder / path for path in wanted], done.stdout + done.stderr


@pytest.mark.slow
def test_a_second_workflow_takes_samples_and_autoencoders_from_the_cache(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    first, text = take(tmp_path / "a", "one", cache)
    assert text.count("Moving output file") == 3
    # Two seeds are two files: the cache sees the wildcards.
    assert len({path.resolve() for path in first}) == len(list(cache.iterdir())) == 3
    second, text = take(tmp_path / "b", "two", cache)
    assert "Moving output file" not in text
    assert [p.resolve() for p in second] == [p.resolve() for p in first]
    # Another size is another file; the autoencoder does not depend on it.
    third, text = take(tmp_path / "c", "one", cache, n_test=100)
    assert text.count("Moving output file") == 2
    assert {p.resolve() for p in third} & {p.resolve() for p in first} == {first[2].resolve()}
    # Without the variable: plain files of the same content, with times, and no word of a cache.
    plain_files, text = take(tmp_path / "d", "one", None)
    assert "cach" not in text
    assert not any(path.is_symlink() for path in plain_files)
    assert len(list((tmp_path / "d/results/one/benchmarks").rglob("*.tsv"))) == 4
    for a, b in zip(first[:2], plain_files[:2], strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(a), pd.read_parquet(b))

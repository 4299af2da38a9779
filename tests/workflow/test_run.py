"""The workflow for real, tiny: two tasks, one seed, every rule; then what an edit reruns."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from minde.pipeline.records import SCHEMA

ROOT = Path(__file__).resolve().parents[2]
TASKS = ["1v1-normal-0.75", "multinormal-dense-2-2-0.5"]
OVERLAY = {
    "run": "tiny",
    "benchmark": {"tasks": TASKS, "n_train": 600, "n_test": 200, "seeds": 1},
    "minde": {
        "recipe": "fast",
        "seeds_per_pack": 1,
        "options": {"n_steps": 20, "batch_size": 64, "n_draws": 2},
    },
    "baselines": {"seeds_per_job": 1},
    "datasets": {"sums": {"path": "my table.csv", "x": "a*", "y": "b", "test_size": 0.25}},
    "figures": {"style": {"dpi": 60}},
}


def snakemake(folder, *arguments, overlay=None, env=None):
    path = folder / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay or OVERLAY))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += [*arguments, "--cores", "2", "--configfile", str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)


def edited(path, value):
    overlay = yaml.safe_load(yaml.safe_dump(OVERLAY))
    *parents, last = path.split(".")
    node = overlay
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value
    return overlay


def would_run(folder, overlay=None, env=None):
    done = snakemake(folder, "--dry-run", "--quiet", "rules", overlay=overlay, env=env)
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    jobs = dict(re.findall(r"^([a-z_0-9]+) +(\d+)$", text, flags=re.MULTILINE))
    jobs = {name: int(count) for name, count in jobs.items()}
    jobs.pop("total", None)
    jobs.pop("all", None)
    return jobs


def prepare(folder):
    shutil.copytree(ROOT / "config", folder / "config")
    full = yaml.safe_load((folder / "config/config.yaml").read_text())
    # The critics are bmi's own and slow to start; CCA stands for all baselines here.
    full["baselines"]["estimators"] = {"cca": {}}
    (folder / "config/config.yaml").write_text(yaml.safe_dump(full))
    a = np.random.default_rng(0).normal(size=(400, 2))
    table = pd.DataFrame({"a1": a[:, 0], "a2": a[:, 1], "b": a.sum(axis=1), "c": 1.0})
    table["b"] += np.random.default_rng(1).normal(size=400)
    table.to_csv(folder / "my table.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = prepare(tmp_path_factory.mktemp("a run"))  # a path with a space on purpose
    done = snakemake(folder)
    assert done.returncode == 0, done.stderr[-5000:]
    return folder


def test_every_table_and_figure_is_made(finished):
    results = finished / "results/tiny"
    names = {str(p.relative_to(results)) for p in results.rglob("*") if p.is_file()}
    tables = {f"tables/table1.{ext}" for ext in ("csv", "md", "tex")}
    figures = {
        f"figures/{name}.{ext}"
        for name in ("table1", "boxplot", "datasets")
        for ext in ("png", "pdf")
    }
    assert tables | figures | {"tables/estimates.parquet"} <= names
    assert not [n for n in names if n.startswith("checkpoints/")]


def test_estimates_hold_one_row_a_task_seed_estimator_and_readout(finished):
    frame = pd.read_parquet(finished / "results/tiny/tables/estimates.parquet")
    assert set(SCHEMA.names) <= set(frame.columns)
    assert not frame.duplicated(["task", "seed", "estimator", "readout"]).any()
    # Four read-outs of two families, and one baseline.
    assert len(frame) == len(TASKS) * (4 * 2 + 1)
    assert frame["mi_estimate"].notna().all()
    assert (frame["status"] == "ok").all()
    reported = frame[frame["reported"]].groupby(["task", "estimator"]).size()
    assert (reported == 1).all()


def test_the_users_own_table_is_estimated_by_every_estimator(finished):
    table = pd.read_csv(finished / "results/tiny/tables/datasets.csv")
    assert table["dataset"].tolist() == ["sums"] * 3
    assert table["estimator"].tolist() == ["MINDE-J", "MINDE-C", "CCA"]
    # CCA is exact for Gaussians: I = log(3) / 2; 100 test rows leave an error of about 0.1.
    cca = table.set_index("estimator").loc["CCA", "mi_estimate"]
    assert cca == pytest.approx(0.5 * np.log(3.0), abs=0.25)
    assert (table["status"] == "ok").all()


def test_an_edited_table_reruns_what_uses_it_only(finished):
    path = finished / "my table.csv"
    kept = path.read_bytes()
    path.write_bytes(kept + b"0.5,0.25,1.0,1.0\n")
    jobs = would_run(finished)
    path.write_bytes(kept)
    assert jobs == {
        "sample_dataset": 1,
        "train_score": 2,
        "estimate_minde": 2,
        "estimate_baseline": 1,
        "collect_datasets": 1,
        "datasets_table": 1,
        "plot_datasets": 1,
    }


def test_logs_and_benchmarks_exist_for_every_computing_job(finished):
    results = finished / "results/tiny"
    logs = {p.relative_to(results / "logs").with_suffix("") for p in results.rglob("*.log")}
    tables = {p.relative_to(results / "benchmarks").with_suffix("") for p in results.rglob("*.tsv")}
    assert logs == tables
    train = next((results / "logs/train_score").rglob("*.log")).read_text()
    assert re.search(r"step 20/20, loss [\d.]+, \d+ steps/s, 0 s left", train)


def test_a_second_run_does_nothing_and_says_so(finished):
    done = snakemake(finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stderr


EDITS = [
    ("figures.style.font_size", 8, {"plot_table1", "plot_boxplot", "plot_datasets"}),
    ("figures.boxplot.columns", 2, {"plot_boxplot"}),
    ("table1.quantum", 0.05, {"table1", "plot_table1"}),
]
AFTER_ESTIMATES = {"collect_estimates", "table1", "plot_table1", "plot_boxplot"}
AFTER_DATASETS = {"collect_datasets", "datasets_table", "plot_datasets"}
AFTER_BOTH = AFTER_ESTIMATES | AFTER_DATASETS


@pytest.mark.parametrize(("path", "value", "rules"), EDITS)
def test_a_plotting_edit_reruns_its_figures_only(finished, path, value, rules):
    assert would_run(finished, edited(path, value)) == dict.fromkeys(rules, 1)


def test_a_new_seed_runs_only_its_own_jobs(finished):
    jobs = would_run(finished, edited("benchmark.seeds", 2))
    n = len(TASKS) + 1  # and the user's table
    expected = {"sample_task": n - 1, "sample_dataset": 1}
    expected |= {"train_score": 2 * n, "estimate_minde": 2 * n, "estimate_baseline": n}
    expected |= dict.fromkeys(AFTER_BOTH, 1)
    assert jobs == expected


def test_another_reference_width_never_retrains(finished):
    jobs = would_run(finished, edited("minde.sigma_refs", [1.0, 2.0]))
    assert jobs == {"estimate_minde": 2 * len(TASKS) + 2} | dict.fromkeys(AFTER_BOTH, 1)


def test_a_familys_option_reruns_that_family_only(finished):
    jobs = would_run(finished, edited("minde.family_options", {"j": {"n_steps": 30}}))
    n = len(TASKS) + 1
    assert jobs == {"train_score": n, "estimate_minde": n} | dict.fromkeys(AFTER_BOTH, 1)


def test_a_task_left_out_reruns_the_tables_only(finished):
    jobs = would_run(finished, edited("benchmark.tasks", TASKS[:1]))
    assert jobs == dict.fromkeys(AFTER_ESTIMATES, 1)


def test_a_deleted_estimate_reruns_just_it_and_what_follows(finished, tmp_path):
    path = next((finished / "results/tiny/estimates").rglob("bmi/*/cca/*.parquet"))
    kept = path.rename(tmp_path / path.name)
    jobs = would_run(finished)
    shutil.copy2(kept, path)
    assert jobs == {"estimate_baseline": 1} | dict.fromkeys(AFTER_ESTIMATES, 1)


@pytest.mark.parametrize(
    ("module", "edit", "rules"),
    [
        ("plotting/boxplot.py", ("width=0.6", "width=0.7"), {"plot_boxplot"}),
        ("plotting/boxplot.py", ("import math", "# a comment\nimport math"), set()),
    ],
)
def test_a_library_edit_reruns_what_uses_it(finished, tmp_path, module, edit, rules):
    copy = tmp_path / "minde"
    shutil.copytree(ROOT / "src/minde", copy)
    text = (copy / module).read_text()
    assert edit[0] in text
    (copy / module).write_text(text.replace(*edit))
    import os

    jobs = would_run(finished, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert jobs == dict.fromkeys(rules, 1)


def test_bad_config_is_one_line_and_writes_nothing(tmp_path):
    prepare(tmp_path)
    done = snakemake(tmp_path, overlay=edited("benchmark.n_trian", 5))
    assert done.returncode != 0
    text = done.stdout + done.stderr
    assert "config: unknown key 'n_trian' at benchmark; did you mean 'n_train'?" in text
    assert "Traceback" not in text
    assert not (tmp_path / "results").exists()


def test_a_damaged_sample_file_is_one_line_and_leaves_no_output(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "w")
    results = tmp_path / "w/results/tiny"
    sample = next((results / "samples/bmi").rglob("*.parquet"))
    score = results / "scores/bmi" / sample.parent.name / "c-fast/n600-seeds0-0.safetensors"
    score.unlink()
    sample.write_bytes(sample.read_bytes()[:100])
    done = snakemake(tmp_path / "w", str(score.relative_to(tmp_path / "w")))
    assert done.returncode != 0
    assert "minde: error: samples: cannot read" in done.stdout + done.stderr
    assert not score.exists()

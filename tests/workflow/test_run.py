"""The workflow for real, tiny: two tasks, one seed, every rule; then what an edit reruns."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from minde.stages.records import SCHEMA

ROOT = Path(__file__).resolve().parents[2]
TASKS = ["1v1-normal-0.75", "multinormal-dense-2-2-0.5"]
OVERLAY = {
    "run": "tiny",
    "benchmark": {"tasks": TASKS, "n_train": 600, "n_test": 200, "seeds": 1},
    "minde": {
        "recipe": "fast",
        "seeds_per_job": 1,
        "pack": {"where": "any"},
        "sigma_refs": [1.0],
        "options": {"n_steps": 20, "batch_size": 64, "n_draws": 2},
    },
    "baselines": {"seeds_per_job": 1, "limits": {"seconds": 60}},
    "high_mi": {
        "transforms": ["spiral"],
        "values": [1],
        "n_train": 600,
        "n_test": 200,
        "seeds": 1,
        "estimators": ["minde-c", "cca"],
    },
    "train_size": {
        "sizes": [400, 600],
        "tasks": TASKS[:1],
        "seeds": 1,
        "estimators": ["minde-c", "cca"],
    },
    "interaction": {
        "constructions": ["common_cause", "mixed6"],
        "noise": [0.5],
        "dims": [1],
        "families": ["j", "c"],
        "n_train": 600,
        "n_test": 200,
        "seeds": 1,
    },
    "mixed": {
        "tasks": ["shifted"],
        "n_train": 150,
        "n_test": 50,
        "seeds": 1,
        "estimators": ["minde-c", "shared"],
        "options": {"n_steps": 20, "width": 16},
    },
    # Its stages are run by tests/unit/test_small_n.py.
    "small_n": {"sizes": []},
    "consistency": {
        "dataset": "digits",
        "rows": [0, 4, 8],
        "autoencoder": {"latent": 2, "hidden": 16, "epochs": 1, "batch_size": 500},
        "seeds": 1,
        "estimators": ["minde-c", "cca"],
        "options": {
            "network": "gated",
            "width": 16,
            "levels": 0,
            "n_steps": 20,
            "batch_size": 64,
            "lr": 0.001,
        },
    },
    "prompts": {
        "autoencoder": {"latent": 2, "hidden": 16, "epochs": 1, "batch_size": 500},
        "options": {"width": 16, "n_steps": 20},
        "n": 12,
        "times": 5,
        "steps": 4,
        "chunk": 5,
        "switch": {"at": [1, 0.5, 0], "n": 4, "shown": 2},
    },
    "datasets": {"sums": {"path": "my table.csv", "x": "a*", "y": "b", "test_size": 0.25}},
    "figures": {"style": {"dpi": 60}},
}
OWN = """
class Shared:
    def __init__(self, scale=1.0):
        self.scale = scale

    def estimate(self, x, y):
        print("an estimator may print")
        return self.scale * len(x) / 1000.0


class Broken:
    def estimate(self, x, y):
        raise RuntimeError("not today")
"""


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
    # The critics are bmi's own and slow to start; CCA stands for them, beside two of the user's.
    full["baselines"]["estimators"] = {
        "cca": {},
        "shared": {"import": "own:Shared", "points": "train", "arguments": {"scale": 0.5}},
        "broken": {"import": "own:Broken", "points": "all", "label": "Broken one"},
    }
    (folder / "own.py").write_text(OWN)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(full, sort_keys=False))
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
    tables |= {f"tables/{name}.{ext}" for name in ("table4", "table5") for ext in ("csv", "tex")}
    tables |= {
        f"tables/{name}.{ext}" for name in ("table1_paper", "ranks") for ext in ("csv", "md")
    }
    curves = ("high_mi", "train_size", "interaction", "datasets")
    tables |= {f"tables/{name}.csv" for name in (*curves, "consistency_noise")}
    both = ("consistency", "codes", "prompts", "mixed")
    tables |= {f"tables/{name}.{ext}" for name in both for ext in ("csv", "md")}
    figures = {
        f"figures/{name}.{ext}"
        for name in (
            [
                "table1",
                "table4",
                "table1_paper",
                "ranks",
                "boxplot-1",
                "high_mi",
                "train_size-1",
                "interaction",
                "mixed",
                "datasets",
                "consistency",
                "consistency_noise",
                "reconstructions",
                "traversal",
                "prompts",
                "switch",
            ]
        )
        for ext in ("png", "pdf")
    }
    assert tables | figures | {"tables/benchmark_estimates.parquet", "report.html"} <= names
    assert not [n for n in names if n.startswith("checkpoints/")]


def test_estimates_hold_one_row_a_task_seed_estimator_and_readout(finished):
    frame = pd.read_parquet(finished / "results/tiny/tables/benchmark_estimates.parquet")
    assert set(SCHEMA.names) <= set(frame.columns)
    assert not frame.duplicated(["task", "seed", "estimator", "readout"]).any()
    # Six read-outs of two families, and three baselines.
    assert len(frame) == len(TASKS) * (6 * 2 + 3)
    reported = frame[frame["reported"]].groupby(["task", "estimator"]).size()
    assert (reported == 1).all()
    networks = frame["estimator"].str.startswith("minde") & frame["reported"]
    assert set(frame.loc[networks, "readout"]) == {"completed"}


def test_the_users_own_table_is_estimated_by_every_estimator(finished):
    table = pd.read_csv(finished / "results/tiny/tables/datasets.csv")
    assert table["dataset"].tolist() == ["sums"] * 5
    assert table["estimator"].tolist() == ["MINDE-J", "MINDE-C", "CCA", "shared", "Broken one"]
    # CCA is exact for Gaussians: I = log(3) / 2; 100 test rows leave an error of about 0.1.
    cca = table.set_index("estimator").loc["CCA", "mi_estimate"]
    assert cca == pytest.approx(0.5 * np.log(3.0), abs=0.25)
    assert (table["status"][:4] == "ok").all()


def test_a_class_of_the_users_own_is_an_estimator_like_any_other(finished):
    frame = pd.read_parquet(finished / "results/tiny/tables/benchmark_estimates.parquet")
    # 600 training points, scale 0.5: what it printed did not get in the way.
    assert frame.loc[frame["estimator"] == "shared", "mi_estimate"].tolist() == [0.3, 0.3]
    markdown = (finished / "results/tiny/tables/table1.md").read_text()
    assert "| CCA | shared | Broken one |" in markdown


def test_a_failure_is_a_status_and_never_a_number(finished):
    frame = pd.read_parquet(finished / "results/tiny/tables/benchmark_estimates.parquet")
    failed = frame["estimator"] == "broken"
    assert (frame.loc[failed, "status"] == "failed: RuntimeError: not today").all()
    assert frame.loc[failed, "mi_estimate"].isna().all()
    assert frame.loc[~failed, "mi_estimate"].notna().all()
    assert (frame.loc[~failed, "status"] == "ok").all()
    assert "| Broken one |" in (finished / "results/tiny/tables/ranks.md").read_text()
    assert "2/2" in (finished / "results/tiny/tables/ranks.md").read_text()


def test_the_training_sizes_share_the_benchmarks_files(finished):
    table = pd.read_csv(finished / "results/tiny/tables/train_size.csv")
    assert sorted(set(table["n_train"])) == [400, 600]
    scores = finished / "results/tiny/scores/bmi"
    packs = {str(p.relative_to(scores)) for p in scores.rglob("*.safetensors")}
    assert f"{TASKS[0]}/c-fast/n400-seeds0-0.safetensors" in packs
    assert len([p for p in packs if p.startswith(f"{TASKS[0]}/c-fast/n600")]) == 1
    assert not [p for p in packs if p.startswith(f"{TASKS[1]}/c-fast/n400")]


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
        "estimate_baseline": 3,
        **after("datasets"),
    }


def test_an_edited_class_of_the_user_reruns_its_estimates_only(finished):
    path = finished / "own.py"
    kept = path.read_text()
    path.write_text(kept.replace("/ 1000.0", "/ 500.0"))
    jobs = would_run(finished)
    path.write_text(kept)
    # Two entries name that module, each on two tasks and the user's table; mixed has one of them.
    assert jobs == {"estimate_baseline": 7, **after("benchmark", "datasets", "mixed")}


def test_logs_and_benchmarks_exist_for_every_computing_job(finished):
    results = finished / "results/tiny"
    logs = {p.relative_to(results / "logs").with_suffix("") for p in results.rglob("*.log")}
    tables = {p.relative_to(results / "benchmarks").with_suffix("") for p in results.rglob("*.tsv")}
    assert logs == tables
    trained = [p.read_text() for p in (results / "logs/train_score").rglob("*.log")]
    steps = [re.search(r"step 20/20, loss [\d.]+, \d+ steps/s, 0 s left", t) for t in trained]
    packs = sum(int(n) for t in trained for n in re.findall("a pack of (\\d+) trainings", t))
    # Fewer trainings than jobs, and every job's weights come from one of them.
    assert 0 < sum(map(bool, steps)) < len(trained) == packs
    assert all("these weights were trained in a pack" in t for t in trained)


def test_a_second_run_does_nothing_and_says_so(finished):
    done = snakemake(finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stderr


PLOTS = {
    "benchmark": ["table1", "table4", "table1_paper", "ranks", "boxplot"],
    "high_mi": ["high_mi"],
    "train_size": ["train_size"],
    "interaction": ["interaction"],
    "mixed": ["mixed"],
    "consistency": ["consistency", "noise"],
    "datasets": ["datasets"],
}
IMAGE_PLOTS = ["reconstructions", "traversal", "prompts", "switch"]
EDITS = [
    (
        "figures.style.font_size",
        8,
        {f"plot_{name}" for names in (*PLOTS.values(), IMAGE_PLOTS) for name in names}
        | {"build_report"},
    ),
    ("figures.boxplot.columns", 2, {"plot_boxplot", "build_report"}),
    (
        "table1.quantum",
        0.05,
        {"table1", "table4", "ranks", "plot_table1", "plot_table4", "plot_ranks", "build_report"},
    ),
]
WITH_BASELINES = ("benchmark", "high_mi", "train_size", "mixed", "consistency", "datasets")
TRAINED = [name for name in WITH_BASELINES if name != "mixed"]
ALL = (*TRAINED, "interaction")


# Three baselines, one data-processing test and two of additivity.
IMAGE_TASKS = 3 + 1 + 2


def after(*experiments):
    """What follows the estimates of some experiments."""
    tables = {
        "benchmark": ["table1", "table4", "table5", "table1_paper", "ranks"],
        "high_mi": ["curve_table"],
        "train_size": ["curve_table"],
        "interaction": ["curve_table"],
        "mixed": ["mixed_table"],
        "consistency": ["consistency_table", "noise_table"],
        "datasets": ["datasets_table"],
    }
    rules = [r for e in experiments for r in tables[e]]
    rules += [f"plot_{name}" for e in experiments for name in PLOTS[e]]
    rules += ["build_report"]
    return {"collect_estimates": len(experiments), **Counter(rules)}


@pytest.mark.parametrize(("path", "value", "rules"), EDITS)
def test_a_plotting_edit_reruns_its_figures_only(finished, path, value, rules):
    assert would_run(finished, edited(path, value)) == dict.fromkeys(rules, 1)


def test_a_new_seed_runs_only_its_own_jobs(finished):
    jobs = would_run(finished, edited("benchmark.seeds", 2))
    n = len(TASKS) + 1  # and the user's table
    expected = {"sample_task": n - 1, "sample_dataset": 1}
    expected |= {"train_score": 2 * n, "estimate_minde": 2 * n, "estimate_baseline": 3 * n}
    assert jobs == expected | after("benchmark", "datasets")


def test_another_reference_width_never_retrains(finished):
    jobs = would_run(finished, edited("minde.sigma_refs", [1.0, 2.0]))
    # Both families on the tasks and the user's table, C on a high-MI task and a smaller size, both
    # on three variables and J on six, C on the images.
    assert jobs == {"estimate_minde": 2 * len(TASKS) + 2 + 2 + 3 + IMAGE_TASKS} | after(*ALL)


def test_a_familys_option_reruns_that_family_only(finished):
    jobs = would_run(finished, edited("minde.family_options", {"j": {"n_steps": 30}}))
    n = len(TASKS) + 1 + 2
    changed = ("benchmark", "interaction", "datasets")
    assert jobs == {"train_score": n, "estimate_minde": n} | after(*changed)


def test_a_training_size_added_runs_its_own_jobs_only(finished):
    jobs = would_run(finished, edited("train_size.sizes", [300, 400, 600]))
    new = {"sample_task": 1, "train_score": 1, "estimate_minde": 1, "estimate_baseline": 1}
    assert jobs == new | after("train_size")


def test_a_limit_of_time_reruns_the_baselines_only(finished):
    jobs = would_run(finished, edited("baselines.limits.seconds", 50))
    assert jobs == {"estimate_baseline": 3 * len(TASKS) + 2 + 3 + 1 + IMAGE_TASKS} | after(
        *WITH_BASELINES
    )


def test_an_option_of_one_estimator_reruns_that_estimator_only(finished):
    arguments = {"import": "own:Shared", "points": "train", "arguments": {"scale": 0.25}}
    jobs = would_run(finished, edited("baselines.estimators.shared", arguments))
    # On each task, the mixed columns and the user's table; the other experiments do not run it.
    changed = ("benchmark", "mixed", "datasets")
    assert jobs == {"estimate_baseline": len(TASKS) + 2} | after(*changed)


def test_rows_of_mixed_columns_rerun_them_only(finished):
    jobs = would_run(finished, edited("mixed.n_train", 160))
    ours = {"sample_task": 1, "estimate_mixed": 1, "estimate_baseline": 1}
    assert jobs == ours | after("mixed")


def test_another_autoencoder_reruns_codes_and_what_they_feed_only(finished):
    jobs = would_run(finished, edited("consistency.autoencoder.epochs", 2))
    fed = ("sample_codes", "train_score", "estimate_minde", "estimate_baseline")
    images = {"codes_table": 1, "plot_reconstructions": 1, "plot_traversal": 1}
    expected = {"train_code": 4} | dict.fromkeys(fed, IMAGE_TASKS) | images
    assert jobs == expected | after("consistency")


def test_noise_on_the_codes_retrains_no_autoencoder(finished):
    jobs = would_run(finished, edited("consistency.latent_noise", 0.1))
    fed = ("sample_codes", "train_score", "estimate_minde", "estimate_baseline")
    assert jobs == dict.fromkeys(fed, IMAGE_TASKS) | after("consistency")


def test_a_familys_option_of_the_consistency_tests_retrains_nothing_else(finished):
    jobs = would_run(finished, edited("consistency.family_options", {"c": {"n_steps": 30}}))
    assert jobs == dict.fromkeys(("train_score", "estimate_minde"), IMAGE_TASKS) | after(
        "consistency"
    )


def test_more_pairings_rerun_the_additivity_tests_only(finished):
    jobs = would_run(finished, edited("consistency.pairings", 2))
    fed = ("sample_codes", "train_score", "estimate_minde", "estimate_baseline")
    assert jobs == dict.fromkeys(fed, 2) | after("consistency")


def test_rows_added_run_their_own_jobs_only(finished):
    jobs = would_run(finished, edited("consistency.rows", [0, 4, 6, 8]))
    # Baseline and additivity at 6 rows, processing from 4 to 6 and 6 to 8; that from 4 to 8 goes.
    fed = ("sample_codes", "train_score", "estimate_minde", "estimate_baseline")
    images = {"codes_table": 1, "plot_reconstructions": 1}
    assert jobs == {"train_code": 1} | dict.fromkeys(fed, 4) | images | after("consistency")


def test_a_task_left_out_reruns_the_tables_only(finished):
    jobs = would_run(finished, edited("benchmark.tasks", TASKS[:1]))
    assert jobs == after("benchmark")


def test_a_deleted_estimate_reruns_just_it_and_what_follows(finished, tmp_path):
    path = next((finished / "results/tiny/estimates").rglob(f"bmi/{TASKS[1]}/cca/*.parquet"))
    kept = path.rename(tmp_path / path.name)
    jobs = would_run(finished)
    shutil.copy2(kept, path)
    assert jobs == {"estimate_baseline": 1} | after("benchmark")


@pytest.mark.parametrize(
    ("module", "edit", "rules"),
    [
        (
            "experiments/benchmark/boxplot.py",
            ("width=0.6", "width=0.7"),
            {"plot_boxplot", "build_report"},
        ),
        ("experiments/benchmark/boxplot.py", ("import math", "# a comment\nimport math"), set()),
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


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_works(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "w")
    # The first run has just been killed or is still at work: its locks are there.
    locks = tmp_path / "w/.snakemake/locks"
    locks.mkdir(exist_ok=True)
    output = "results/tiny/tables/table1.csv"
    (tmp_path / "w" / output).unlink()
    (locks / "0.output.lock").write_text(output + "\n")
    done = snakemake(tmp_path / "w")
    assert done.returncode != 0
    assert "LockException" in done.stderr
    assert "--unlock" in done.stderr
    assert not (tmp_path / "w" / output).exists()
    assert snakemake(tmp_path / "w", "--unlock").returncode == 0
    assert snakemake(tmp_path / "w").returncode == 0
    assert (tmp_path / "w" / output).exists()


def test_a_damaged_sample_file_is_one_line_and_leaves_no_output(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "w")
    results = tmp_path / "w/results/tiny"
    sample = results / "samples/bmi" / TASKS[1] / "n600-seed0.parquet"
    score = results / "scores/bmi" / TASKS[1] / "c-fast/n600-seeds0-0.safetensors"
    score.unlink()
    sample.write_bytes(sample.read_bytes()[:100])
    done = snakemake(tmp_path / "w", str(score.relative_to(tmp_path / "w")))
    assert done.returncode != 0
    assert "minde: error: samples: cannot read" in done.stdout + done.stderr
    assert not score.exists()

"""A small run of made-up estimates, with every table, as the report takes it."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from minde.diffusion.roles import conditional
from minde.ensemble.storage import save_ensemble
from minde.experiments.benchmark.paper import compare
from minde.experiments.benchmark.ranks import ranks
from minde.experiments.benchmark.tables import table1, table4, table5
from minde.experiments.benchmark.tasks import BMI_TASKS
from minde.experiments.collect import collect
from minde.experiments.high_mi.tasks import task_id
from minde.experiments.tables import curve_table
from minde.recipe import make_recipe
from minde.report.build import build_report
from minde.stages.records import write_records
from tests.rows import estimate_row
from tests.trainers import fit

ROOT = Path(__file__).resolve().parents[2]
LABELS = {"minde-c": "MINDE-C", "mine": "MINE", "ksg": "KSG"}
#: A text that would break out of the page if it were not escaped.
HOSTILE = "failed: </script><script>window.broken = true</script>"


def rows_of(suite, task, truth, sizes=(100,), seeds=2):
    rng = np.random.default_rng(len(task))
    rows = []
    for k, estimator in enumerate(LABELS):
        for n in sizes:
            for seed in range(seeds):
                value = truth + 0.05 * k + 0.02 * rng.normal()
                broken = estimator == "ksg" and task == BMI_TASKS[4].task_id
                more = {
                    "status": HOSTILE if broken else "ok",
                    "seconds": 1.0 + k,
                    "integrand": [value / 50] * 50 if k == 0 else None,
                }
                readout, value = "cross" if k == 0 else "estimate", np.nan if broken else value
                rows.append(
                    estimate_row(suite, task, seed, truth, estimator, readout, value, n, **more)
                )
    return rows


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Folder of a run whose ``report.html`` is made."""
    folder = tmp_path_factory.mktemp("run")
    experiments = {
        "benchmark": [r for t in BMI_TASKS[3:9] for r in rows_of("bmi", t.task_id, 0.4)],
        "high_mi": [
            r
            for kind in ("identity", "spiral")
            for mi in (1.0, 3.0)
            for r in rows_of("high_mi", task_id(kind, mi), mi)
        ],
        "train_size": rows_of("bmi", BMI_TASKS[5].task_id, 0.4, sizes=(50, 100)),
    }
    estimates = {}
    for name, rows in experiments.items():
        write_records(rows, folder / f"{name}.parquet")
        estimates[name] = str(folder / f"{name}_estimates.parquet")
        collect([str(folder / f"{name}.parquet")], estimates[name], LABELS, seeds=2)
    names = ("table1", "table4", "table5", "table1_paper", "ranks", "high_mi", "train_size")
    tables = {name: str(folder / f"{name}.csv") for name in names}
    first, rest = estimates["benchmark"], (folder / "a.md", folder / "a.tex")
    table1(first, "bmi", 0.1, 1.0, tables["table1"], *rest)
    table4(first, "bmi", 0.1, ["KSG"], tables["table4"], *rest)
    table5(first, "bmi", 1.0, tables["table5"], *rest)
    paper = ROOT / "config/paper_table1.csv"
    compare(first, paper, "bmi", 1.0, tables["table1_paper"], rest[0])
    ranks(first, "bmi", 0.1, tables["ranks"], rest[0])
    for name in ("high_mi", "train_size"):
        curve_table(estimates[name], tables[name])
    recipe = make_recipe("fast", "c", 2, n_steps=128, width=16, batch_size=16, blend="none")
    data = np.random.default_rng(0).normal(size=(64, 2))
    ensemble = fit([data], conditional(1, 1), recipe, [0])
    score = folder / "ensemble.safetensors"
    save_ensemble(ensemble, score, task=BMI_TASKS[5].task_id, n_train=64)
    jobs = folder / "benchmarks/train_score"
    jobs.mkdir(parents=True)
    (jobs / "one.tsv").write_text("s\th:m:s\tmax_rss\n12.5\t0:00:12\t400.0\n")
    (jobs / "two.tsv").write_text("s\th:m:s\tmax_rss\n0.5\t0:00:00\t-\n")
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text()) | {"run": "made-up"}
    build_report(
        [*estimates.values()],
        [*tables.values()],
        config,
        "colorblind",
        folder / "benchmarks",
        folder / "report.html",
        scores=[str(score)],
    )
    return folder

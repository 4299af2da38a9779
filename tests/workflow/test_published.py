"""What is published is drawn from the archive on a clean clone, and nothing is trained for it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.archives import archive_rows, wanted, write

ROOT = Path(__file__).resolve().parents[2]
TASKS = ["1v1-normal-0.75", "multinormal-dense-2-2-0.5"]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder as a clone has it, with rows of the benchmark and of two values of Figure 1."""
    monkeypatch.chdir(ROOT)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    high = archive_rows(wanted("high_mi", ["minde-c"], ["spiral-mi1", "spiral-mi2"]))
    rows = archive_rows(wanted("benchmark", ["minde-c", "mine", "ksg"], TASKS, seeds=2))
    write(tmp_path / "data/published", rows, high)
    return tmp_path


def snakemake(folder, *arguments):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["published", "--cores", "2", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_drawing_needs_no_training(clone):
    done = snakemake(clone, "--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stderr
    jobs = set(re.findall(r"^([a-z_0-9]+) +\d+$", done.stdout + done.stderr, re.MULTILINE))
    assert jobs == {
        "published", "publish_estimates", "publish_status", "build_report", "total",
        "table1", "table4", "table5", "table1_paper", "ranks", "curve_table",
        "plot_table1", "plot_table4", "plot_table1_paper", "plot_ranks", "plot_boxplot",
        "plot_high_mi", "plot_train_size",
    }  # fmt: skip


def test_an_archive_that_is_not_whole_is_refused(clone):
    path = clone / "data/published/estimates/bmi/ksg.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    done = snakemake(clone)
    assert done.returncode != 0
    assert "ksg.parquet has other bytes than SHA256SUMS says" in done.stdout + done.stderr
    assert not (clone / "results").exists()


@pytest.mark.slow
def test_everything_that_the_rows_suffice_for_is_drawn(clone):
    done = snakemake(clone)
    assert done.returncode == 0, done.stderr[-3000:]
    results = clone / "results/published"
    assert {p.stem for p in results.glob("figures/*.png")} == {
        "table1", "table4", "table1_paper", "ranks", "boxplot-1", "high_mi", "train_size-1",
    }  # fmt: skip
    assert not (clone / "results/paper").exists()
    status = (results / "status.md").read_text()
    assert "| benchmark: minde-c fast | 400 | 4 | 0 |" in status
    assert "- Interaction (`interaction`): no estimates" in status
    report = (results / "report.html").read_text()
    assert "Error of the mean over 2 seeds" in report
    assert "fast, families j, c" in report
    table = pd.read_csv(results / "tables/table1.csv", index_col=0)
    assert list(table.index) == ["GT", "MINDE-C (σ=1)", "MINDE-C", "MINE", "KSG"]
    assert "Nothing to be done" in snakemake(clone).stderr

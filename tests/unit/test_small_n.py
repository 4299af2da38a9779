"""Few rows: the stages, the oracle, and the table's and the figure's numbers by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from minde import MINDE
from minde.experiments.collect import collect
from minde.experiments.small_n import figures
from minde.experiments.small_n.oracle import pointwise
from minde.experiments.small_n.samples import sample_task
from minde.experiments.small_n.tables import by_size, small_n_table
from minde.stages.mixed import estimate_mixed
from minde.stages.records import read_records, write_records
from minde.stages.samples import read_samples
from minde.stages.worker import answer
from tests.rows import estimate_row

LABELS = {"minde-c": "MINDE-C", "ksg": "KSG"}


def sampler_of(task):
    from bmi.benchmark import BENCHMARK_TASKS

    return BENCHMARK_TASKS[task].sampler


@pytest.mark.bmi
@pytest.mark.parametrize(
    "task",
    [
        "multinormal-dense-2-2-0.5", "1v1-bimodal-0.75", "student-identity-2-2-1",
        "1v1-additive-0.1", "1v1-additive-0.75", "swissroll_x-normal_cdf-1v1-normal-0.75",
    ],
)  # fmt: skip
def test_the_oracles_mean_is_the_truth_within_its_own_error(task):
    sampler = sampler_of(task)
    found = pointwise(sampler, 4000, 0)
    assert found.shape == (4000,)
    # A fixed seed: five standard errors are chance's one in a million.
    error = found.std() / math.sqrt(4000)
    assert found.mean() == pytest.approx(float(sampler.mutual_information()), abs=5 * error)


@pytest.mark.bmi
def test_the_oracle_of_a_normal_pair_is_the_closed_form_of_each_row():
    rho, sampler = 0.75, sampler_of("1v1-normal-0.75")
    x, y = (np.asarray(v, dtype=np.float64)[:, 0] for v in sampler.sample(50, 3))
    square = (rho * rho * (x * x + y * y) - 2 * rho * x * y) / (1 - rho * rho)
    known = -0.5 * math.log(1 - rho * rho) - 0.5 * square
    np.testing.assert_allclose(pointwise(sampler, 50, 3), known, atol=1e-6)


@pytest.mark.bmi
def test_all_rows_are_read(tmp_path):
    path, out = tmp_path / "s.parquet", tmp_path / "e.parquet"
    sample_task("1v1-normal-0.75", 1, 100, path)
    sample = read_samples(path)
    assert (len(sample.train), len(sample.test), sample.whole) == (80, 20, True)
    expected = pointwise(sampler_of(sample.task), 100, 1).mean()
    assert sample.oracle == pytest.approx(expected)
    # CCA of all rows, not of the test rows alone: the sample correlation's.
    rho = np.corrcoef(sample.every.T)[0, 1]
    found = answer({"sample": str(path), "kind": "cca", "options": {}})
    assert found["value"] == pytest.approx(-0.5 * math.log(1 - rho**2), abs=1e-6)
    mixture = answer({"sample": str(path), "kind": "mixture_of_gaussians", "options": {}})
    assert 0.0 < mixture["value"] < 1.5
    options = {"n_steps": 20, "width": 16}
    settings = {"options": options, "folds": 5}
    estimate_mixed([path], out, "c", "fast", settings, tmp_path / "c")
    (row,) = read_records([out]).to_dict("records")
    assert (row["status"], row["n_train"] + row["n_test"]) == ("ok", 100)
    assert row["oracle"] == sample.oracle
    # To the bit what a user gets of the same rows.
    users = MINDE(random_state=1, options=options).fit(*sample.split(sample.every))
    found = users.mutual_information()
    assert (row["mi_estimate"], row["low"], row["high"]) == (found.value, *found.interval)


@pytest.fixture
def estimates(tmp_path):
    def made(task, seed, estimator, value, n_train=291, **more):
        row = estimate_row("small_n", task, seed, 0.5, estimator, "estimate", value, n_train)
        return row | {"oracle": 0.52 if task == "a" else math.nan, **more}

    rows = [
        made("a", 0, "minde-c", 0.6, low=0.4, high=0.8, seconds=2.0),
        made("a", 1, "minde-c", 0.3, low=0.2, high=0.4, seconds=4.0),
        made("b", 0, "minde-c", math.nan),
        made("a", 0, "ksg", 0.45),
        made("b", 0, "ksg", 0.75),
        made("a", 0, "ksg", math.nan, 991),
    ]
    write_records(rows, tmp_path / "rows.parquet")
    out = tmp_path / "estimates.parquet"
    collect([str(tmp_path / "rows.parquet")], out, LABELS, seeds=2)
    return out


def test_the_table_is_that_by_hand(estimates, tmp_path):
    small_n_table(estimates, tmp_path / "t.csv", tmp_path / "t.md")
    table = pd.read_csv(tmp_path / "t.csv").set_index(["rows", "label"])
    ours = table.loc[300, "MINDE-C"]
    # Errors 0.1 and -0.2; of the intervals [0.4, 0.8] and [0.2, 0.4] one holds 0.5.
    assert ours["mean_error"] == pytest.approx(0.15)
    assert ours["bias"] == pytest.approx(-0.05)
    assert ours["coverage"] == 0.5
    assert ours["half_width"] == pytest.approx((0.2 + 0.1) / 2)
    assert ours["oracle_error"] == pytest.approx(0.02)
    assert ours["seconds"] == 3.0
    assert ours[["intervals", "estimates", "asked", "tasks"]].tolist() == [2, 2, 3, 1]
    ksg = table.loc[300, "KSG"]
    assert ksg["mean_error"] == pytest.approx((0.05 + 0.25) / 2)
    assert ksg["intervals"] == 0
    assert math.isnan(ksg["coverage"])
    failed = table.loc[1000, "KSG"]
    assert failed[["estimates", "asked"]].tolist() == [0, 1]
    assert math.isnan(failed["mean_error"])
    lines = (tmp_path / "t.md").read_text().splitlines()
    assert "| 300 | MINDE-C | 0.150 | 0.020 | -0.050 | 50% of 2 | 0.150 | 3.000 | 2 of 3 |" in lines
    assert "| 1,000 | KSG | – | – | – | – | – | – | 0 of 1 |" in lines


def test_the_figure_draws_the_tables_numbers(estimates, monkeypatch):
    kept = []
    monkeypatch.setattr(figures, "save", lambda figure, paths, dpi: kept.append(figure))
    figures.plot_small_n(estimates, {"palette": "colorblind", "font_size": 9, "dpi": 50}, [])
    left, right = kept[0].axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in left.lines}
    table = by_size(pd.read_parquet(estimates)).set_index(["label", "rows"])
    assert drawn["MINDE-C"] == [[300.0, table.loc[("MINDE-C", 300), "mean_error"]]]
    assert drawn["KSG"][0] == [300.0, table.loc[("KSG", 300), "mean_error"]]
    assert drawn["oracle"][0] == [300.0, pytest.approx(0.02)]
    # Only one has intervals; the other line is 0.95.
    assert [line.get_ydata()[0] for line in right.lines] == [0.5, 0.95]

"""The report without a browser: self-contained, escaped, and true to the tables."""

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from minde.experiments.benchmark.charts import family_of
from minde.experiments.benchmark.curves import integrands
from minde.report.data import Headline, failures, headlines, reported, runtimes
from minde.report.page import Page, Section


@pytest.fixture(scope="module")
def page(run):
    return (run / "report.html").read_text()


def specs(page):
    return json.loads(re.search(r"const specs = (.*);\n", page).group(1).replace("<\\/", "</"))


def values(spec):
    return {name: pd.DataFrame(rows) for name, rows in spec["datasets"].items()}


def test_it_loads_nothing_from_anywhere(page):
    # The scripts' own texts hold addresses as strings; the browser's test sees that none is asked.
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert len(re.findall(r"<script[^>]*src=", page.split("window.vegaEmbed")[-1])) == 0
    for attribute in re.findall(r"""(?:src|href)="([^"]{0,40})""", markup):
        assert attribute.startswith(("#", "data:")), attribute
    assert len(page) < 15e6


def test_a_status_cannot_break_out_of_the_page(page):
    assert "window.broken = true</script>" not in page


def test_every_section_has_a_heading_and_a_link(page):
    keys = re.findall(r'<section id="([^"]+)"', page)
    assert keys[:3] == ["table1", "ranks", "errors"]
    assert {"high_mi", "train_size", "integrand", "training", "failures", "runtime"} <= set(keys)
    for key in keys:
        assert f'href="#{key}"' in page
        assert f'id="h-{key}"' in page


def test_the_error_chart_draws_the_tables_numbers(run, page):
    frame = reported(run / "benchmark_estimates.parquet")
    ok = frame[frame["status"] == "ok"]
    drawn = next(d for d in values(specs(page)["errors"]).values() if "error" in d)
    merged = drawn.merge(ok, on=["task", "label", "seed"], suffixes=("_drawn", ""))
    assert len(merged) == len(ok) == len(drawn)
    np.testing.assert_allclose(merged["error_drawn"], merged["mi_estimate"] - merged["mi_true"])


def test_the_heat_map_draws_table_1_and_a_failure_has_no_colour(run, page):
    table = pd.read_csv(run / "table1.csv", index_col="estimator")
    drawn = pd.concat(values(specs(page)["table1"]).values()).set_index(["label", "task_label"])
    drawn["error"] = drawn["error"].astype(float)
    assert len(drawn) == 3 * 6
    for (label, task), cell in drawn.iterrows():
        truth = table.loc["GT", task]
        np.testing.assert_allclose(cell["error"], table.loc[label, task] - truth, atol=1e-6)
        if np.isfinite(cell["error"]):
            assert float(cell["shown"].replace("−", "-")) == pytest.approx(
                cell["error"], abs=0.0051
            )
    failed = drawn[drawn["error"].isna()]
    assert list(failed.index) == [("KSG", "Bimodal 1×1")]
    assert failed["failed"].tolist() == [2]


def test_the_ranks_are_those_of_the_table(run, page):
    table = pd.read_csv(run / "ranks.csv")
    drawn = next(d for d in values(specs(page)["ranks"]).values() if "estimator" in d)
    np.testing.assert_allclose(drawn["mean_rank"], table["mean_rank"])
    assert drawn["right"].tolist() == [
        f"{m}/{t}" for m, t in zip(table["matches"], table["tasks"], strict=True)
    ]


def test_the_page_opens_with_the_best_estimator_what_failed_and_the_time(run):
    frame = reported(run / "benchmark_estimates.parquet")
    best, jobs = pd.read_csv(run / "ranks.csv"), runtimes(run / "benchmarks")
    found = {h.text: h.value for h in headlines([frame], best, len(failures([frame])), jobs, 0.1)}
    assert found["tasks right to 0.1 nats by MINDE-C, the best of 3"] == "6 of 6"
    error = frame[frame["label"] == "MINDE-C"].groupby("task")["error"].mean().abs()
    assert (
        found[f"nats: its mean |error| over tasks; worst {error.max():.3f}"]
        == f"{error.mean():.3f}"
    )
    assert found["estimates, 2 without a number"] == "36"
    assert found["in 2 jobs, their times added up"] == "0 min"
    # Without a benchmark there is no best.
    assert len(headlines([], None, 0, jobs, 0.1)) == 2


def test_downloads_hold_the_tables(run, page):
    for name in ("table1", "ranks", "high_mi"):
        encoded = re.search(rf'href="data:text/csv;base64,([^"]+)" download="{name}.csv"', page)
        got = pd.read_csv(io.BytesIO(base64.b64decode(encoded.group(1))))
        table = pd.read_csv(run / f"{name}.csv").drop(columns=["rank", "position"], errors="ignore")
        pd.testing.assert_frame_equal(got, table)


def test_failures_are_listed_with_their_reason(run):
    frame = reported(run / "benchmark_estimates.parquet")
    listed = failures([frame])
    assert listed["label"].tolist() == ["KSG", "KSG"]
    assert listed["status"].str.startswith("failed: ").all()


def test_the_integrand_sums_to_the_estimate(run):
    frame = reported(run / "benchmark_estimates.parquet")
    sums = integrands(frame).groupby("task_label")["nats"].sum()
    means = frame[frame["label"] == "MINDE-C"].groupby("task_label")["mi_estimate"].mean()
    np.testing.assert_allclose(sums.sort_index(), means.sort_index(), rtol=1e-5)
    assert integrands(frame)["t"].between(0.0, 1.0).all()


def test_training_curves_end_at_the_last_step(page):
    curve = next(iter(values(specs(page)["training"]).values()))
    assert curve["step"].max() == 128
    assert curve["step"].is_monotonic_increasing
    assert np.isfinite(curve["loss"]).all()


def test_jobs_times_are_read_and_gaps_stay_gaps(run):
    jobs = runtimes(run / "benchmarks").set_index("job")
    assert jobs.loc["one", "seconds"] == 12.5
    assert np.isnan(jobs.loc["two", "memory_mb"])


def test_task_families():
    assert family_of("spiral-normal_cdf-multinormal-sparse-3-3-2-2.0") == "Spiral"
    assert family_of("asinh-student-identity-1-1-1") == "Student"
    assert family_of("multinormal-dense-5-5-0.5") == "Multinormal"
    assert family_of("1v1-additive-0.1") == "One-dimensional"


def test_a_run_without_a_benchmark_opens_with_what_there_is():
    told = {"benchmark": "2 seeds", "recipe": "fast", "report made": "today"}
    only = Section(
        "datasets", "Your tables", "Means over seeds.", table=pd.DataFrame({"nats": [1.0]})
    )
    page = Page("minde: run own", told, [Headline("3", "estimates")], [only]).render()
    body = page.partition('<main id="content">')[2].partition("<script")[0]
    assert 'class="lead"' not in body
    assert "<details>" not in body
    assert body.index('class="headlines"') < body.index('href="#datasets"')

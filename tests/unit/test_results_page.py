"""The page of results follows from the archive, and claims are judged by complete rows alone."""

from pathlib import Path

import pandas as pd
import pytest

from minde.experiments.archive.draw import publish
from minde.experiments.archive.rows import SUMS
from minde.experiments.benchmark.tasks import BMI_TASKS
from minde.report.claims import CLAIMS, UNKNOWN, claims_table
from minde.report.results import PAGE, bound_table, parts, with_parts
from tests.archives import archive_rows, wanted, write

ROOT = Path(__file__).resolve().parents[2]
TABLE1 = "MINDE-C reads 35 of 40 tasks right to a tenth of a nat"
MOST = "MINDE-C reads more tasks right than every critic"


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_the_committed_page_is_what_the_archive_makes():
    page = PAGE.read_text()
    assert with_parts(page, parts("data/published")) == page


def benchmark(tmp_path, tasks, errors):
    folder = write(
        tmp_path,
        *(
            archive_rows(wanted("benchmark", [name], tasks), error=0.0, truth=0.4).assign(
                mi_estimate=lambda f, e=error: f["mi_true"] + e
            )
            for name, error in errors.items()
        ),
    )
    publish(folder / SUMS, "benchmark", tmp_path / "b.parquet")
    return pd.read_parquet(tmp_path / "b.parquet")


def test_a_claim_is_judged_once_all_tasks_are_there(tmp_path):
    every = [task.task_id for task in BMI_TASKS]
    assert set(claims_table({})["verdict"]) == {UNKNOWN}
    errors = {"minde-c": 0.02, "mine": 0.2, "infonce": 0.2, "donsker_varadhan": 0.2, "nwj": 0.01}
    some = benchmark(tmp_path / "some", every[:39], errors)
    assert set(claims_table({"benchmark": some})["verdict"]) == {UNKNOWN}
    table = claims_table({"benchmark": benchmark(tmp_path / "all", every, errors)})
    assert table.loc[TABLE1].tolist()[:2] == ["holds", "40 of 40, the paper 35"]
    # NWJ is as good here.
    assert table.loc[MOST, "verdict"] == "holds partly"
    worse = benchmark(tmp_path / "worse", every, dict.fromkeys(errors, 0.3))
    assert claims_table({"benchmark": worse}).loc[TABLE1, "verdict"] == "does not hold"
    assert len(table) == len(CLAIMS)


def test_errors_are_multiples_of_the_bound(tmp_path):
    frame = benchmark(tmp_path, ["1v1-normal-0.75"], {"minde-c": 0.02, "ksg": -0.04})
    table = bound_table(frame)
    # The deviation at 0.4 nats and one correlation, over the root of 100,009 rows.
    rho = (1 - 2.718281828 ** (-0.8)) ** 0.5
    assert float(table.loc["MINDE-C", "median"]) == pytest.approx(
        0.02 * 100_009**0.5 / rho, abs=0.1
    )
    assert float(table.loc["KSG", "most"]) == pytest.approx(0.04 * 100_009**0.5 / rho, abs=0.1)

import numpy as np
import pandas as pd
import pytest

from minde.pipeline.records import base_row, config_digest, read_records, versions, write_records
from minde.pipeline.samples import Samples
from minde.pipeline.tables import collect, matches, mean_table, quantise, table1


def make_rows(values, estimator="minde-c", readout="inside", reported=True):
    rows = []
    for (task, truth), per_seed in values.items():
        for seed, value in enumerate(per_seed):
            sample = Samples("bmi", task, seed, truth, 1, 1, np.zeros((9, 2)), np.zeros((3, 2)))
            rows.append(
                base_row(sample, estimator, readout)
                | {
                    "reported": reported,
                    "mi_estimate": value,
                    "std_error": 0.01,
                    "seconds": 1.0,
                    "config_digest": config_digest({}),
                    "versions": versions("numpy"),
                }
            )
    return rows


NORMAL, BIMODAL = ("1v1-normal-0.75", 0.4133), ("1v1-bimodal-0.75", 0.4133)


@pytest.fixture
def collected(tmp_path):
    parts = {
        "a": make_rows({NORMAL: [0.40, 0.42], BIMODAL: [0.30, 0.32]}),
        "b": make_rows({NORMAL: [0.2, 0.2], BIMODAL: [0.2, 0.2]}, readout="gap", reported=False),
        "c": make_rows({NORMAL: [0.36, 0.38], BIMODAL: [np.nan, np.nan]}, "mine", "estimate"),
        "d": make_rows({NORMAL: [0.4, 0.4], BIMODAL: [0.4, 0.4]}, "minde-j"),
    }
    for name, rows in parts.items():
        write_records(rows, tmp_path / f"{name}.parquet")
    collect([str(tmp_path / f"{name}.parquet") for name in parts], tmp_path / "all.parquet")
    return tmp_path / "all.parquet"


def test_mean_table_follows_the_papers_order(collected):
    table = mean_table(pd.read_parquet(collected), "bmi")
    assert list(table.columns) == ["Bimodal 1×1", "Bivariate Nm 1×1"]
    assert list(table.index) == ["GT", "MINDE-J", "MINDE-C", "MINDE-C (gap)", "MINE"]
    np.testing.assert_allclose(table.loc["MINDE-C"], [0.31, 0.41])
    assert np.isnan(table.loc["MINE", "Bimodal 1×1"])


def test_matches_count_rounded_agreement_and_never_a_failure(collected):
    table = mean_table(pd.read_parquet(collected), "bmi")
    count = matches(table, 0.1)
    # 0.31 rounds to 0.3 and 0.37 to 0.4; a failed estimate never counts.
    assert count.to_dict() == {"MINDE-J": 2, "MINDE-C": 1, "MINDE-C (gap)": 0, "MINE": 1}
    assert quantise(table, 0.1).loc["MINDE-C"].tolist() == pytest.approx([0.3, 0.4])


def test_table1_files_hold_the_same_numbers(collected, tmp_path):
    paths = [tmp_path / f"t.{ext}" for ext in ("csv", "md", "tex")]
    table1(collected, "bmi", 0.1, *paths)
    csv = pd.read_csv(paths[0], index_col="estimator")
    frame = pd.read_parquet(collected)
    np.testing.assert_allclose(csv, mean_table(frame, "bmi"), atol=1e-6)
    markdown, latex = paths[1].read_text(), paths[2].read_text()
    assert "| Bivariate Nm 1×1 | 0.4 | 0.4 | 0.4 | 0.2 | 0.4 |" in markdown
    assert "| Bimodal 1×1 | 0.4 | 0.4 | 0.3 | 0.2 | – |" in markdown
    assert "| matches |" in markdown
    assert latex.count(r"\\") == len(csv) + 1


def test_records_refuse_missing_columns(tmp_path):
    rows = make_rows({NORMAL: [0.4]})
    del rows[0]["std_error"]
    with pytest.raises(KeyError, match="std_error"):
        write_records(rows, tmp_path / "x.parquet")


def test_records_come_back_in_one_order(tmp_path):
    write_records(make_rows({NORMAL: [0.4, 0.5]}), tmp_path / "1.parquet")
    write_records(make_rows({BIMODAL: [0.6]}), tmp_path / "2.parquet")
    paths = [str(tmp_path / "1.parquet"), str(tmp_path / "2.parquet")]
    pd.testing.assert_frame_equal(read_records(paths), read_records(paths[::-1]))

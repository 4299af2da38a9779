import numpy as np
import pandas as pd
import pytest

from minde.experiments.benchmark.paper import compare
from minde.experiments.benchmark.ranks import holm, rank_table, ranks
from minde.experiments.benchmark.tables import (
    failures,
    matched,
    matches,
    mean_table,
    quantise,
    quantised_text,
    table1,
    table1_rows,
    table4_rows,
    table5,
)
from minde.experiments.benchmark.tasks import BMI_TASKS
from minde.experiments.collect import collect
from minde.experiments.tables import curve_table, latex, markdown
from minde.stages.records import read_records, write_records
from tests.rows import estimate_row
from tests.unit.test_catalogue import PAPER_GT

LABELS = {"minde-j": "MINDE-J", "minde-c": "MINDE-C", "mine": "MINE", "ksg": "KSG"}


def make_rows(values, estimator="minde-c", readout="inside", reported=True):
    rows = []
    for (task, truth), per_seed in values.items():
        for seed, value in enumerate(per_seed):
            more = {"reported": reported}
            rows.append(estimate_row("bmi", task, seed, truth, estimator, readout, value, **more))
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
    paths = [str(tmp_path / f"{name}.parquet") for name in parts]
    collect(paths, tmp_path / "all.parquet", LABELS, seeds=2)
    return tmp_path / "all.parquet"


def test_mean_table_follows_the_configured_order(collected):
    table = mean_table(pd.read_parquet(collected))
    assert list(table.columns) == ["Bimodal 1×1", "Bivariate Nm 1×1"]
    assert list(table.index) == ["GT", "MINDE-J", "MINDE-C", "MINDE-C (gap)", "MINE"]
    np.testing.assert_allclose(table.loc["MINDE-C"], [0.31, 0.41])
    assert np.isnan(table.loc["MINE", "Bimodal 1×1"])


def test_matches_count_rounded_agreement_and_never_a_failure(collected):
    table = mean_table(pd.read_parquet(collected))
    count = matches(table, 0.1)
    # 0.31 rounds to 0.3 and 0.37 to 0.4; a failed estimate never counts.
    assert count.to_dict() == {"MINDE-J": 2, "MINDE-C": 1, "MINDE-C (gap)": 0, "MINE": 1}
    assert quantise(table, 0.1).loc["MINDE-C"].tolist() == pytest.approx([0.3, 0.4])


def test_table1_files_hold_the_same_numbers(collected, tmp_path):
    paths = [tmp_path / f"t.{ext}" for ext in ("csv", "md", "tex")]
    table1(collected, "bmi", 0.1, 1.0, *paths)
    csv = pd.read_csv(paths[0], index_col="estimator")
    frame = table1_rows(pd.read_parquet(collected), "bmi", 1.0)
    np.testing.assert_allclose(csv, mean_table(frame), atol=1e-6)
    text, tex = paths[1].read_text(), paths[2].read_text()
    assert "| task | GT | MINDE-J | MINDE-C | MINE |" in text
    assert "| Bivariate Nm 1×1 | 0.4 | 0.4 | 0.4 | 0.4 |" in text
    assert "| Bimodal 1×1 | 0.4 | 0.4 | 0.3 | – |" in text
    assert "| matches |" in text
    assert tex.count(r"\\") == len(csv) + 1


def test_table1_shows_one_reference_width_and_table4_all(tmp_path):
    rows = make_rows({NORMAL: [0.4]}, "minde-c", "inside")
    for sigma in ("0.5", "1", "10"):
        rows += make_rows({NORMAL: [0.3]}, "minde-c", f"outside-{sigma}", reported=False)
    rows += make_rows({NORMAL: [0.3]}, "minde-c", "gap", reported=False)
    rows += make_rows({NORMAL: [0.2]}, "mine", "estimate")
    rows += make_rows({NORMAL: [0.1]}, "ksg", "estimate")
    write_records(rows, tmp_path / "a.parquet")
    collect([str(tmp_path / "a.parquet")], tmp_path / "all.parquet", LABELS, seeds=1)
    frame = pd.read_parquet(tmp_path / "all.parquet")
    first = list(mean_table(table1_rows(frame, "bmi", 1.0)).index)
    assert first == ["GT", "MINDE-C (σ=1)", "MINDE-C", "MINE", "KSG"]
    fourth = list(mean_table(table4_rows(frame, "bmi", ["KSG"])).index)
    widths = [f"MINDE-C (σ={s})" for s in ("0.5", "1", "10")]
    assert fourth == ["GT", *widths, "MINDE-C", "MINDE-C (gap)", "KSG"]


def test_a_mean_that_lacks_a_seed_is_marked(tmp_path):
    write_records(make_rows({NORMAL: [0.4, np.nan]}), tmp_path / "a.parquet")
    collect([str(tmp_path / "a.parquet")], tmp_path / "all.parquet", LABELS, seeds=2)
    frame = pd.read_parquet(tmp_path / "all.parquet")
    assert quantised_text(frame, 0.1).loc["MINDE-C"].tolist() == ["0.4*"]
    assert failures(frame).loc["MINDE-C"].tolist() == [1.0]
    paths = [tmp_path / f"t.{ext}" for ext in ("csv", "md", "tex")]
    table5(tmp_path / "all.parquet", "bmi", 1.0, *paths)
    assert "| Bivariate Nm 1×1 | 0.41 | 0.40* |" in paths[1].read_text()
    assert pd.read_csv(paths[0])["failed"].tolist() == [1]


def test_table5_gives_the_spread_over_seeds(collected, tmp_path):
    paths = [tmp_path / f"t.{ext}" for ext in ("csv", "md", "tex")]
    table5(collected, "bmi", 1.0, *paths)
    assert "0.41 ± 0.01" in paths[1].read_text()
    assert r"0.41 $\pm$ 0.01" in paths[2].read_text()
    row = pd.read_csv(paths[0]).set_index(["label", "task"]).loc[("MINDE-C", NORMAL[0])]
    assert row["std_seeds"] == pytest.approx(np.std([0.40, 0.42], ddof=1), abs=1e-6)


def test_collecting_keeps_the_experiments_seeds_only(collected, tmp_path):
    frame = pd.read_parquet(collected)
    write_records(make_rows({NORMAL: [0.4, 0.5, 0.6]}), tmp_path / "x.parquet")
    collect([str(tmp_path / "x.parquet")], tmp_path / "y.parquet", LABELS, seeds=2)
    assert sorted(pd.read_parquet(tmp_path / "y.parquet")["seed"]) == [0, 1]
    # One colour an estimator, whatever its read-outs.
    assert frame.groupby("estimator")["position"].nunique().eq(1).all()


def test_curve_tables_hold_what_is_reported(collected, tmp_path):
    curve_table(collected, tmp_path / "c.csv")
    table = pd.read_csv(tmp_path / "c.csv")
    assert set(table["label"]) == {"MINDE-J", "MINDE-C", "MINE"}
    assert set(table["n_train"]) == {9}


def test_the_comparison_with_the_paper_says_what_is_lost(collected, tmp_path):
    lines = ["estimator,task,mi_estimate,note"]
    lines += [f"MINDE-C,{NORMAL[0]},0.4,", f"MINE,{NORMAL[0]},,the scan lost it"]
    lines += [f"MINDE-C,{BIMODAL[0]},0.4,", f"MINE,{BIMODAL[0]},0.4,"]
    (tmp_path / "paper.csv").write_text("\n".join(lines) + "\n")
    compare(collected, tmp_path / "paper.csv", "bmi", 1.0, tmp_path / "o.csv", tmp_path / "o.md")
    table = pd.read_csv(tmp_path / "o.csv", keep_default_na=False, na_values=[""])
    table = table.set_index(["estimator", "task"])
    assert table.loc[("MINDE-C", NORMAL[0]), "difference"] == pytest.approx(0.01)
    assert table.loc[("MINE", NORMAL[0]), "note"] == "lost in the scan"
    assert table.loc[("MINDE-J", NORMAL[0]), "note"] == "not in paper"
    text = (tmp_path / "o.md").read_text()
    assert "| Bivariate Nm 1×1 | 0.41 / 0.4 | 0.37 / ? |" in text
    assert "| Bimodal 1×1 | 0.31 / 0.4 | – / 0.4 |" in text


def test_the_committed_paper_table_is_the_papers():
    import re
    from pathlib import Path

    from minde.experiments.benchmark.tasks import BMI_TASKS

    table = pd.read_csv(Path(__file__).resolve().parents[2] / "config/paper_table1.csv")
    assert list(dict.fromkeys(table["task"])) == [t.task_id for t in BMI_TASKS]
    assert table.groupby("estimator").size().eq(40).all()
    lost = table[table["mi_estimate"].isna()]
    assert set(lost["estimator"]) == {"MINDE-C (σ=1)", "DoE (Gaussian)", "DoE (Logistic)"}
    assert lost["note"].map(lambda n: bool(re.search("scanned row has (38|39|41) cells", n))).all()
    # The paper's text (§5.1) counts 35 and 24; the printed row of MINE gives 23.
    truth = PAPER_GT.split()
    for name, count in (("MINDE-C", 35), ("MINE", 23)):
        values = table.loc[table["estimator"] == name, "mi_estimate"].map("{:.1f}".format)
        assert sum(a == b for a, b in zip(values, truth, strict=True)) == count


def test_holm_is_the_textbooks():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone; NaN is not counted.
    given = np.array([0.04, 0.01, np.nan, 0.03, 0.02])
    np.testing.assert_allclose(holm(given), [0.06, 0.04, np.nan, 0.06, 0.06])


def test_ranks_put_the_smaller_error_first_and_failures_last(tmp_path):
    rng = np.random.default_rng(0)
    tasks = [(t.task_id, 0.4) for t in BMI_TASKS[:12]]
    noise = rng.normal(size=(3, 12)) * 0.001
    rows = make_rows({t: [0.41 + e] for t, e in zip(tasks, noise[0], strict=True)})
    rows += make_rows(
        {t: [0.35 + e] for t, e in zip(tasks, noise[1], strict=True)}, "mine", "estimate"
    )
    last = {
        t: [0.4 + e if k else np.nan] for k, (t, e) in enumerate(zip(tasks, noise[2], strict=True))
    }
    rows += make_rows({t: [v[0] + 0.2] for t, v in last.items()}, "ksg", "estimate")
    write_records(rows, tmp_path / "a.parquet")
    collect([str(tmp_path / "a.parquet")], tmp_path / "all.parquet", LABELS, seeds=1)
    frame = pd.read_parquet(tmp_path / "all.parquet")
    table, friedman = rank_table(frame, 0.1)
    assert list(table.index) == ["MINDE-C", "MINE", "KSG"]
    assert table["mean_rank"].tolist() == [1.0, 2.0, 3.0]
    assert friedman < 1e-4
    # Twelve of twelve signs: Wilcoxon's p is 2 / 2^12, corrected for two comparisons.
    assert table.loc["MINE", "p_vs_best"] == pytest.approx(2 * 2 / 2**12)
    assert np.isnan(table.loc["MINDE-C", "p_vs_best"])
    assert table["failed"].tolist() == [0, 0, 1]
    ranks(tmp_path / "all.parquet", "bmi", 0.1, tmp_path / "r.csv", tmp_path / "r.md")
    assert "| KSG | 3.00 | 0/12 |" in (tmp_path / "r.md").read_text()


def test_what_was_not_run_is_blank_and_is_not_ranked(tmp_path):
    tasks = [(t.task_id, 0.4) for t in BMI_TASKS[:4]]
    rows = make_rows({t: [0.41, 0.42] for t in tasks})
    rows += make_rows({t: [0.3] for t in tasks}, "mine", "estimate")
    rows += make_rows({tasks[0]: [0.4], tasks[1]: [np.nan]}, "ksg", "estimate")
    write_records(rows, tmp_path / "a.parquet")
    collect([str(tmp_path / "a.parquet")], tmp_path / "all.parquet", LABELS, seeds=1)
    frame = pd.read_parquet(tmp_path / "all.parquet")
    text = quantised_text(frame, 0.1, failed="fail")
    assert text.loc["KSG"].tolist() == ["0.4", "fail", "", ""]
    assert matched(frame, 0.1) == {"MINDE-C": "4/4", "MINE": "0/4", "KSG": "1/2"}
    assert list(rank_table(frame, 0.1)[0].index) == ["MINDE-C", "MINE"]
    ranks(tmp_path / "all.parquet", "bmi", 0.1, tmp_path / "r.csv", tmp_path / "r.md")
    assert (
        "Not ranked, since not run on every task: KSG (2 tasks)." in (tmp_path / "r.md").read_text()
    )


def test_tables_of_text_escape_what_latex_minds():
    text = pd.DataFrame({"a_b": ["1 ± 2", "–"]}, index=["σ", "50%"])
    assert markdown(text, "x").split("\n")[:3] == ["| x | a_b |", "|---|---|", "| σ | 1 ± 2 |"]
    assert r"$\sigma$ & 1 $\pm$ 2 \\" in latex(text)
    assert r"50\% & --" in latex(text)


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

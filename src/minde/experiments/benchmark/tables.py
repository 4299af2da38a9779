"""Stages `table1`, `table4`, `table5` and the figures' numbers: collected estimates in, tables out.

A value is the mean over the seeds that gave one; ``*`` marks a mean that lacks failed seeds and
``–`` an estimator that failed on all. A blank cell has not been run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from minde.experiments.benchmark.tasks import labels
from minde.experiments.tables import each_cell, latex, markdown, row_order, summary
from minde.readout.names import outside

FAILED = "–"


def is_minde(frame: pd.DataFrame) -> pd.Series[bool]:
    """Rows of our own estimators."""
    return frame["estimator"].str.startswith("minde-")


def table1_rows(frame: pd.DataFrame, suite: str, sigma_ref: float) -> pd.DataFrame:
    """Rows of Table 1: what each estimator reports, and MINDE's reference width ``sigma_ref``."""
    keep = frame["reported"] | (frame["readout"] == outside(sigma_ref))
    return frame[(frame["suite"] == suite) & keep]


def table4_rows(frame: pd.DataFrame, suite: str, classic: Sequence[str]) -> pd.DataFrame:
    """Rows of Table 4: every read-out of MINDE, and the estimators without networks."""
    keep = is_minde(frame) | frame["label"].isin(list(classic))
    return frame[(frame["suite"] == suite) & keep]


def _pivot(frame: pd.DataFrame, how: str) -> pd.DataFrame:
    """One statistic of the estimates: rows are estimators, columns are tasks."""
    suite = frame["suite"].iloc[0] if len(frame) else ""
    order = [label for task, label in labels(suite).items() if task in set(frame["task"])]
    table = frame.pivot_table(
        index="label", columns="task_label", values="mi_estimate", aggfunc=how, dropna=False
    )
    return table.reindex(index=row_order(frame), columns=order)


def mean_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds, the truth ``GT`` first: rows are estimators, columns are tasks."""
    table = _pivot(frame, "mean")
    truth = frame.groupby("task_label")["mi_true"].first().reindex(table.columns)
    return pd.concat([truth.to_frame("GT").T, table]).rename_axis(index="estimator", columns=None)


def failures(frame: pd.DataFrame) -> pd.DataFrame:
    """Number of failed seeds, in the shape of ``mean_table``."""
    failed = frame.assign(mi_estimate=frame["mi_estimate"].isna().astype(float))
    table = _pivot(failed, "sum").fillna(0.0)
    return table.reindex(["GT", *table.index], fill_value=0.0)


def runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Number of seeds that were run, failed or not: rows are estimators, columns are tasks."""
    return _pivot(frame.assign(mi_estimate=1.0), "sum").fillna(0.0).astype(int)


def blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Whether nothing was run, in the shape of ``mean_table``."""
    table = runs(frame) == 0
    return table.reindex(["GT", *table.index], fill_value=False)


def matched(frame: pd.DataFrame, quantum: float) -> dict[str, str]:
    """By estimator, on how many of the tasks that it was run on it is right, as ``35/40``."""
    count, ran = matches(mean_table(frame), quantum), (runs(frame) > 0).sum(axis=1)
    return {str(label): f"{count[label]}/{ran[label]}" for label in ran.index}


def quantise(table: pd.DataFrame, quantum: float) -> pd.DataFrame:
    """Values rounded to the table's quantum (0.1 nats in the paper)."""
    # Adding zero turns a rounded -0.0 into 0.0.
    return (table / quantum).round() * quantum + 0.0


def matches(table: pd.DataFrame, quantum: float) -> pd.Series[int]:
    """Number of tasks each estimator gets right after rounding to the quantum."""
    rounded = quantise(table, quantum)
    right = (rounded.drop("GT") - rounded.loc["GT"]).abs() < 0.5 * quantum
    return right.sum(axis=1)


def quantised_text(frame: pd.DataFrame, quantum: float, failed: str = FAILED) -> pd.DataFrame:
    """Text of the quantised means, with failures marked and blanks where nothing was run."""
    digits = max(0, len(f"{quantum:g}".partition(".")[2]))
    shown = quantise(mean_table(frame), quantum)
    text = each_cell(shown, lambda v: failed if pd.isna(v) else f"{v:.{digits}f}")
    some = (failures(frame) > 0) & shown.notna()
    return text.mask(some, text + "*").mask(blanks(frame), "")


def table1(
    estimates: str | Path,
    suite: str,
    quantum: float,
    sigma_ref: float,
    csv: str | Path,
    markdown: str | Path,
    latex: str | Path,
) -> None:
    """Write Table 1: full precision as CSV, quantised as Markdown and LaTeX."""
    frame = table1_rows(pd.read_parquet(estimates), suite, sigma_ref)
    _quantised(frame, quantum, csv, markdown, latex)


def table4(
    estimates: str | Path,
    suite: str,
    quantum: float,
    classic: Sequence[str],
    csv: str | Path,
    markdown: str | Path,
    latex: str | Path,
) -> None:
    """Write Table 4: full precision as CSV, quantised as Markdown and LaTeX."""
    frame = table4_rows(pd.read_parquet(estimates), suite, classic)
    _quantised(frame, quantum, csv, markdown, latex)


def _quantised(
    frame: pd.DataFrame, quantum: float, csv: str | Path, md: str | Path, tex: str | Path
) -> None:
    table = mean_table(frame)
    table.to_csv(csv, float_format="%.6f")
    text = quantised_text(frame, quantum)
    found = matched(frame, quantum)
    text["matches"] = [found.get(str(name), "") for name in text.index]
    _write(text, md, tex)


def table5(
    estimates: str | Path,
    suite: str,
    sigma_ref: float,
    csv: str | Path,
    markdown: str | Path,
    latex: str | Path,
) -> None:
    """Write Table 5: mean ± standard deviation over seeds, and the long form as CSV."""
    frame = table1_rows(pd.read_parquet(estimates), suite, sigma_ref)
    mean, std = mean_table(frame), _pivot(frame, "std")
    text = each_cell(mean, lambda v: FAILED if pd.isna(v) else f"{v:.2f}")
    text = text.mask(blanks(frame), "")
    for label in std.index:
        spread = std.loc[label].map(lambda v: "" if pd.isna(v) else f" ± {v:.2f}")
        text.loc[label] = text.loc[label] + spread
    some = (failures(frame) > 0) & mean.notna()
    _write(text.mask(some, text + "*"), markdown, latex)
    summary(frame, ["task", "task_label"]).to_csv(csv, index=False, float_format="%.6f")


def _write(text: pd.DataFrame, md: str | Path, tex: str | Path) -> None:
    # Tasks as rows and estimators as columns read better on a page.
    Path(md).write_text(markdown(text.T, "task"))
    Path(tex).write_text(latex(text))

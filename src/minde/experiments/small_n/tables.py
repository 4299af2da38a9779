"""Stage `small_n_table`: errors, intervals and seconds by rows and estimator."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from minde.experiments.figures import reported
from minde.experiments.tables import markdown as markdown_table
from minde.experiments.tables import number


def by_size(frame: pd.DataFrame) -> pd.DataFrame:
    r"""A row a number of rows and estimator, over tasks and draws; what failed has no part.

    ``coverage`` is the share of intervals with :math:`low \le I \le high`, ``half_width`` the mean
    of :math:`(high - low) / 2`, ``oracle_error`` the mean absolute error of the true pointwise
    information's mean on the rows of the same estimates.

    Arguments:
        frame: Labelled records.
    """
    done = frame[frame["mi_estimate"].notna()]
    error, oracle = done["mi_estimate"] - done["mi_true"], done["oracle"] - done["mi_true"]
    inside = (done["low"] <= done["mi_true"]) & (done["mi_true"] <= done["high"])
    done = done.assign(
        bias=error,
        error=error.abs(),
        coverage=inside.astype(float).where(done["low"].notna()),
        half_width=(done["high"] - done["low"]) / 2,
        oracle_error=oracle.abs(),
    )
    asked = frame.assign(rows=frame["n_train"] + frame["n_test"])
    done = done.assign(rows=done["n_train"] + done["n_test"])
    keys = ["rows", "rank", "label"]
    table = done.groupby(keys).agg(
        mean_error=("error", "mean"),
        bias=("bias", "mean"),
        coverage=("coverage", "mean"),
        intervals=("coverage", "count"),
        half_width=("half_width", "mean"),
        oracle_error=("oracle_error", "mean"),
        seconds=("seconds", "mean"),
        estimates=("error", "count"),
        tasks=("task", "nunique"),
    )
    # One that failed on all tasks has its row as well.
    counts = asked.groupby(keys).size().rename("asked")
    found = counts.to_frame().join(table).reset_index()
    whole = ["intervals", "estimates", "tasks"]
    return found.assign(**{name: found[name].fillna(0).astype(int) for name in whole})


def small_n_table(estimates: str | Path, csv: str | Path, markdown: str | Path) -> None:
    """Write the table.

    Arguments:
        estimates: Collected estimates.
        csv: As :func:`by_size` has it.
        markdown: The same as text.
    """
    table = by_size(reported(estimates))
    table.drop(columns="rank").to_csv(csv, index=False, float_format="%.6f")
    Path(markdown).write_text(markdown_table(_text(table), "rows"))


def _text(table: pd.DataFrame) -> pd.DataFrame:
    has = table["intervals"] > 0
    held = [f"{c:.0%} of {n}" for c, n in zip(table["coverage"], table["intervals"], strict=True)]
    made = zip(table["estimates"], table["asked"], strict=True)
    return pd.DataFrame(
        {
            "estimator": table["label"].to_list(),
            "mean error": table["mean_error"].map(number).to_list(),
            "oracle's": table["oracle_error"].map(number).to_list(),
            "bias": table["bias"].map(number).to_list(),
            "intervals that hold": pd.Series(held).where(has, "–").to_list(),
            "half-width": table["half_width"].map(number).to_list(),
            "seconds": table["seconds"].map(number).to_list(),
            "estimates": [f"{done} of {asked}" for done, asked in made],
        },
        index=pd.Index([f"{n:,}" for n in table["rows"]]),
    )

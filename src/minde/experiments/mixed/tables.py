"""Stage `mixed_table`: estimates of mixed columns beside the truth."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from minde.experiments.figures import reported
from minde.experiments.mixed.tasks import MIXED_TASKS, labels
from minde.experiments.tables import each_cell, number, row_order
from minde.experiments.tables import markdown as markdown_table
from minde.readout.student import Z_95


def mixed_table(estimates: str | Path, csv: str | Path, markdown: str | Path) -> None:
    """A row a task, a column an estimator; then mean errors, and how often intervals hold.

    Arguments:
        estimates: Collected estimates.
        csv: A row a task and estimator: truth, mean, spread, error, share of intervals, seconds.
        markdown: The same, a column an estimator.
    """
    frame = reported(estimates)
    frame["error"] = (frame["mi_estimate"] - frame["mi_true"]).abs()
    inside = frame["error"] <= Z_95 * frame["std_error"]
    frame["inside"] = inside.astype(float).where(frame["std_error"].notna())
    summary = frame.groupby(["task", "label", "rank"], sort=False).agg(
        mi_true=("mi_true", "first"),
        mi_estimate=("mi_estimate", "mean"),
        std_seeds=("mi_estimate", "std"),
        mean_error=("error", "mean"),
        std_error=("std_error", "mean"),
        inside=("inside", "mean"),
        seeds=("mi_estimate", "count"),
        seconds=("seconds", "mean"),
        status=("status", lambda s: "; ".join(sorted(set(s)))),
    )
    place = {task.task_id: k for k, task in enumerate(MIXED_TASKS)}
    rows = summary.reset_index()
    rows = rows.sort_values(["task", "rank"], key=lambda c: c.map(place) if c.name == "task" else c)
    rows.drop(columns="rank").to_csv(csv, index=False, float_format="%.6f")
    Path(markdown).write_text(markdown_table(_text(frame, rows), "task"))


def _text(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The table as text: columns in the order of tables."""
    order = row_order(frame)
    wide = rows.pivot(index="task", columns="label", values="mi_estimate")
    wide = wide.reindex(index=rows["task"].unique(), columns=order)
    truth = rows.drop_duplicates("task").set_index("task")["mi_true"]
    text = each_cell(wide, number)
    text.insert(0, "truth", truth.map(number))
    text.index = pd.Index([labels()[task] for task in text.index])
    errors = frame.set_index(["task", "seed", "label"])["error"].unstack("label")
    text.loc["**mean error**"] = ["", *(number(errors[name].mean()) for name in order)]
    ours = [name for name in order if name.startswith("MINDE")]
    for name in ours:
        beside = [number(errors[name][errors[other].notna()].mean()) for other in order]
        text.loc[f"**{name} on the same rows**"] = ["", *beside]
        inside = frame.loc[frame["label"] == name, "inside"]
        share = f"{inside.mean():.0%} of {inside.count()}"
        cells = [share if other == name else "" for other in order]
        text.loc[f"**intervals that hold, {name}**"] = ["", *cells]
    return text

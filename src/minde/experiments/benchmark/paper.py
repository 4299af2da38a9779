"""Stage `table1_paper`: our Table 1 beside the paper's, and the difference."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from minde.experiments.benchmark.tables import mean_table, runs, table1_rows
from minde.experiments.benchmark.tasks import labels
from minde.experiments.tables import markdown as markdown_table
from minde.experiments.tables import row_order

LOST = "lost in the scan"


def compare(
    estimates: str | Path,
    paper: str | Path,
    suite: str,
    sigma_ref: float,
    csv: str | Path,
    markdown: str | Path,
) -> None:
    """Write ours, the paper's (rounded to 0.1 there) and their difference.

    Arguments:
        estimates: Collected estimates.
        paper: Columns ``estimator``, ``task``, ``mi_estimate``, ``note``; a cell that the scan of
            the paper lost has no number and says so.
        suite: Task suite.
        sigma_ref: Reference width of MINDE(σ); the paper's table has σ = 1.
        csv: Output, one row an estimator and task.
        markdown: Output, tasks as rows: ours / paper.
    """
    frame = table1_rows(pd.read_parquet(estimates), suite, sigma_ref)
    table = mean_table(frame).drop(index="GT")
    given = pd.read_csv(paper)
    keys = zip(given["estimator"], given["task"], strict=True)
    theirs: dict[tuple[str, str], float] = dict(zip(keys, given["mi_estimate"], strict=True))
    names = {label: task for task, label in labels(suite).items()}
    rows = []
    ran = runs(frame)
    for label in row_order(frame):
        for task_label in table.columns[ran.loc[label] > 0]:
            key = (label, names[task_label])
            known = key in theirs
            value = theirs.get(key, math.nan)
            ours = float(table[task_label][label])
            rows.append(
                {
                    "estimator": label,
                    "task": names[task_label],
                    "task_label": task_label,
                    "ours": ours,
                    "paper": value,
                    "difference": ours - value,
                    "note": "" if known and value == value else LOST if known else "not in paper",
                }
            )
    long = pd.DataFrame(rows)
    long.to_csv(csv, index=False, float_format="%.6f")
    shown = long[long["note"] != "not in paper"].copy()
    shown["text"] = [_cell(o, p) for o, p in zip(shown["ours"], shown["paper"], strict=True)]
    wide = shown.pivot(index="task_label", columns="estimator", values="text")
    wide = wide.reindex(
        index=list(table.columns), columns=[e for e in row_order(frame) if e in wide.columns]
    ).fillna("")
    note = f"\nOurs / the paper's, nats. `?`: {LOST}. `–`: failed. Blank: not run.\n"
    Path(markdown).write_text(markdown_table(wide, "task") + note)


def _cell(ours: float, paper: float) -> str:
    left = "–" if math.isnan(ours) else f"{ours:.2f}"
    return f"{left} / {'?' if math.isnan(paper) else f'{paper:.1f}'}"

"""Stage `ranks`: which estimator is best over all tasks, and whether that is more than chance.

On each task estimators are ranked by the absolute error of their mean over seeds; a failure ranks
last. Estimators that lack a task on which another was run are left out. Friedman's test asks
whether the mean ranks differ at all; Wilcoxon's signed-rank test, with Holm's correction, compares
each estimator with the best one over tasks.

References:
    Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7, 2006.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from minde.experiments.benchmark.tables import matches, mean_table, runs
from minde.experiments.tables import markdown as markdown_table
from minde.experiments.tables import row_order
from minde.types import Array


def holm(p_values: Array) -> Array:
    """Holm's step-down correction; NaN stays and is not counted."""
    out = np.full(len(p_values), math.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    running = 0.0
    for k, index in enumerate(order):
        running = max(running, min(1.0, float(p_values[index]) * (len(order) - k)))
        out[index] = running
    return out


def rank_table(frame: pd.DataFrame, quantum: float) -> tuple[pd.DataFrame, float]:
    """One row an estimator, best first; and the p-value of Friedman's test (NaN below 3 tasks)."""
    frame = frame[~frame["label"].isin(not_run(frame))]
    table = mean_table(frame)
    order = row_order(frame)
    error = (table.loc[order] - table.loc["GT"]).abs()
    by_task = error.fillna(math.inf).rank(axis=0, method="average")
    mean_rank = by_task.mean(axis=1)
    best = str(mean_rank.idxmin())
    tests = np.array([_wilcoxon(error.loc[best], error.loc[e], e == best) for e in order])
    per_row = frame.groupby("label")
    result = pd.DataFrame(
        {
            "mean_rank": mean_rank,
            "matches": matches(table, quantum),
            "tasks": table.shape[1],
            "mean_abs_error": error.mean(axis=1),
            "worst_abs_error": error.max(axis=1),
            "p_vs_best": pd.Series(holm(tests), index=order),
            "seconds": per_row["seconds"].median(),
            "failed": per_row["mi_estimate"].agg(lambda v: int(v.isna().sum())),
            "runs": per_row.size(),
            "position": per_row["position"].first(),
        }
    )
    result = result.rename_axis("estimator").sort_values("mean_rank", kind="stable")
    enough = table.shape[1] >= 3 and len(order) >= 3
    friedman = float(stats.friedmanchisquare(*by_task.to_numpy()).pvalue) if enough else math.nan
    return result, friedman


def not_run(frame: pd.DataFrame) -> dict[str, int]:
    """Estimators that lack tasks that another was run on, with the number of those they have."""
    count = (runs(frame) > 0).sum(axis=1)
    return {str(label): int(n) for label, n in count.items() if n < count.max()}


def by_rank(frame: pd.DataFrame) -> list[str]:
    """Labels of estimators, best first; those that are not ranked come last."""
    return [*(str(label) for label in rank_table(frame, 1.0)[0].index), *not_run(frame)]


def _wilcoxon(best: pd.Series[float], other: pd.Series[float], same: bool) -> float:
    both = pd.concat([best, other], axis=1).dropna().to_numpy()
    if same or len(both) < 5:
        return math.nan
    if np.allclose(both[:, 0], both[:, 1]):
        return 1.0
    return float(stats.wilcoxon(both[:, 0], both[:, 1]).pvalue)


def ranks(
    estimates: str | Path, suite: str, quantum: float, csv: str | Path, markdown: str | Path
) -> None:
    """Write the ranking of what each estimator reports."""
    frame = pd.read_parquet(estimates)
    frame = frame[(frame["suite"] == suite) & frame["reported"]]
    table, friedman = rank_table(frame, quantum)
    table.to_csv(csv, float_format="%.6g")
    text = pd.DataFrame(
        {
            "mean rank": table["mean_rank"].map("{:.2f}".format),
            "tasks right": [
                f"{m}/{t}" for m, t in zip(table["matches"], table["tasks"], strict=True)
            ],
            "mean error": table["mean_abs_error"].map("{:.3f}".format),
            "worst error": table["worst_abs_error"].map("{:.3f}".format),
            "p against the best": ["" if math.isnan(p) else f"{p:.2g}" for p in table["p_vs_best"]],
            "median s": table["seconds"].map("{:.1f}".format),
            "failed runs": [
                f"{f}/{n}" for f, n in zip(table["failed"], table["runs"], strict=True)
            ],
        },
        index=table.index,
    )
    note = (
        f"\nErrors in nats, of means over seeds, where there is an estimate; a failure ranks last. "
        f"p: Wilcoxon's signed-rank test over tasks, Holm-corrected. Friedman's test over all "
        f"estimators: p = {friedman:.2g}.\n"
    )
    left = ", ".join(f"{label} ({n} tasks)" for label, n in not_run(frame).items())
    if left:
        note += f"\nNot ranked, since not run on every task: {left}.\n"
    Path(markdown).write_text(markdown_table(text, "estimator") + note)

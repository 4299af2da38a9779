"""How much of what is expected the archive has."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from minde.experiments.archive.expected import GRIDS, expected, load_config
from minde.experiments.archive.rows import ESTIMATE, read_archive

FOLDER = "data/published"
_BY = ["experiment", "estimator", "recipe"]


def all_expected() -> pd.DataFrame:
    """Estimates of every configuration whose estimates are published."""
    return pd.concat([expected(load_config(grid)) for grid in GRIDS], ignore_index=True)


def counts(wanted: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Estimates expected, present and failed by experiment, estimator and recipe.

    Arguments:
        wanted: What ``expected`` gives.
        rows: The archive's.
    """
    there = rows[rows["reported"].astype(bool)].drop_duplicates(ESTIMATE)
    failed = there["status"] != "ok"
    joined = wanted.merge(
        there[ESTIMATE].assign(present=True, failed=failed), on=ESTIMATE, how="left"
    )
    joined[["present", "failed"]] = joined[["present", "failed"]] == True  # noqa: E712
    table = joined.groupby(_BY, sort=False)[["present", "failed"]].sum().astype(int)
    table.insert(0, "expected", joined.groupby(_BY, sort=False).size())
    return table.reset_index()


def show(folder: str | Path) -> str:
    """The table as text."""
    wanted, rows = all_expected(), read_archive(folder)
    table = counts(wanted, rows)
    # Training sizes share estimates with the benchmark.
    once = counts(wanted.drop_duplicates(ESTIMATE), rows)
    total = once[["expected", "present", "failed"]].sum()
    return (
        table.to_string(index=False)
        + f"\n{total['present']} of {total['expected']} estimates are there, "
        f"{total['failed']} of them failed"
    )

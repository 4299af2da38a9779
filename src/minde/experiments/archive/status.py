"""How much of what is expected the archive has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from minde.experiments.archive.draw import Publication
from minde.experiments.archive.expected import GRIDS, expected, load_config
from minde.experiments.archive.rows import ESTIMATE, read_archive
from minde.experiments.registry import EXPERIMENTS
from minde.experiments.tables import markdown as markdown_table

FOLDER = "data/published"
COLUMNS = ["expected", "present", "failed"]
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
    total = counts(wanted.drop_duplicates(ESTIMATE), rows)[COLUMNS].sum()
    return (
        table.to_string(index=False)
        + f"\n{total['present']} of {total['expected']} estimates are there, "
        f"{total['failed']} of them failed"
    )


def publish_status(sums: str | Path, figures: dict[str, Any], markdown: str | Path) -> None:
    """Write what the archive has, and what could not be drawn of it.

    Arguments:
        sums: Checksums of the archive, in its folder.
        figures: How figures look.
        markdown: Output.
    """
    folder = Path(sums).parent
    table = counts(all_expected(), read_archive(folder))
    names = table["experiment"] + ": " + table["estimator"] + " " + table["recipe"]
    shown = table.set_index(names.str.strip())[COLUMNS]
    found = Publication.of(folder, figures)
    lacking = [
        f"- {exhibit.title} (`{exhibit.name}`): {why}"
        for name, experiment in EXPERIMENTS.items()
        for exhibit in experiment.exhibits
        if (why := found.lacks(name, exhibit)) and name != "datasets"
    ]
    left_out = "\n".join(["Left out:", "", *lacking]) if lacking else "Nothing is left out."
    Path(markdown).write_text(f"{markdown_table(shown, 'estimates')}\n{left_out}\n")

"""Rows of the archive made again from scratch, and compared."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from minde.errors import InputError
from minde.experiments.archive.expected import GRIDS, expected, load_config
from minde.experiments.archive.rows import ESTIMATE, estimate_rows
from minde.experiments.base import Cell
from minde.stages.records import machine, versions

#: Run under which rows are made again.
RUN = "again"


@dataclass(frozen=True)
class Comparison:
    """A row beside the same made again: whether it agrees, and in which words."""

    agrees: bool
    words: str


def draw(rows: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """So many reported rows, each as likely as any other; all where there are fewer."""
    there = rows[rows["reported"].astype(bool)].sort_values(ESTIMATE)
    return there.sample(min(count, len(there)), random_state=seed)


def compare(old: pd.DataFrame, new: pd.DataFrame) -> Comparison:
    """Compare the read-outs of an estimate with those made again.

    To the bit, where processor, versions, code and settings are the same. Otherwise what is
    reported must agree within the larger standard error (of the row, or of that made again); where
    an estimator states none the difference is only told.

    Arguments:
        old: The archive's rows of the estimate.
        new: Those made again.
    """
    both = old.merge(new, on="readout", suffixes=("", "_new"))
    if len(both) < len(old):
        return Comparison(False, "read-outs are missing")
    first = both.iloc[0]
    others = [
        word
        for column, word in (
            ("machine", "machine"),
            ("versions", "library"),
            ("code_digest", "code"),
            ("config_digest", "settings"),
        )
        if first[column] != first[f"{column}_new"]
    ]
    exact = all(
        both[name].equals(both[f"{name}_new"].rename(name)) for name in ("mi_estimate", "std_error")
    )
    if exact:
        return Comparison(True, f"equal to the bit in {len(both)} read-outs")
    row = both[both["reported"].astype(bool)].iloc[0]
    difference = abs(float(row["mi_estimate_new"] - row["mi_estimate"]))
    words = f"differs by {difference:.2g} nats"
    if not others:
        return Comparison(False, f"{words} on the same machine, library and code")
    allowed = max(float(row["std_error"]), float(row["std_error_new"]))
    words = f"other {', '.join(others)}: {words}"
    if allowed != allowed:
        return Comparison(True, f"{words}; no standard error to compare with")
    return Comparison(difference <= allowed, f"{words}, standard error {allowed:.2g}")


def run_again(row: pd.Series[Any], cores: int = 1) -> pd.DataFrame:
    """The rows of an estimate's job, made from scratch by the workflow under run `RUN`.

    Raises:
        InputError: If no configuration has the estimate, or the workflow fails.
    """
    grid = _grid(row)
    first, last = map(int, row["seeds_of_job"].split("-"))
    name = "-".join(filter(None, (row["estimator"], row["recipe"])))
    path = Cell(row["suite"], row["task"], row["n"], name, first, last).path(f"results/{RUN}")
    command = [sys.executable, "-m", "snakemake", path, "--cores", str(cores), "--configfile"]
    command += [*grid, "--config", f"run={RUN}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"archive: {path} could not be made: {done.stderr.strip()[-300:]}")
    return estimate_rows(path)


def _grid(row: pd.Series[Any]) -> Sequence[str]:
    for grid in GRIDS:
        wanted = expected(load_config(grid))
        if (wanted[ESTIMATE] == row[ESTIMATE]).all(axis=1).any():
            return grid
    raise InputError(f"archive: no configuration has {row[ESTIMATE].to_list()}")


def check(rows: pd.DataFrame, count: int, seed: int) -> bool:
    """Make some rows again, print how each compares, and return whether all agree."""
    shutil.rmtree(Path("results") / RUN, ignore_errors=True)
    print(f"minde.experiments.archive check: seed {seed}, {machine()}, {versions()}")
    agree = True
    for _, row in draw(rows, count, seed).iterrows():
        again, key = run_again(row), ESTIMATE
        old, new = (f[(f[key] == row[key]).all(axis=1)] for f in (rows, again))
        found = compare(old, new)
        agree &= found.agrees
        words = " ".join(str(row[k]) for k in ("suite", "task", "estimator", "recipe", "n"))
        print(
            f"{'agrees' if found.agrees else 'DIFFERS'}: {words} seed {row['seed']}: {found.words}"
        )
    return agree

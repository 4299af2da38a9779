"""What the report shows, gathered from a run's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


def reported(path: str | Path) -> pd.DataFrame:
    """Rows that estimators report, with their error."""
    frame = pd.read_parquet(path)
    frame = frame[frame["reported"]].copy()
    frame["error"] = frame["mi_estimate"] - frame["mi_true"]
    return frame


def failures(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows without a number, with their reason."""
    columns = ["suite", "task", "n_train", "seed", "label", "status", "seconds"]
    parts = [frame.loc[frame["status"] != "ok", columns] for frame in frames]
    return pd.concat(parts).drop_duplicates() if parts else pd.DataFrame(columns=columns)


def runtimes(folder: str | Path) -> pd.DataFrame:
    """Wall-clock seconds and memory of every job from Snakemake's benchmark files."""
    rows = []
    root = Path(folder)
    for path in sorted(root.rglob("*.tsv")):
        parts = path.relative_to(root).with_suffix("").parts
        values: dict[str, Any] = pd.read_csv(path, sep="\t", na_values="-").iloc[0].to_dict()
        rows.append(
            {
                "rule": parts[0],
                "job": "/".join(parts[1:]) or parts[0],
                "seconds": float(values["s"]),
                "memory_mb": float(values.get("max_rss", np.nan)),
            }
        )
    return pd.DataFrame(rows, columns=["rule", "job", "seconds", "memory_mb"])


class Headline(NamedTuple):
    """A figure that the page opens with.

    Attributes:
        value: The figure.
        text: What it is.
    """

    value: str
    text: str


def headlines(
    frames: Sequence[pd.DataFrame],
    ranks: pd.DataFrame | None,
    failed: int,
    jobs: pd.DataFrame,
    quantum: float,
) -> list[Headline]:
    """What a reader wants first: the best estimator and the next, what failed, how long it took.

    Arguments:
        frames: What estimators report, by experiment.
        ranks: Table of ranks, best first; none without a benchmark.
        failed: Estimates without a number.
        jobs: What ``runtimes`` gives.
        quantum: Rounding at which an answer is right, nats.
    """
    found = []
    if ranks is not None and len(ranks):
        best = ranks.iloc[0]
        right = f"tasks right to {quantum:g} nats by {best['estimator']}, the best of {len(ranks)}"
        found.append(Headline(f"{best['matches']} of {best['tasks']}", right))
        error = f"nats: its mean |error| over tasks; worst {best['worst_abs_error']:.3f}"
        found.append(Headline(f"{best['mean_abs_error']:.3f}", error))
    count = sum(len(frame) for frame in frames)
    found.append(Headline(f"{count:,}", f"estimates, {failed or 'none'} without a number"))
    minutes = float(jobs["seconds"].sum()) / 60.0
    time = f"{minutes / 60.0:.1f} h" if minutes >= 100.0 else f"{minutes:.0f} min"
    found.append(Headline(time, f"in {len(jobs):,} jobs, their times added up"))
    return found

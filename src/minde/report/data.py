"""What the report shows, gathered from a run's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

"""What the report shows, gathered from a run's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from minde.diffusion.schedule import VPSchedule
from minde.io.checkpoint import load_checkpoint

#: Ids of tasks start or contain these; the first that fits names the family.
FAMILIES = {
    "spiral": "Spiral",
    "half_cube": "Half-cube",
    "normal_cdf-multinormal": "Normal CDF",
    "swissroll": "Swiss roll",
    "student": "Student",
    "multinormal": "Multinormal",
    "1v1": "One-dimensional",
}


def family_of(task: str) -> str:
    """Family of a task, for the filter."""
    return next((name for mark, name in FAMILIES.items() if mark in task), "Other")


def reported(path: str | Path) -> pd.DataFrame:
    """Rows that estimators report, with their error and family."""
    frame = pd.read_parquet(path)
    frame = frame[frame["reported"]].copy()
    frame["error"] = frame["mi_estimate"] - frame["mi_true"]
    frame["family"] = frame["task"].map(family_of)
    return frame


def failures(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows without a number, with their reason."""
    columns = ["suite", "task", "n_train", "seed", "label", "status", "seconds"]
    parts = [frame.loc[frame["status"] != "ok", columns] for frame in frames]
    return pd.concat(parts).drop_duplicates() if parts else pd.DataFrame(columns=columns)


def integrands(frame: pd.DataFrame) -> pd.DataFrame:
    """Contribution to the estimate by diffusion time, mean over seeds: long form."""
    rows: list[dict[str, Any]] = []
    kept = frame[frame["integrand"].notna()]
    # The bins are of the draw's quantile, so they go by the smallest time.
    kept = kept.assign(t_eps=kept["smallest_time"].fillna(VPSchedule().t_eps))
    for (task, label, t_eps), part in kept.groupby(["task_label", "label", "t_eps"], sort=False):
        schedule = VPSchedule(t_eps=t_eps)
        mean = np.mean([np.asarray(v, dtype=float) for v in part["integrand"]], axis=0)
        middle = (np.arange(len(mean)) + 0.5) / len(mean)
        times = schedule.importance_inverse_cdf(torch.from_numpy(middle)).tolist()
        rows += [
            {"task_label": task, "label": label, "t": t, "nats": v, "share": s}
            for t, v, s in zip(times, mean, middle, strict=True)
        ]
    return pd.DataFrame(rows, columns=["task_label", "label", "t", "nats", "share"])


def training_curves(paths: Sequence[str], names: dict[str, str], points: int = 60) -> pd.DataFrame:
    """Training loss by step, mean over copies, thinned to ``points``: long form.

    Arguments:
        paths: Weight files of packs.
        names: Label of a task id.
        points: Points a curve at most.
    """
    rows: list[dict[str, Any]] = []
    for path in paths:
        tensors, meta = load_checkpoint(path)
        losses = tensors["losses"].mean(dim=1).numpy()
        n_steps, size = meta["recipe"]["n_steps"], max(1, len(losses) // points)
        for k in range(0, len(losses) - len(losses) % size, size):
            step = min(n_steps, round((k + size) * n_steps / len(losses)))
            task = meta["task"]
            rows.append(
                {
                    "task_label": names.get(task, task),
                    "label": f"MINDE-{meta['family']['name'].upper()}",
                    "n_train": meta["n_train"],
                    "step": step,
                    "loss": float(losses[k : k + size].mean()),
                }
            )
    return pd.DataFrame(rows, columns=["task_label", "label", "n_train", "step", "loss"])


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

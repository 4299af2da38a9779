"""Numbers behind two charts: where in time an estimate comes from, and how training went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from minde.diffusion.schedule import VPSchedule
from minde.io.checkpoint import load_checkpoint


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
    """Training loss by step, mean over members, thinned to ``points``: long form.

    Arguments:
        paths: Weight files.
        names: Label of a task id.
        points: Points per curve at most.
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

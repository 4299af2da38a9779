"""Stage `noise_table`: the consistency tests against noise on the codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from minde.diffusion.schedule import VPSchedule
from minde.experiments.consistency.tables import ratios


def by_noise(frame: pd.DataFrame) -> pd.DataFrame:
    r"""Ratios as they would be with more noise on A, from integrands already there: long form.

    For MINDE-C the integral from t to T is :math:`I(A_t; B)`, the information in A's codes after
    noise of standard deviation :math:`\sigma_t / \alpha_t`; so one training tells all noise levels
    at once. For MINDE-J it is :math:`I(A_t; B) + I(B_t; A) - I(A_t; B_t)`, noise on either side.
    Column ``noise`` is that deviation.
    """
    kept = frame[frame["integrand"].notna()]
    # One network of a seed serves all tests, so they share the smallest time.
    schedule = VPSchedule()
    if "smallest_time" in kept and kept["smallest_time"].notna().any():
        schedule = VPSchedule(t_eps=float(kept["smallest_time"].min()))
    parts = []
    bins = len(kept["integrand"].iloc[0]) if len(kept) else 0
    t = schedule.importance_inverse_cdf(torch.arange(bins, dtype=torch.float64) / max(bins, 1))
    noise = (schedule.sigma(t) / schedule.alpha(t)).tolist()
    for k, level in enumerate(noise):
        values = [float(np.sum(v[k:])) for v in kept["integrand"]]
        parts.append(ratios(kept.assign(mi_estimate=values)).assign(noise=level))
    columns = ["test", "rows", "label", "position", "rank", "seed", "mi_estimate", "ratio", "noise"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def noise_table(estimates: str | Path, csv: str | Path) -> None:
    """Information and ratios by noise, of what each of our estimators reports."""
    frame = pd.read_parquet(estimates)
    by_noise(frame[frame["reported"]]).to_csv(csv, index=False, float_format="%.6g")

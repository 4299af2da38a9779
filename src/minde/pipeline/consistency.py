"""Ratios of the consistency tests (Figure 2), and how they depend on noise on the codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from minde.checkpoint import load_checkpoint
from minde.pipeline.table_text import markdown
from minde.schedule import VPSchedule
from minde.tasks.consistency import Consistency, parse

#: What each ratio should be; the baseline's rises to it.
IDEAL = {"baseline": 1.0, "processing": 1.0, "additivity": 2.0}


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    r"""One row an estimate, with the ratio of its test within the same seed.

    Columns ``test``, ``rows`` (those of B, the larger number), ``fewer`` (the smaller number of
    the data-processing test), ``ratio`` and ``ideal``. The baseline's ratio is
    :math:`I(A; B_r) / I(A; B_{max})`.
    """
    tests = [parse(task) for task in frame["task"]]
    out = frame.assign(
        test=[t.test for t in tests],
        rows=[t.rows[-1] for t in tests],
        fewer=[t.rows[0] if len(t.rows) > 1 else -1 for t in tests],
    )
    baseline = out[out["test"] == "baseline"]
    most = int(baseline["rows"].max())
    known = baseline.set_index(["label", "seed", "rows"])["mi_estimate"].to_dict()

    def below(label: str, seed: int, test: str, rows: int) -> float:
        place = most if test == "baseline" else rows
        return float(known.get((label, seed, place), math.nan))

    keys = zip(out["label"], out["seed"], out["test"], out["rows"], strict=True)
    out["ratio"] = out["mi_estimate"] / [below(*key) for key in keys]
    return out.assign(ideal=out["test"].map(IDEAL))


def consistency_table(estimates: str | Path, csv: str | Path, md: str | Path) -> None:
    """Mean and spread over seeds of every ratio, and of the information in it, nats."""
    frame = ratios(pd.read_parquet(estimates))
    keys = ["test", "rows", "fewer", "label", "rank", "position", "reported", "ideal"]
    table = frame.groupby(keys, sort=False).agg(
        ratio=("ratio", "mean"),
        std_seeds=("ratio", "std"),
        mi_estimate=("mi_estimate", "mean"),
        seeds=("ratio", "count"),
    )
    order = {name: k for k, name in enumerate(IDEAL)}
    table = table.reset_index().sort_values(
        ["test", "rows", "rank"], key=lambda c: c.map(order) if c.name == "test" else c
    )
    table.to_csv(csv, index=False, float_format="%.6f")
    shown = table[table["reported"]]
    names = [
        f"{test}, {rows} rows" if fewer < 0 else f"{test}, {rows} and {fewer} rows"
        for test, rows, fewer in zip(shown["test"], shown["rows"], shown["fewer"], strict=True)
    ]
    text = shown.assign(place=names, text=[_cell(r, s) for r, s in _pairs(shown)])
    wide = text.pivot(index="place", columns="label", values="text")
    wide = wide.loc[list(dict.fromkeys(names)), list(dict.fromkeys(shown["label"]))]
    wide.insert(0, "ideal", [f"{v:g}" for v in shown.groupby(names, sort=False)["ideal"].first()])
    Path(md).write_text(markdown(wide, "test"))


def _pairs(frame: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(frame["ratio"], frame["std_seeds"], strict=True))


def _cell(ratio: float, spread: float) -> str:
    if math.isnan(ratio):
        return "–"
    return f"{ratio:.3f}" if math.isnan(spread) else f"{ratio:.3f} ± {spread:.3f}"


def codes_table(paths: Sequence[str], csv: str | Path, md: str | Path) -> None:
    """Reconstruction error of every autoencoder beside that of the mean image."""
    rows = []
    for path in paths:
        meta = load_checkpoint(path)[1]
        keys = ("code", "rows", "train_mse", "test_mse", "mean_image_mse")
        rows.append({k: meta[k] for k in keys})
    table = pd.DataFrame(rows)
    table.to_csv(csv, index=False, float_format="%.8f")
    text = table.assign(
        **{k: [f"{v:.5f}" for v in table[k]] for k in ("train_mse", "test_mse", "mean_image_mse")}
    )
    Path(md).write_text(markdown(text.set_index("code").astype(str), "autoencoder"))


def by_noise(frame: pd.DataFrame) -> pd.DataFrame:
    r"""Ratios as they would be with more noise on A, from integrands already there: long form.

    For MINDE-C the integral from t to T is :math:`I(A_t; B)`, the information in A's codes after
    noise of standard deviation :math:`\sigma_t / \alpha_t`; so one training tells all noise levels
    at once. For MINDE-J noise is on both sides. Column ``noise`` is that deviation.
    """
    schedule = VPSchedule()
    kept = frame[frame["integrand"].notna()]
    parts = []
    bins = len(kept["integrand"].iloc[0]) if len(kept) else 0
    t = schedule.importance_inverse_cdf(torch.arange(bins, dtype=torch.float64) / max(bins, 1))
    noise = (schedule.sigma(t) / schedule.alpha(t)).tolist()
    for k, level in enumerate(noise):
        values = [float(np.sum(v[k:])) for v in kept["integrand"]]
        parts.append(ratios(kept.assign(mi_estimate=values)).assign(noise=level))
    columns = ["test", "rows", "label", "position", "rank", "seed", "mi_estimate", "ratio", "noise"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def codes_of(tasks: Sequence[str]) -> list[str]:
    """Autoencoders that tasks need, ``full`` first."""
    found: list[Consistency] = [parse(t) for t in tasks]
    names = {name for test in found for name in (*test.codes_x, *test.codes_y)}
    return sorted(names, key=lambda c: -1 if c == "full" else int(c[1:]))

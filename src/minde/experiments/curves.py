"""Estimates against the truth (Figure 1) and against training size (Figures 5 to 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minde.experiments.benchmark.tables import row_order
from minde.experiments.benchmark.tasks import labels
from minde.experiments.figures import curve_styles, panel_grid, panel_title, save, use_style
from minde.experiments.high_mi.tasks import TRANSFORMS, parse


def plot_high_mi(estimates: str | Path, style: dict[str, Any], paths: Sequence[str]) -> None:
    """Draw one panel a transform: mean and range over seeds against the truth (Figure 1)."""
    use_style(style["palette"], style["font_size"])
    frame = _reported(estimates)
    frame["transform"] = [parse(task)[0] for task in frame["task"]]
    names = [t for t in TRANSFORMS if t in set(frame["transform"])]
    highest = float(frame["mi_true"].max())
    size = (1.0 + 2.9 * len(names), 3.6)
    figure, grid = panel_grid(len(names), len(names), size, sharey=True)
    for axes, name in zip(grid, names, strict=True):
        axes.axline((0, 0), slope=1, color="black", linestyle="--", linewidth=1)
        part = frame[frame["transform"] == name]
        _curves(axes, part, "mi_true", style, (-0.1 * highest, 1.3 * highest))
        axes.set(title=TRANSFORMS[name], xlabel="true mutual information (nats)")
    grid[0].set_ylabel("estimate (nats)")
    _legend(figure, frame, style, "dashed: truth")
    save(figure, paths, style["dpi"])
    plt.close(figure)


def plot_train_size(
    estimates: str | Path,
    style: dict[str, Any],
    columns: int,
    panels: int,
    page: int,
    paths: Sequence[str],
) -> None:
    """Draw one panel a task: mean and range over seeds against training size.

    Arguments:
        estimates: Collected estimates.
        style: ``palette``, ``font_size`` and ``dpi``.
        columns: Panels a row.
        panels: Panels a page.
        page: Page, from 1.
        paths: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = _reported(estimates)
    suite = str(frame["suite"].iloc[0])
    tasks = [(t, label) for t, label in labels(suite).items() if t in set(frame["task"])]
    tasks = tasks[(page - 1) * panels : page * panels]
    columns = min(columns, len(tasks))
    rows = math.ceil(len(tasks) / columns)
    figure, grid = panel_grid(len(tasks), columns, (1.0 + 2.5 * columns, 1.0 + 2.0 * rows))
    sizes = sorted(frame["n_train"].unique())
    for axes, (task, label) in zip(grid, tasks, strict=True):
        part = frame[frame["task"] == task]
        truth = float(part["mi_true"].iloc[0])
        axes.axhline(truth, color="black", linestyle="--", linewidth=1)
        # As in the paper, an error beyond twice the truth is out of scale.
        _curves(axes, part, "n_train", style, (-0.2 * truth - 0.05, 2.0 * truth + 0.1))
        axes.set_xscale("log")
        axes.set_xticks(sizes, [_thousands(n) for n in sizes])
        axes.minorticks_off()
        axes.set(title=panel_title(label))
    figure.supxlabel("training points", fontsize=style["font_size"])
    figure.supylabel("estimate (nats)", fontsize=style["font_size"])
    _legend(figure, frame, style, "dashed: truth; out of scale: off the panel")
    save(figure, paths, style["dpi"])
    plt.close(figure)


def _reported(estimates: str | Path) -> pd.DataFrame:
    frame = pd.read_parquet(estimates)
    return frame[frame["reported"]].copy()


def _thousands(n: int) -> str:
    return f"{n / 1000:g}k" if n >= 1000 else str(n)


def _curves(
    axes: Axes, part: pd.DataFrame, x: str, style: dict[str, Any], limits: tuple[float, float]
) -> None:
    looks = curve_styles(part, style["palette"])
    for label in row_order(part):
        groups = part[part["label"] == label].groupby(x)["mi_estimate"]
        mean = groups.mean()
        at = mean.index.to_numpy(dtype=float)
        axes.plot(at, mean.to_numpy(), **looks[label])
        low, high = groups.min().to_numpy(), groups.max().to_numpy()
        if np.nanmax(np.append(high - low, 0.0)) > 0.0:
            axes.fill_between(at, low, high, color=looks[label]["color"], alpha=0.15, linewidth=0)
    axes.set_ylim(*limits)


def _legend(figure: Figure, frame: pd.DataFrame, style: dict[str, Any], note: str) -> None:
    """One legend right of all panels; an estimator that failed everywhere says so."""
    looks = curve_styles(frame, style["palette"])
    failed = frame["mi_estimate"].isna().groupby(frame["label"]).mean()
    lines = [Line2D([], [], **looks[label]) for label in row_order(frame)]
    names = [
        label if failed[label] == 0 else f"{label} ({failed[label]:.0%} failed)"
        for label in row_order(frame)
    ]
    figure.legend(
        lines,
        names,
        loc="outside right upper",
        title=f"mean, range over seeds\n{note}".replace("; ", "\n"),
        title_fontsize=style["font_size"] - 1,
        frameon=False,
    )

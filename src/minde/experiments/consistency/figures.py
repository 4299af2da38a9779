"""Consistency tests on images (Figure 2), and how they depend on noise on the codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from minde.experiments.consistency.tables import IDEAL, ratios
from minde.experiments.figures import curve_styles, panel_grid, save, use_style
from minde.experiments.tables import row_order

TITLES = {
    "baseline": "(a) baseline\n$I(A;B_r)\\,/\\,I(A;A)$",
    "processing": "(b) data processing\n$I(A;[B_r,B_{r-k}])\\,/\\,I(A;B_r)$",
    "additivity": "(c) additivity\n$I([A^1,A^2];[B^1_r,B^2_r])\\,/\\,I(A;B_r)$",
}
#: A panel shows this much above and below the ideal at least, and this much at most.
NEAR, FAR = 0.25, 1.0
#: Noise from which on the figure shows; below it nothing is learned.
SMALLEST = 1e-3


def plot_consistency(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw Figure 2: a panel a test, mean over seeds with their range; dashed: the ideal."""
    use_style(style["palette"], style["font_size"])
    frame = pd.read_parquet(estimates)
    frame = ratios(frame[frame["reported"]])
    looks = curve_styles(frame, style["palette"])
    order = row_order(frame)
    tests = [t for t in IDEAL if t in set(frame["test"])]
    figure, grid = panel_grid(len(tests), len(tests), (0.6 + 2.6 * len(tests), 3.2))
    for axes, test in zip(grid, tests, strict=True):
        part = frame[frame["test"] == test]
        for label in order:
            by = part[part["label"] == label].groupby("rows")["ratio"]
            mean, low, high = by.mean(), by.min(), by.max()
            bars = np.stack([mean - low, high - mean])
            rows, height = mean.index.to_numpy(), mean.to_numpy()
            axes.errorbar(rows, height, bars, capsize=2, **looks[label])
        axes.axhline(IDEAL[test], color="0.3", linestyle="--", linewidth=0.9, zorder=0)
        if test == "baseline":
            # The first r rows of black hold nothing; the ratio rises from 0 to 1.
            axes.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
        else:
            _limits(axes, part["ratio"], IDEAL[test])
        axes.set(title=TITLES[test], xlabel="rows r", xticks=sorted(part["rows"].unique()))
    handles = [Line2D([], [], **looks[label]) for label in order]
    figure.legend(handles, order, loc="outside lower center", ncols=min(6, len(order)))
    save(figure, figures, style["dpi"])


def _limits(axes: Axes, values: pd.Series[float], ideal: float) -> None:
    """Around the ideal, as wide as the values need within NEAR and FAR."""
    away = float((values - ideal).abs().max()) if values.notna().any() else NEAR
    half = min(FAR, max(NEAR, 1.1 * away))
    axes.set_ylim(ideal - half, ideal + half)


def plot_noise(table: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw information and ratios against noise on the codes, from the table of them.

    Images determine their rows, so without noise the information is infinite: what a number says
    rests on the smallest noise that is looked at.
    """
    use_style(style["palette"], style["font_size"])
    frame = pd.read_csv(table)
    looks = {
        label: {k: v for k, v in look.items() if not k.startswith("marker")}
        for label, look in curve_styles(frame, style["palette"]).items()
    }
    order = row_order(frame)
    tests = [t for t in IDEAL if t in set(frame["test"])]
    size = (0.6 + 2.5 * (1 + len(tests)), 3.0)
    figure, grid = panel_grid(1 + len(tests), 1 + len(tests), size)
    most = frame.loc[frame["test"] == "baseline", "rows"].max()
    whole = frame[(frame["test"] == "baseline") & (frame["rows"] == most)]
    middle = sorted(frame.loc[frame["test"] == "additivity", "rows"].unique())
    rows = middle[len(middle) // 2] if middle else most
    panels = [("mi_estimate", whole, "$I(A;A)$ (nats)")]
    for test in tests:
        part = frame[frame["test"] == test]
        # A baseline of all rows is 1 by definition.
        shown = [r for r in part["rows"].unique() if test != "baseline" or r < most] or [most]
        nearest = min(shown, key=lambda r: abs(r - rows))
        part = part[part["rows"] == nearest]
        panels.append(("ratio", part, f"{test}, {nearest} rows: ratio"))
    for axes, (column, part, title) in zip(grid, panels, strict=True):
        for label in order:
            mean = part[part["label"] == label].groupby("noise")[column].mean()
            mean = mean[(mean.index >= SMALLEST) & (mean.index <= 1.0)]
            axes.plot(mean.index, mean, **looks[label])
        axes.set(title=title, xscale="log", xlabel="noise $\\sigma_t/\\alpha_t$")
        test = str(part["test"].iloc[0])
        if column == "ratio" and test != "baseline":
            axes.axhline(IDEAL[test], color="0.3", linestyle="--", linewidth=0.9, zorder=0)
            axes.set_ylim(IDEAL[test] - 0.5, IDEAL[test] + 0.5)
    handles = [Line2D([], [], **looks[label]) for label in order]
    figure.legend(handles, order, loc="outside lower center", ncols=max(1, len(order)))
    save(figure, figures, style["dpi"])

"""Box plots of the estimates over seeds, one panel a task (Figures 3 and 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from minde.experiments.benchmark.tasks import labels_on_page
from minde.experiments.figures import estimator_colours, panel_grid, panel_title, save, use_style
from minde.experiments.tables import row_order


def reach(truth: float) -> tuple[float, float]:
    """Range of estimates that a panel shows, nats; what lies outside is marked at the edge."""
    half = max(0.3, 0.75 * truth)
    return truth - half, truth + half


def plot_boxes(
    estimates: str | Path,
    suite: str,
    style: dict[str, Any],
    columns: int,
    panels: int,
    page: int,
    figures: Sequence[str],
) -> None:
    """Draw one panel a task: a box and its points an estimator, the truth as a dashed line.

    Only the read-out that each estimator reports is drawn. Estimates out of the panel's range are
    arrows at its edge; an estimator that failed says so.

    Arguments:
        estimates: Collected estimates.
        suite: Task suite.
        style: ``palette``, ``font_size`` and ``dpi``.
        columns: Panels a row.
        panels: Panels a page.
        page: Page, from 1.
        figures: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = pd.read_parquet(estimates)
    frame = frame[(frame["suite"] == suite) & frame["reported"]]
    order = row_order(frame)
    colours = estimator_colours(frame, style["palette"])
    tasks = labels_on_page(suite, set(frame["task"]), panels, page)
    columns = min(columns, len(tasks))
    rows = math.ceil(len(tasks) / columns)
    size = (0.9 + 2.1 * columns, 0.5 + (0.45 + 0.21 * len(order)) * rows)
    figure, grid = panel_grid(len(tasks), columns, size, sharey=True)
    for axes, (task, label) in zip(grid, tasks, strict=True):
        part = frame[frame["task"] == task]
        truth = float(part["mi_true"].iloc[0])
        low, high = reach(truth)
        common = {"x": "mi_estimate", "y": "label", "order": order, "ax": axes}
        inside = part[part["mi_estimate"].between(low, high)]
        if len(inside):
            sns.boxplot(
                data=inside,
                **common,
                hue="label",
                palette=colours,
                legend=False,
                width=0.6,
                fliersize=0,
            )
            sns.stripplot(data=inside, **common, color="0.2", size=2.5, jitter=False)
        axes.axvline(truth, color="black", linestyle="--", linewidth=1)
        _mark_outside(axes, part, order, (low, high))
        axes.set(title=panel_title(label), xlabel="", ylabel="", xlim=(low, high))
        axes.set_yticks(range(len(order)), order)
        axes.set_ylim(len(order) - 0.5, -0.5)
    figure.supxlabel(
        "estimate (nats); dashed: truth; arrows: out of range", fontsize=style["font_size"]
    )
    save(figure, figures, style["dpi"])


def _mark_outside(
    axes: Axes, part: pd.DataFrame, order: list[str], limits: tuple[float, float]
) -> None:
    low, high = limits
    for y, label in enumerate(order):
        values = part.loc[part["label"] == label, "mi_estimate"]
        if len(values) and values.isna().all():
            axes.text((low + high) / 2, y, "failed", ha="center", va="center", color="0.45")
        for beyond, edge, marker in ((values < low, low, 4), (values > high, high, 5)):
            if beyond.any():
                # Carets: their tips touch the edge.
                axes.plot(edge, y, marker=marker, color="0.2", markersize=5, clip_on=False)

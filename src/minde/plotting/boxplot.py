"""Box plots of the estimates over seeds, one panel a task (Figures 3 and 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from minde.pipeline.tables import row_order
from minde.plotting.style import estimator_colours, save, use_style
from minde.tasks.catalogue import labels


def plot_boxes(
    estimates: str | Path,
    suite: str,
    style: dict[str, Any],
    columns: int,
    paths: Sequence[str],
) -> None:
    """Draw one panel a task: a box and its points an estimator, the truth as a dashed line.

    Only the read-out that each estimator reports is drawn. A failed estimate leaves its row empty.
    """
    use_style(style["palette"], style["font_size"])
    frame = pd.read_parquet(estimates)
    frame = frame[(frame["suite"] == suite) & frame["reported"]]
    order = row_order(frame)
    colours = estimator_colours(order, style["palette"])
    tasks = [(t, label) for t, label in labels(suite).items() if t in set(frame["task"])]
    rows = math.ceil(len(tasks) / columns)
    size = (0.9 + 2.1 * columns, 0.5 + (0.45 + 0.21 * len(order)) * rows)
    figure, grid = plt.subplots(
        rows, columns, figsize=size, squeeze=False, sharey=True, layout="constrained"
    )
    for axes, (task, label) in zip(grid.flat, tasks, strict=False):
        part = frame[frame["task"] == task]
        common = {"data": part, "x": "mi_estimate", "y": "label", "order": order, "ax": axes}
        sns.boxplot(**common, hue="label", palette=colours, legend=False, width=0.6, fliersize=0)
        sns.stripplot(**common, color="0.2", size=2.5, jitter=False)
        axes.axvline(part["mi_true"].iloc[0], color="black", linestyle="--", linewidth=1)
        axes.set(title=label, xlabel="", ylabel="")
        axes.margins(x=0.15)
    for axes in grid.flat[len(tasks) :]:
        axes.set_visible(False)
    figure.supxlabel("estimate (nats); dashed: truth", fontsize=style["font_size"])
    save(figure, paths, style["dpi"])
    plt.close(figure)

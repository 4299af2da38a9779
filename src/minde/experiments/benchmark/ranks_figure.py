"""Mean rank and error of every estimator over tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from minde.experiments.figures import colour_at, save, use_style


def plot_ranks(table: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw mean ranks and mean absolute errors, best first; open marks: no different from the best.

    An estimator counts as different from the best where the Holm-corrected p-value is below 0.05.
    """
    use_style(style["palette"], style["font_size"])
    frame = pd.read_csv(table)
    figure, grid = plt.subplots(
        1, 2, figsize=(6.5, 0.9 + 0.26 * len(frame)), sharey=True, layout="constrained"
    )
    panels = (("mean_rank", "mean rank over tasks"), ("mean_abs_error", "mean |error| (nats)"))
    for axes, (column, name) in zip(grid, panels, strict=True):
        for y, row in enumerate(frame.itertuples(index=False)):
            colour = colour_at(int(row.position), style["palette"])
            different = pd.notna(row.p_vs_best) and row.p_vs_best < 0.05
            face = colour if different else "white"
            value = getattr(row, column)
            axes.plot([0, value], [y, y], color="0.85", linewidth=1, zorder=1)
            axes.plot(value, y, "o", color=colour, markerfacecolor=face, markersize=6)
        axes.set(xlabel=name, xlim=(0, None), ylim=(len(frame) - 0.5, -0.5))
    names = [
        f"{row.estimator} ({row.failed} of {row.runs} failed)" if row.failed else row.estimator
        for row in frame.itertuples(index=False)
    ]
    grid[0].set_yticks(range(len(frame)), names)
    figure.suptitle(
        "filled: differs from the best (Wilcoxon over tasks, Holm, p < 0.05)",
        fontsize=style["font_size"],
    )
    save(figure, figures, style["dpi"])

"""Estimates against training size (Figures 5 to 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minde.experiments.benchmark.tasks import labels_on_page
from minde.experiments.figures import (
    curve_legend,
    draw_curves,
    panel_grid,
    panel_title,
    reported,
    save,
    use_style,
)


def plot_train_size(
    estimates: str | Path,
    style: dict[str, Any],
    columns: int,
    panels: int,
    page: int,
    figures: Sequence[str],
) -> None:
    """Draw one panel a task: mean and range over seeds against training size.

    Arguments:
        estimates: Collected estimates.
        style: ``palette``, ``font_size`` and ``dpi``.
        columns: Panels a row.
        panels: Panels a page.
        page: Page, from 1.
        figures: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = reported(estimates)
    suite = str(frame["suite"].iloc[0])
    tasks = labels_on_page(suite, set(frame["task"]), panels, page)
    columns = min(columns, len(tasks))
    rows = math.ceil(len(tasks) / columns)
    figure, grid = panel_grid(len(tasks), columns, (1.0 + 2.5 * columns, 1.0 + 2.0 * rows))
    sizes = sorted(frame["n_train"].unique())
    for axes, (task, label) in zip(grid, tasks, strict=True):
        part = frame[frame["task"] == task]
        truth = float(part["mi_true"].iloc[0])
        axes.axhline(truth, color="black", linestyle="--", linewidth=1)
        # As in the paper, an error beyond twice the truth is out of scale.
        draw_curves(axes, part, "n_train", style, (-0.2 * truth - 0.05, 2.0 * truth + 0.1))
        axes.set_xscale("log")
        axes.set_xticks(sizes, [_thousands(n) for n in sizes])
        axes.minorticks_off()
        axes.set(title=panel_title(label))
    figure.supxlabel("training points", fontsize=style["font_size"])
    figure.supylabel("estimate (nats)", fontsize=style["font_size"])
    curve_legend(figure, frame, style, "dashed: truth; out of scale: off the panel")
    save(figure, figures, style["dpi"])


def _thousands(n: int) -> str:
    return f"{n / 1000:g}k" if n >= 1000 else str(n)

"""Estimates against the truth (Figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minde.experiments.figures import (
    curve_legend,
    draw_curves,
    panel_grid,
    reported,
    save,
    use_style,
)
from minde.experiments.high_mi.tasks import TRANSFORMS, parse


def plot_high_mi(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw one panel a transform: mean and range over seeds against the truth (Figure 1)."""
    use_style(style["palette"], style["font_size"])
    frame = reported(estimates)
    frame["transform"] = [parse(task)[0] for task in frame["task"]]
    names = [t for t in TRANSFORMS if t in set(frame["transform"])]
    highest = float(frame["mi_true"].max())
    size = (1.0 + 2.9 * len(names), 3.6)
    figure, grid = panel_grid(len(names), len(names), size, sharey=True)
    for axes, name in zip(grid, names, strict=True):
        axes.axline((0, 0), slope=1, color="black", linestyle="--", linewidth=1)
        part = frame[frame["transform"] == name]
        draw_curves(axes, part, "mi_true", style, (-0.1 * highest, 1.3 * highest))
        axes.set(title=TRANSFORMS[name], xlabel="true mutual information (nats)")
    grid[0].set_ylabel("estimate (nats)")
    curve_legend(figure, frame, style, "dashed: truth")
    save(figure, figures, style["dpi"])

"""Interaction information against noise and dimension (Figure 11)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from minde.experiments.figures import colour_at, panel_grid, save, use_style
from minde.experiments.interaction.tasks import CONSTRUCTIONS, Construction, parse, truth
from minde.experiments.tables import row_order

MARKERS = "osD^v"
COLUMNS = 4


def plot_interaction(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw the truth as lines and estimates as marks, with the range over seeds as bars.

    The common cause has a panel a dimension, with the noise of C along x and that of B as colour.
    The other constructions have one panel each, with the dimension as colour.

    Arguments:
        estimates: Collected estimates.
        style: ``palette``, ``font_size`` and ``dpi``.
        figures: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = pd.read_parquet(estimates)
    frame = frame[frame["reported"]].reset_index(drop=True)
    tasks = [parse(task) for task in frame["task"]]
    frame["construction"] = [t.name for t in tasks]
    frame["dim"] = [t.dim for t in tasks]
    frame["noise"] = [t.noise[-1] if t.noise else float(t.dim) for t in tasks]
    frame["group"] = [t.noise[0] if len(t.noise) == 2 else float(t.dim) for t in tasks]
    panels = panels_of(frame)
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = panel_grid(len(panels), columns, (0.6 + 2.4 * columns, 0.7 + 2.3 * rows))
    for axes, (title, part) in zip(grid, panels, strict=True):
        _panel(axes, part, style)
        axes.set_title(title)
    labels = row_order(frame)
    marks = [
        Line2D([], [], color="0.3", marker=MARKERS[k], linestyle="none", markersize=5)
        for k in range(len(labels))
    ]
    figure.legend(
        [*marks, Line2D([], [], color="0.3")],
        [*labels, "truth"],
        loc="outside lower center",
        ncols=len(labels) + 1,
        frameon=False,
    )
    figure.supylabel("O-information (nats)", fontsize=style["font_size"])
    save(figure, figures, style["dpi"])


def panels_of(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Title and rows of each panel."""
    found = []
    for name in CONSTRUCTIONS:
        part = frame[frame["construction"] == name]
        if name == "common_cause":
            found += [(f"{CONSTRUCTIONS[name].label}, dim {d}", p) for d, p in part.groupby("dim")]
        elif len(part):
            found.append((CONSTRUCTIONS[name].label, part))
    return found


def _panel(axes: Axes, part: pd.DataFrame, style: dict[str, Any]) -> None:
    name = str(part["construction"].iloc[0])
    levels = CONSTRUCTIONS[name].n_noises
    labels = row_order(part)
    groups = sorted(part["group"].unique()) if levels else [None]
    for k, group in enumerate(groups):
        colour = colour_at(k, style["palette"])
        rows = part if group is None else part[part["group"] == group]
        at, values = _truth(name, levels, rows)
        axes.plot(at, values, color=colour, linewidth=1.1, zorder=1)
        for i, label in enumerate(labels):
            by = rows[rows["label"] == label].groupby("noise")["mi_estimate"]
            mean, low, high = by.mean(), by.min(), by.max()
            # Estimators side by side, so that equal values are both seen.
            x = mean.index.to_numpy() * (1.0 + 0.06 * (i - 0.5 * (len(labels) - 1)))
            bars = [mean - low, high - mean]
            axes.errorbar(x, mean, bars, fmt=MARKERS[i], color=colour, markersize=4.5, linewidth=1)
    axes.axhline(0.0, color="0.5", linewidth=0.6)
    if levels:
        axes.set_xscale("log")
        ticks = sorted(part["noise"].unique())
        axes.set_xticks(ticks, [f"{v:g}" for v in ticks])
        title = "noise of B" if levels == 2 else "dimension"
        colours = [Line2D([], [], color=colour_at(k, style["palette"])) for k in range(len(groups))]
        names = [f"{v:g}" for v in groups]
        axes.legend(colours, names, title=title, title_fontsize=style["font_size"] - 1)
    else:
        axes.set_xticks(sorted(part["noise"].unique()))
        axes.margins(x=0.3)
    axes.minorticks_off()
    axes.set_xlabel({2: "noise of C", 1: "noise", 0: "dimension"}[levels])


def _truth(name: str, levels: int, rows: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The closed form along a curve of a panel."""
    if levels == 0:
        dims = sorted(rows["dim"].unique())
        at = [0.7, *dims, dims[-1] + 0.3] if len(dims) == 1 else [float(d) for d in dims]
        return at, [truth(Construction(name, max(1, round(d)), ())) for d in at]
    dim, group = int(rows["dim"].iloc[0]), float(rows["group"].iloc[0])
    at = np.geomspace(rows["noise"].min() * 0.8, rows["noise"].max() * 1.25, 60).tolist()
    levels_at = [(group, v) if levels == 2 else (v,) for v in at]
    return at, [truth(Construction(name, dim, n)) for n in levels_at]

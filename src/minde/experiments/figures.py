"""One style for every figure: sizes, a colour-blind-safe palette, vector and PNG output."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minde.experiments.tables import row_order

#: Bias below zero is red and above zero blue, as in the paper's Table 1.
BIAS_CMAP = "RdBu"
#: Colours beyond those of a palette.
BEYOND = "dark"


def use_style(palette: str = "colorblind", font_size: float = 9.0) -> None:
    """Set the style for all figures that follow."""
    mpl.use("Agg")
    sns.set_theme(context="paper", style="whitegrid", palette=palette)
    mpl.rcParams.update(
        {
            "font.size": font_size,
            "axes.titlesize": font_size,
            "axes.labelsize": font_size,
            "xtick.labelsize": font_size - 1,
            "ytick.labelsize": font_size - 1,
            "legend.fontsize": font_size - 1,
            "pdf.fonttype": 42,
            # A fixed salt and no date keep the bytes of a figure the same from run to run.
            "svg.hashsalt": "minde",
        }
    )


def reported(estimates: str | Path) -> pd.DataFrame:
    """Rows that estimators report, of a file of collected estimates."""
    frame = pd.read_parquet(estimates)
    return frame[frame["reported"]].copy()


def colour_at(position: int, palette: str) -> str:
    """Colour of the estimator at a position of the configuration, as #rrggbb.

    After the palette come dark colours, and then all of them again.
    """
    colours = [*sns.color_palette(palette), *sns.color_palette(BEYOND)]
    return str(to_hex(colours[position % len(colours)]))


def estimator_colours(frame: pd.DataFrame, palette: str) -> dict[str, Any]:
    """Colour by label, the same in every figure of a run."""
    pairs = frame[["label", "position"]].drop_duplicates().itertuples(index=False, name=None)
    return {label: colour_at(position, palette) for label, position in pairs}


def curve_styles(frame: pd.DataFrame, palette: str) -> dict[str, dict[str, Any]]:
    """Colour, marker and dash by label: told apart without colour, and beyond the palette's end."""
    markers = "osD^vPX<>*"
    size = len(sns.color_palette(palette))
    pairs = frame[["label", "position"]].drop_duplicates().itertuples(index=False, name=None)
    return {
        label: {
            "color": colour_at(k, palette),
            # Beyond the palette the markers go on elsewhere, for those who tell no colours.
            "marker": markers[(k + 5 * (k // size)) % len(markers)],
            "linestyle": "-" if k < size else ":",
            "linewidth": 1.2,
            "markersize": 4,
        }
        for label, k in pairs
    }


def panel_title(label: str) -> str:
    """A task's label broken into lines that fit a small panel."""
    return textwrap.fill(label, 22)


def panel_grid(
    count: int, columns: int, size: tuple[float, float], sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure with ``count`` visible panels in rows of ``columns``."""
    rows = -(-count // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=size, squeeze=False, sharey=sharey, layout="constrained"
    )
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    return figure, list(grid.flat[:count])


def save(figure: Figure, paths: Sequence[str], dpi: int) -> None:
    """Write a figure to each path and close it; the suffix chooses the format."""
    for path in paths:
        metadata = {"CreationDate": None} if Path(path).suffix == ".pdf" else {}
        figure.savefig(path, dpi=dpi, bbox_inches="tight", metadata=metadata)
    plt.close(figure)


def draw_curves(
    axes: Axes, part: pd.DataFrame, x: str, style: dict[str, Any], limits: tuple[float, float]
) -> None:
    """Mean and range over seeds of every estimator against column ``x``."""
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


def curve_legend(figure: Figure, frame: pd.DataFrame, style: dict[str, Any], note: str) -> None:
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

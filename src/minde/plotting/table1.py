"""Table 1 as a coloured picture: quantised estimates, red below the truth and blue above."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from minde.pipeline.tables import matches, mean_table, quantise
from minde.plotting.style import BIAS_CMAP, save, use_style


def plot_table1(
    estimates: str | Path,
    suite: str,
    quantum: float,
    style: dict[str, Any],
    colour_limit: float,
    paths: Sequence[str],
) -> None:
    """Draw Table 1.

    Arguments:
        estimates: Parquet of all rows.
        suite: Task suite.
        quantum: Rounding of the printed values, nats.
        style: ``palette``, ``font_size`` and ``dpi``.
        colour_limit: Bias at which the colour saturates, nats.
        paths: Output files.
    """
    use_style(style["palette"], style["font_size"])
    table = mean_table(pd.read_parquet(estimates), suite)
    shown = quantise(table, quantum)
    bias = table - table.loc["GT"]
    text = shown.apply(lambda row: row.map(lambda v: "n/a" if pd.isna(v) else f"{v:.1f}"), axis=1)
    rows, columns = table.shape
    figure, axes = plt.subplots(figsize=(2.6 + 0.36 * columns, 1.9 + 0.26 * rows))
    sns.heatmap(
        bias,
        ax=axes,
        annot=text,
        fmt="",
        cmap=BIAS_CMAP,
        center=0.0,
        vmin=-colour_limit,
        vmax=colour_limit,
        linewidths=0.5,
        square=False,
        cbar_kws={"label": "bias of the mean (nats)", "extend": "both", "pad": 0.14},
        annot_kws={"size": style["font_size"] - 1},
    )
    axes.axhline(1, color="black", linewidth=1.2)
    axes.set(xlabel="", ylabel="")
    axes.set_xticklabels(table.columns, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticklabels(table.index, rotation=0)
    count = matches(table, quantum)
    right = axes.secondary_yaxis("right")
    right.set_yticks([k + 0.5 for k in range(1, rows)])
    right.set_yticklabels([f"{count[name]}/{columns}" for name in table.index[1:]])
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    axes.set_title(
        f"Mean MI estimates (nats); right: tasks correct to {quantum:g} nats", loc="left"
    )
    save(figure, paths, style["dpi"])
    plt.close(figure)

"""Estimates on the user's own tables: one panel a dataset, a point and its spread an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from minde.experiments.datasets.stages import SUITE
from minde.experiments.figures import estimator_colours, save, use_style
from minde.experiments.tables import row_order


def plot_datasets(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw mean and range over seeds of what each estimator reports; a failed one stays empty."""
    use_style(style["palette"], style["font_size"])
    frame = pd.read_parquet(estimates)
    frame = frame[(frame["suite"] == SUITE) & frame["reported"]]
    order = row_order(frame)
    colours = estimator_colours(frame, style["palette"])
    names = sorted(frame["task"].unique())
    size = (1.2 + 2.6 * len(names), 1.0 + 0.25 * len(order))
    figure, grid = plt.subplots(
        1, len(names), figsize=size, squeeze=False, sharey=True, layout="constrained"
    )
    for axes, name in zip(grid.flat, names, strict=True):
        part = frame[frame["task"] == name]
        common = {"data": part, "x": "mi_estimate", "y": "label", "order": order, "ax": axes}
        sns.pointplot(
            **common, hue="label", palette=colours, errorbar=("pi", 100), linestyle="none"
        )
        axes.set(title=name, xlabel="", ylabel="")
    figure.supxlabel("estimate (nats); bars: range over seeds", fontsize=style["font_size"])
    save(figure, figures, style["dpi"])

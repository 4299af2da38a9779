"""Pictures of answers, drawn on axes of the caller or new ones; needs seaborn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes

if TYPE_CHECKING:
    import pandas as pd


def plot_local_values(values: pd.DataFrame, unit: str = "nats", axes: Axes | None = None) -> Axes:
    """Histogram of local values by flag, with their mean.

    Arguments:
        values: What :func:`minde.local_values` gives.
        unit: Of the values.
        axes: Where to draw; new ones by default.
    """
    axes = axes or plt.subplots(layout="constrained")[1]
    shown = values.assign(flag=values["flag"].replace("", "no flag")).reset_index(drop=True)
    order = ["no flag", "misinformative", "low outlier", "high outlier"]
    present = [name for name in order if (shown["flag"] == name).any()]
    look = {"multiple": "stack", "palette": "colorblind", "hue_order": present}
    sns.histplot(shown, x="value", hue="flag", ax=axes, **look)
    axes.axvline(float(shown["value"].mean()), color="black", linestyle="--")
    axes.set(xlabel=f"{unit} of a row (dashed: mean)", ylabel="rows")
    return axes

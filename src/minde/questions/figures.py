"""Pictures of answers, drawn on axes of the caller or new ones; needs seaborn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

if TYPE_CHECKING:
    import pandas as pd

    from minde.estimators.lags import LaggedMI
    from minde.questions.compare import Comparison
    from minde.questions.rows import RowsCurve


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


def plot_more_rows(found: RowsCurve, axes: Axes | None = None) -> Axes:
    """Values with their intervals against the rows, and the extrapolated one as a band.

    Arguments:
        found: What :func:`minde.more_rows` gives.
        axes: Where to draw; new ones by default.
    """
    axes = axes or plt.subplots(layout="constrained")[1]
    first, second = sns.color_palette("colorblind")[:2]
    *parts, limit = found.to_records()
    axes.axhspan(limit["low"], limit["high"], color=second, alpha=0.2, linewidth=0)
    axes.axhline(limit["value"], color=second, label="extrapolated to endlessly many rows")
    rows, values = [part["rows"] for part in parts], [part["value"] for part in parts]
    ends = [[p["value"] - p["low"] for p in parts], [p["high"] - p["value"] for p in parts]]
    axes.errorbar(rows, values, ends, color=first, marker="o", capsize=3, label="95% interval")
    axes.set_xscale("log")
    axes.set_xticks(rows, [f"{n:,.0f}" for n in rows])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="rows", ylabel=found.unit)
    axes.legend(frameon=False)
    return axes


def plot_lags(found: LaggedMI, axes: Axes | None = None) -> Axes:
    """Mutual information by lag with its intervals; open marks where zero is within.

    Arguments:
        found: What :func:`minde.lagged_mutual_information` gives.
        axes: Where to draw; new ones by default.
    """
    axes = axes or plt.subplots(layout="constrained")[1]
    colour = sns.color_palette("colorblind")[0]
    rows = found.to_records()
    lags, values, low, high = ([r[k] for r in rows] for k in ("lag", "value", "low", "high"))
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    axes.vlines(lags, low, high, color=colour)
    faces = ["white" if row["low"] <= 0.0 <= row["high"] else colour for row in rows]
    axes.scatter(lags, values, color=faces, edgecolors=[colour], linewidths=1.5, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="rows by which x is before y", ylabel=f"{found.unit}, 95% interval")
    return axes


def plot_comparison(found: Comparison, axes: Axes | None = None) -> Axes:
    """Values of the estimators one below the other, with MINDE's interval as a band.

    Arguments:
        found: What :func:`minde.compare` gives.
        axes: Where to draw; new ones by default.
    """
    axes = axes or plt.subplots(layout="constrained")[1]
    first, second = sns.color_palette("colorblind")[:2]
    rows = found.to_records()
    axes.axvspan(rows[0]["low"], rows[0]["high"], color=first, alpha=0.2, linewidth=0)
    for place, row in enumerate(rows):
        if row["value"] is None:
            axes.annotate(
                "left out", (0.02, place), xycoords=("axes fraction", "data"), va="center"
            )
        else:
            axes.plot(row["value"], place, "o", color=second if place else first)
    axes.set_yticks(range(len(rows)), [row["estimator"] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel=f"{found.unit} (band: MINDE's 95% interval)")
    return axes

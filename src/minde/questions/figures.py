"""Pictures of answers, drawn on axes of the caller or new ones; needs seaborn.

Each takes what its question gives, or the records of it as a table holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from minde.experiments.figures import save
from minde.questions.records import Records

if TYPE_CHECKING:
    from minde.estimators.lags import LaggedMI
    from minde.estimators.pairwise import PairwiseMI
    from minde.estimators.selection import Selection
    from minde.questions.compare import Comparison
    from minde.questions.rows import RowsCurve

#: Of the colours, unless another is given; told apart by all.
PALETTE = "colorblind"
#: Pairs whose values are written into their squares at most: of so many variables.
MOST_WRITTEN = 12


def plot_local_values(
    values: pd.DataFrame | Records,
    unit: str = "nats",
    axes: Axes | None = None,
    palette: str = PALETTE,
) -> Axes:
    """Histogram of local values by flag, with their mean.

    Arguments:
        values: What :func:`minde.local_values` gives, or its records.
        unit: Of the values; a column ``unit`` of theirs goes before it.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn.
    """
    axes, shown = _axes(axes), pd.DataFrame(values)
    unit = shown["unit"].iloc[0] if "unit" in shown else unit
    flags = shown["flag"].fillna("").replace("", "no flag")
    shown = shown.assign(flag=flags).reset_index(drop=True)
    order = ["no flag", "misinformative", "low outlier", "high outlier"]
    present = [name for name in order if (shown["flag"] == name).any()]
    look = {"multiple": "stack", "palette": palette, "hue_order": present}
    sns.histplot(shown, x="value", hue="flag", ax=axes, **look)
    axes.axvline(float(shown["value"].mean()), color="black", linestyle="--")
    axes.set(xlabel=f"{unit} of a row (dashed: mean)", ylabel="rows")
    return axes


def plot_more_rows(
    found: RowsCurve | Records, axes: Axes | None = None, palette: str = PALETTE
) -> Axes:
    """Values with their intervals against the rows, and the extrapolated one as a band.

    Arguments:
        found: What :func:`minde.more_rows` gives, or its records.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn.
    """
    axes = _axes(axes)
    first, second = sns.color_palette(palette)[:2]
    *parts, limit = _records(found)
    axes.axhspan(limit["low"], limit["high"], color=second, alpha=0.2, linewidth=0)
    axes.axhline(limit["value"], color=second, label="extrapolated to endlessly many rows")
    rows, values = [part["rows"] for part in parts], [part["value"] for part in parts]
    ends = [[p["value"] - p["low"] for p in parts], [p["high"] - p["value"] for p in parts]]
    axes.errorbar(rows, values, ends, color=first, marker="o", capsize=3, label="95% interval")
    axes.set_xscale("log")
    axes.set_xticks(rows, [f"{n:,.0f}" for n in rows])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="rows", ylabel=limit["unit"])
    axes.legend(frameon=False)
    return axes


def plot_lags(found: LaggedMI | Records, axes: Axes | None = None, palette: str = PALETTE) -> Axes:
    """Mutual information by lag with its intervals; open marks where zero is within.

    Arguments:
        found: What :func:`minde.lagged_mutual_information` gives, or its records.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn.
    """
    axes = _axes(axes)
    colour = sns.color_palette(palette)[0]
    rows = _records(found)
    lags, values, low, high = ([r[k] for r in rows] for k in ("lag", "value", "low", "high"))
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    axes.vlines(lags, low, high, color=colour)
    faces = ["white" if row["low"] <= 0.0 <= row["high"] else colour for row in rows]
    axes.scatter(lags, values, color=faces, edgecolors=[colour], linewidths=1.5, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="rows by which x is before y", ylabel=f"{rows[0]['unit']}, 95% interval")
    return axes


def plot_comparison(
    found: Comparison | Records, axes: Axes | None = None, palette: str = PALETTE
) -> Axes:
    """Values of the estimators one below the other, with MINDE's interval as a band.

    Arguments:
        found: What :func:`minde.compare` gives, or its records.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn.
    """
    rows = _records(found)
    axes = _axes(axes, 1.2 + 0.4 * len(rows))
    first, second = sns.color_palette(palette)[:2]
    axes.axvspan(rows[0]["low"], rows[0]["high"], color=first, alpha=0.2, linewidth=0)
    for place, row in enumerate(rows):
        if pd.isna(row["value"]):
            why = row["status"].partition(":")[0]
            axes.annotate(why, (0.02, place), xycoords=("axes fraction", "data"), va="center")
        else:
            axes.plot(row["value"], place, "o", color=second if place else first)
    axes.set_yticks(range(len(rows)), [row["estimator"] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel=f"{rows[0]['unit']} (band: MINDE's 95% interval)")
    return axes


def plot_selection(
    found: Selection | Records, axes: Axes | None = None, palette: str = PALETTE
) -> Axes:
    """What columns tell alone, and beside those before them the gain of each that was chosen.

    Arguments:
        found: What :func:`minde.select` gives, or its records.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn.
    """
    rows = _records(found)
    axes = _axes(axes, 1.6 + 0.35 * len(rows))
    of_gain = sns.color_palette(palette)[0]
    drawn = (("alone", -0.15, "0.5", "alone"), ("gain", 0.15, of_gain, "beside those before it"))
    for name, at, colour, label in drawn:
        shown = [(k, r) for k, r in enumerate(rows) if name == "alone" or pd.notna(r["rank"])]
        for place, row in shown:
            axes.plot([row[f"{name}_low"], row[f"{name}_high"]], [place + at] * 2, color=colour)
        places = [place + at for place, _ in shown]
        axes.plot([row[name] for _, row in shown], places, "o", color=colour, label=label)
    ranks = [f"{r['rank']:.0f}. " if pd.notna(r["rank"]) else "" for r in rows]
    names = [rank + r["column"] for rank, r in zip(ranks, rows, strict=True)]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axvline(0.0, color="0.8", zorder=0)
    axes.set(xlabel=f"{rows[0]['unit']}, 95% interval")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return axes


def plot_pairs(
    found: PairwiseMI | Records, axes: Axes | None = None, palette: str = PALETTE
) -> Axes:
    """Mutual information of every pair as a square, on a scale from zero.

    Arguments:
        found: What :func:`minde.pairwise_mutual_information` gives, or its records.
        axes: Where to draw; new ones by default.
        palette: Name of colours of seaborn; the scale ends in the first.
    """
    rows = _records(found)
    names = sorted({name for row in rows for name in (row["x"], row["y"])})
    axes = _axes(axes, 1.5 + 0.45 * len(names), 2.5 + 0.45 * len(names))
    values = pd.DataFrame(np.nan, index=names, columns=names)
    for row in rows:
        values.loc[row["x"], row["y"]] = values.loc[row["y"], row["x"]] = row["value"]
    written = len(names) <= MOST_WRITTEN
    bar = {"label": rows[0]["unit"]}
    scale = sns.light_palette(sns.color_palette(palette)[0], as_cmap=True)
    look = {"cmap": scale, "vmin": 0.0, "square": True, "fmt": ".2f", "cbar_kws": bar}
    sns.heatmap(values, annot=written, ax=axes, xticklabels=True, yticklabels=True, **look)
    axes.grid(visible=False)
    axes.tick_params(axis="y", rotation=0)
    axes.set_xticks(axes.get_xticks(), names, rotation=45, ha="right", rotation_mode="anchor")
    return axes


#: What draws the answer to a question of ``minde.questions.asking``.
FIGURES: dict[str, Callable[..., Axes]] = {
    "lags": plot_lags,
    "select": plot_selection,
    "local": plot_local_values,
    "rows": plot_more_rows,
    "pairs": plot_pairs,
    "compare": plot_comparison,
}


def draw(
    ask: str, records: Records, files: Sequence[str], palette: str = PALETTE, dpi: int = 200
) -> None:
    """Write the picture of the answer to a question, one file per format."""
    figure: Any = FIGURES[ask](records, palette=palette).figure
    save(figure, files, dpi)


def _axes(axes: Axes | None, height: float = 3.6, width: float = 5.6) -> Axes:
    """Those of the caller, or new ones on a figure of so many inches."""
    return axes or plt.subplots(figsize=(width, height), layout="constrained")[1]


def _records(found: Any) -> Records:
    records: Records = found.to_records() if hasattr(found, "to_records") else found
    return records

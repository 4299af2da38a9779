"""Tables as coloured pictures: red below the reference and blue above."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from minde.experiments.benchmark.tables import (
    matched,
    mean_table,
    quantised_text,
    table1_rows,
    table4_rows,
)
from minde.experiments.figures import BIAS_CMAP, save, use_style
from minde.experiments.tables import each_cell


def plot_table1(
    estimates: str | Path,
    suite: str,
    quantum: float,
    sigma_ref: float,
    style: dict[str, Any],
    colour_limit: float,
    figures: Sequence[str],
) -> None:
    """Draw Table 1.

    Arguments:
        estimates: Collected estimates.
        suite: Task suite.
        quantum: Rounding of the printed values, nats.
        sigma_ref: Reference width shown beside what the recipe reports.
        style: ``palette``, ``font_size`` and ``dpi``.
        colour_limit: Bias at which the colour saturates, nats.
        figures: Output files.
    """
    frame = table1_rows(pd.read_parquet(estimates), suite, sigma_ref)
    _plot_means(frame, quantum, style, colour_limit, figures)


def plot_table4(
    estimates: str | Path,
    suite: str,
    quantum: float,
    classic: Sequence[str],
    style: dict[str, Any],
    colour_limit: float,
    figures: Sequence[str],
) -> None:
    """Draw Table 4; arguments as in ``plot_table1``, ``classic`` as in ``table4_rows``."""
    frame = table4_rows(pd.read_parquet(estimates), suite, classic)
    _plot_means(frame, quantum, style, colour_limit, figures)


def _plot_means(
    frame: pd.DataFrame,
    quantum: float,
    style: dict[str, Any],
    colour_limit: float,
    figures: Sequence[str],
) -> None:
    table = mean_table(frame)
    text = quantised_text(frame, quantum, failed="fail")
    notes = [*matched(frame, quantum).values()]
    title = f"Mean MI estimates (nats); right: tasks correct to {quantum:g} nats"
    if (
        text.isin(["fail"]).to_numpy().any()
        or each_cell(text, lambda v: v.endswith("*")).to_numpy().any()
    ):
        title += "; *: mean without failed seeds"
    _draw(
        table - table.loc["GT"],
        text,
        style,
        colour_limit,
        "bias of the mean (nats)",
        title,
        ["", *notes],
        figures,
    )


def plot_difference(
    comparison: str | Path, style: dict[str, Any], colour_limit: float, figures: Sequence[str]
) -> None:
    """Draw ours minus the paper's Table 1; ``?`` where the paper's cell is lost in the scan."""
    long = pd.read_csv(comparison, keep_default_na=False, na_values=[""])
    long = long[long["note"] != "not in paper"]
    rows = list(dict.fromkeys(long["estimator"]))
    # In the order of the table, of which every row holds those tasks that were run.
    whole = long[long["estimator"] == long["estimator"].value_counts().idxmax()]
    columns = list(dict.fromkeys([*whole["task_label"], *long["task_label"]]))
    shown = long["difference"].round(1).add(0.0).map("{:.1f}".format)
    shown = shown.mask(long["ours"].isna(), "fail").mask(long["paper"].isna(), "?")
    at = {"index": "estimator", "columns": "task_label"}
    wide = long.pivot(**at, values="difference").reindex(index=rows, columns=columns)
    text = long.assign(text=shown).pivot(**at, values="text").reindex(index=rows, columns=columns)
    text = text.fillna("")  # not run
    title = "Our Table 1 minus the paper's (nats); ?: lost in the paper's scan"
    _draw(wide, text, style, colour_limit, "difference (nats)", title, [], figures)


def _draw(
    values: pd.DataFrame,
    text: pd.DataFrame,
    style: dict[str, Any],
    limit: float,
    colour_label: str,
    title: str,
    notes: list[str],
    figures: Sequence[str],
) -> None:
    """A heat map with ``notes`` on the right of each row."""
    use_style(style["palette"], style["font_size"])
    rows, columns = values.shape
    figure, axes = plt.subplots(figsize=(2.9 + 0.38 * columns, 1.9 + 0.26 * rows))
    sns.heatmap(
        values,
        ax=axes,
        annot=text,
        fmt="",
        cmap=BIAS_CMAP,
        center=0.0,
        vmin=-limit,
        vmax=limit,
        linewidths=0.5,
        cbar_kws={"label": colour_label, "extend": "both", "pad": 0.14 if notes else 0.03},
        annot_kws={"size": style["font_size"] - 1},
    )
    # seaborn leaves the text of a cell without a value out; a failure must be seen.
    for (i, name), (j, task) in (
        (a, b) for a in enumerate(values.index) for b in enumerate(values.columns)
    ):
        if pd.isna(values.loc[name, task]):
            axes.text(
                j + 0.5,
                i + 0.5,
                text.loc[name, task],
                ha="center",
                va="center",
                color="0.35",
                size=style["font_size"] - 2,
            )
    if "GT" in values.index:
        axes.axhline(1, color="black", linewidth=1.2)
    axes.grid(False)
    axes.set(xlabel="", ylabel="")
    axes.set_xticklabels(values.columns, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticklabels(values.index, rotation=0)
    if notes:
        right = axes.secondary_yaxis("right")
        right.set_yticks([k + 0.5 for k in range(rows)])
        right.set_yticklabels(notes)
        right.tick_params(length=0)
        right.spines["right"].set_visible(False)
    axes.set_title(title, loc="left")
    save(figure, figures, style["dpi"])

"""Errors and coverage against rows, a line an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullLocator

from minde.experiments.figures import curve_styles, reported, save, use_style
from minde.experiments.small_n.tables import by_size
from minde.experiments.tables import row_order


def plot_small_n(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw the mean absolute error with the oracle's beside it, and how often intervals hold.

    Arguments:
        estimates: Collected estimates.
        style: ``palette``, ``font_size`` and ``dpi``.
        figures: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = reported(estimates)
    table, looks = by_size(frame), curve_styles(frame, style["palette"])
    # Where no estimator has intervals there is nothing to say of them.
    panels = 2 if table["intervals"].any() else 1
    figure, axes = plt.subplots(
        1,
        panels,
        sharex=True,
        squeeze=False,
        figsize=(2.4 + 2.4 * panels, 2.8),
        layout="constrained",
    )
    left, right = axes[0, 0], axes[0, -1]
    for label in row_order(table):
        part = table[table["label"] == label]
        left.plot(part["rows"], part["mean_error"], label=label, **looks[label])
        if part["intervals"].any():
            right.plot(part["rows"], part["coverage"], **looks[label])
    # Of the rows of all tasks, whichever estimator failed on some.
    rows = frame.drop_duplicates(["task", "seed", "n_train", "n_test"])
    errors = (rows["oracle"] - rows["mi_true"]).abs().groupby(rows["n_train"] + rows["n_test"])
    oracle = errors.mean()
    # A dash of its own shows where one size alone makes no line.
    left.plot(
        oracle.index,
        oracle.to_numpy(),
        "k--",
        marker="_",
        markersize=12,
        linewidth=1,
        label="oracle",
    )
    sizes = sorted(table["rows"].unique())
    for own in axes[0]:
        own.set_xscale("log")
        own.set_xticks(sizes, [f"{n:,}" for n in sizes])
        own.minorticks_off()
        own.set_xlabel("rows in all")
    left.set_yscale("log")
    left.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_locator(NullLocator())
    left.set_ylabel("mean absolute error (nats)")
    if panels == 2:
        right.axhline(0.95, color="black", linestyle="--", linewidth=1)
        right.set(ylabel="share of 95% intervals that hold", ylim=(0.0, 1.02))
    figure.legend(loc="outside right upper", frameon=False)
    save(figure, figures, style["dpi"])

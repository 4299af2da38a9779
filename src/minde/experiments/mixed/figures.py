"""Errors of mixed columns: a row a task, a mark an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns

from minde.experiments.figures import curve_styles, reported, save, use_style
from minde.experiments.mixed.tasks import labels
from minde.experiments.tables import row_order

#: Sizes of errors that are marked, nats.
TICKS = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def plot_mixed(estimates: str | Path, style: dict[str, Any], figures: Sequence[str]) -> None:
    """Draw what each estimator reports less the truth: mean and range over seeds.

    Arguments:
        estimates: Collected estimates.
        style: ``palette``, ``font_size`` and ``dpi``.
        figures: Output files.
    """
    use_style(style["palette"], style["font_size"])
    frame = reported(estimates)
    frame["error"] = frame["mi_estimate"] - frame["mi_true"]
    names = [task for task in labels() if task in set(frame["task"])]
    order, looks = row_order(frame), curve_styles(frame, style["palette"])
    figure, axes = plt.subplots(figsize=(6.4, 1.2 + 0.42 * len(names)), layout="constrained")
    sns.pointplot(
        data=frame,
        x="error",
        y="task",
        order=names,
        hue="label",
        hue_order=order,
        palette={name: look["color"] for name, look in looks.items()},
        markers=[looks[name]["marker"] for name in order],
        dodge=0.5,
        linestyle="none",
        errorbar=("pi", 100),
        err_kws={"linewidth": 1.1},
        markersize=4,
        ax=axes,
    )
    axes.axvline(0.0, color="black", linestyle="--", linewidth=1, zorder=0)
    # An error far off is told by the table; here it would hide all others.
    axes.set_xscale("symlog", linthresh=0.1)
    axes.margins(x=0.08)
    low, high = axes.get_xlim()
    ticks = [sign * size for size in TICKS for sign in (-1.0, 1.0)]
    ticks = sorted({tick for tick in ticks if low <= tick <= high})
    axes.set_xticks(ticks, [f"{tick + 0.0:g}" for tick in ticks])
    axes.set_yticks(range(len(names)), [labels()[name] for name in names])
    axes.set(xlabel="estimate less truth (nats); bars: range over seeds", ylabel="")
    axes.legend(title="", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    save(figure, figures, style["dpi"])

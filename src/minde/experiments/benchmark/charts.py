"""Interactive charts of the benchmark: single estimates, integrands, training curves."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from minde.experiments.benchmark.curves import integrands, training_curves
from minde.experiments.benchmark.ranks import by_rank
from minde.experiments.charts import WIDTH, Source, Spec, dropdown, spec_of

#: Error at the edge of the chart, nats.
LIMIT = 0.6
#: Ids of tasks start or contain these; the first that fits names the family.
FAMILIES = {
    "spiral": "Spiral",
    "half_cube": "Half-cube",
    "normal_cdf-multinormal": "Normal CDF",
    "swissroll": "Swiss roll",
    "student": "Student",
    "multinormal": "Multinormal",
    "1v1": "One-dimensional",
}


def family_of(task: str) -> str:
    """Family of a task, for the filter."""
    return next((name for mark, name in FAMILIES.items() if mark in task), "Other")


def errors_chart(source: Source) -> Spec:
    """Every estimate minus the truth, a row an estimator; a mark under the pointer shows its task.

    Tasks of a row lie one below the other, in the order of Table 1. Errors beyond LIMIT nats are
    arrows at the edge, with their value in the tooltip.
    """
    frame = source.frame
    data = frame[frame["status"] == "ok"].copy()
    data["family"] = data["task"].map(family_of)
    data["shown"] = data["error"].clip(-LIMIT, LIMIT)
    data["beyond"] = np.sign(data["error"]) * (data["error"].abs() > LIMIT)
    keep = ["task", "task_label", "family", "label", "seed", "mi_true", "mi_estimate", "error"]
    data = data[[*keep, "shown", "beyond", "seconds"]]
    family = dropdown("family", sorted(data["family"].unique()), "Task family", True)
    point = alt.selection_point("task", fields=["task_label"], on="pointerover", clear="pointerout")
    arrows = alt.Scale(domain=[-1, 0, 1], range=["triangle-left", "circle", "triangle-right"])
    points = (
        alt.Chart(data)
        .mark_point(filled=True, size=42)
        .encode(
            x=alt.X(
                "shown:Q", title="estimate - truth (nats)", scale=alt.Scale(domain=[-LIMIT, LIMIT])
            ),
            y=alt.Y("label:N", title=None, sort=by_rank(frame), axis=alt.Axis(grid=True)),
            yOffset=alt.YOffset("task_label:N", sort=list(dict.fromkeys(frame["task_label"]))),
            color=alt.Color("label:N", scale=source.colours(), legend=None),
            shape=alt.Shape("beyond:O", scale=arrows, legend=None),
            opacity=alt.condition(point, alt.value(0.8), alt.value(0.08)),
            tooltip=[
                alt.Tooltip("task_label:N", title="task"),
                alt.Tooltip("label:N", title="estimator"),
                alt.Tooltip("seed:Q"),
                alt.Tooltip("mi_estimate:Q", title="estimate (nats)", format=".4f"),
                alt.Tooltip("mi_true:Q", title="truth (nats)", format=".4f"),
                alt.Tooltip("error:Q", title="error (nats)", format="+.4f"),
                alt.Tooltip("seconds:Q", format=".1f"),
            ],
        )
        .transform_filter("family == null || datum.family == family")
        .add_params(family, point)
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    height = alt.Step(26, **{"for": "position"})
    return spec_of((zero + points).properties(width=WIDTH, height=height))


def integrand_chart(source: Source) -> Spec:
    """Where in diffusion time an estimate comes from, for the chosen task."""
    data = integrands(source.frame)
    if data.empty:
        return None
    names = list(dict.fromkeys(data["task_label"]))
    task = dropdown("task", names, "Task", False)
    lines = (
        alt.Chart(data)
        .mark_line(point=alt.OverlayMarkDef(size=18))
        .encode(
            x=alt.X("t:Q", title="diffusion time t", scale=alt.Scale(type="log")),
            y=alt.Y("nats:Q", title="nats of each fiftieth of the draws"),
            color=alt.Color("label:N", title="Estimator", scale=source.colours(data)),
            tooltip=[
                alt.Tooltip("label:N", title="estimator"),
                alt.Tooltip("t:Q", format=".4g"),
                alt.Tooltip("nats:Q", format=".5f"),
            ],
        )
        .transform_filter("datum.task_label == task")
        .add_params(task)
    )
    return spec_of(lines.properties(width=WIDTH, height=240))


def training_chart(source: Source) -> Spec:
    """Denoising loss over steps, mean over members, for the chosen task."""
    names = dict(zip(source.frame["task"], source.frame["task_label"], strict=True))
    data = training_curves(source.scores, names)
    if data.empty:
        return None
    task = dropdown("task", list(dict.fromkeys(data["task_label"])), "Task", False)
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("loss:Q", title="training loss", scale=alt.Scale(zero=False)),
            color=alt.Color("label:N", title="Network", scale=source.colours(data)),
            strokeDash=alt.StrokeDash("n_train:N", title="training points"),
            tooltip=[
                alt.Tooltip("label:N", title="network"),
                alt.Tooltip("step:Q"),
                alt.Tooltip("loss:Q", format=".4f"),
            ],
        )
        .transform_filter("datum.task_label == task")
        .add_params(task)
    )
    return spec_of(lines.properties(width=WIDTH, height=240))

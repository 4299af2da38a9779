"""Interactive charts of the benchmark: errors, integrands, training curves."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from minde.experiments.benchmark.curves import integrands, training_curves
from minde.experiments.charts import WIDTH, Spec, dropdown, palette, shapes, spec_of
from minde.experiments.tables import row_order

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


def errors_chart(frame: pd.DataFrame, colours: str, scores: Sequence[str]) -> Spec:
    """Error of every estimate by task; click the legend for estimators, choose a task family.

    Errors beyond LIMIT nats are drawn at the edge, with their value in the tooltip.
    """
    data = frame[frame["status"] == "ok"].copy()
    data["family"] = data["task"].map(family_of)
    data["shown"] = data["error"].clip(-LIMIT, LIMIT)
    keep = ["task", "task_label", "family", "label", "seed", "mi_true", "mi_estimate", "error"]
    data = data[[*keep, "shown", "seconds", "position"]]
    order = list(dict.fromkeys(frame["task_label"]))
    estimators = row_order(frame)
    family = dropdown("family", sorted(data["family"].unique()), "Task family", True)
    pick = alt.selection_point("pick", fields=["label"], bind="legend", toggle="true")
    points = (
        alt.Chart(data.drop(columns="position"))
        .mark_point(filled=True, size=45, opacity=0.8)
        .encode(
            x=alt.X(
                "shown:Q", title="estimate - truth (nats)", scale=alt.Scale(domain=[-LIMIT, LIMIT])
            ),
            y=alt.Y("task_label:N", title=None, sort=order, axis=alt.Axis(labelLimit=260)),
            yOffset=alt.YOffset("label:N", sort=estimators),
            color=alt.Color("label:N", title="Estimator", scale=palette(frame, colours)),
            shape=alt.Shape("label:N", title="Estimator", scale=shapes(frame, colours)),
            opacity=alt.condition(pick, alt.value(0.85), alt.value(0.05)),
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
        .add_params(family, pick)
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    # A step is that of one estimator within a task.
    height = alt.Step(9)
    return spec_of((zero + points).properties(width=WIDTH, height=height))


def integrand_chart(frame: pd.DataFrame, colours: str, scores: Sequence[str]) -> Spec:
    """Where in diffusion time an estimate comes from, for the chosen task."""
    data = integrands(frame)
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
            color=alt.Color("label:N", title="Estimator", scale=palette(frame, colours)),
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


def training_chart(frame: pd.DataFrame, colours: str, scores: Sequence[str]) -> Spec:
    """Denoising loss over steps, mean over members, for the chosen task."""
    names = dict(zip(frame["task"], frame["task_label"], strict=True))
    data = training_curves(scores, names)
    if data.empty:
        return None
    task = dropdown("task", list(dict.fromkeys(data["task_label"])), "Task", False)
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("loss:Q", title="training loss", scale=alt.Scale(zero=False)),
            color=alt.Color("label:N", title="Network", scale=palette(frame, colours)),
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

"""Interactive charts of the report, as Vega-Lite by Altair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
import seaborn as sns

from minde.experiments.benchmark.tables import row_order

WIDTH = 640


def palette(frame: pd.DataFrame, name: str) -> alt.Scale:
    """The figures' colours: one an estimator, by its position in the configuration."""
    colours = sns.color_palette(name).as_hex()
    return _by_estimator(frame, lambda position: colours[position % len(colours)])


def shapes(frame: pd.DataFrame, name: str) -> alt.Scale:
    """A mark by estimator that tells those apart which share a colour of a short palette."""
    size = len(sns.color_palette(name))
    marks = ("circle", "triangle-up", "square", "diamond")
    return _by_estimator(frame, lambda position: marks[position // size % len(marks)])


def _by_estimator(frame: pd.DataFrame, look: Callable[[int], str]) -> alt.Scale:
    """What an estimator looks like, from its position in the configuration."""
    pairs = frame[["label", "position"]].drop_duplicates().sort_values("position")
    return alt.Scale(domain=list(pairs["label"]), range=[look(int(p)) for p in pairs["position"]])


def _dropdown(name: str, options: list[str], label: str, everything: bool) -> alt.Parameter:
    choices: list[Any] = [None, *options] if everything else list(options)
    shown = ["all", *options] if everything else list(options)
    widget = alt.binding_select(options=choices, labels=shown, name=f"{label}: ")
    value = None if everything else options[0]
    return alt.param(name, bind=widget, value=value)


def errors_chart(frame: pd.DataFrame, colours: str, limit: float) -> dict[str, Any]:
    """Error of every estimate by task; click the legend for estimators, choose a task family.

    Errors beyond ``limit`` nats are drawn at the edge, with their value in the tooltip.
    """
    data = frame[frame["status"] == "ok"].copy()
    data["shown"] = data["error"].clip(-limit, limit)
    keep = ["task", "task_label", "family", "label", "seed", "mi_true", "mi_estimate", "error"]
    data = data[[*keep, "shown", "seconds", "position"]]
    order = list(dict.fromkeys(frame["task_label"]))
    estimators = row_order(frame)
    family = _dropdown("family", sorted(data["family"].unique()), "Task family", True)
    pick = alt.selection_point("pick", fields=["label"], bind="legend", toggle="true")
    points = (
        alt.Chart(data.drop(columns="position"))
        .mark_point(filled=True, size=45, opacity=0.8)
        .encode(
            x=alt.X(
                "shown:Q", title="estimate - truth (nats)", scale=alt.Scale(domain=[-limit, limit])
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
    return _spec((zero + points).properties(width=WIDTH, height=height))


def high_mi_chart(frame: pd.DataFrame, colours: str) -> dict[str, Any]:
    """Estimate against truth a transform; brush a range of the truth to compare mean errors."""
    data = frame[frame["status"] == "ok"].copy()
    data["transform"] = data["task"].str.rpartition("-mi")[0]
    data["abs_error"] = data["error"].abs()
    scale = palette(frame, colours)
    data = data[["transform", "label", "seed", "mi_true", "mi_estimate", "abs_error"]]
    brush = alt.selection_interval(name="brush", encodings=["x"])
    pick = alt.selection_point("pick", fields=["label"], bind="legend", toggle="true")
    colour = alt.Color("label:N", title="Estimator", scale=scale)
    base = alt.Chart(data).encode(
        x=alt.X("mi_true:Q", title="truth (nats)"),
        color=colour,
        opacity=alt.condition(pick, alt.value(1.0), alt.value(0.08)),
    )
    lines = base.mark_line().encode(y=alt.Y("mean(mi_estimate):Q", title="estimate (nats)"))
    points = base.mark_point(filled=True, size=40).encode(
        y="mi_estimate:Q",
        tooltip=[
            alt.Tooltip("label:N", title="estimator"),
            alt.Tooltip("seed:Q"),
            alt.Tooltip("mi_true:Q", title="truth (nats)", format=".3f"),
            alt.Tooltip("mi_estimate:Q", title="estimate (nats)", format=".4f"),
        ],
    )
    truth = (
        # Altair names the views of a faceted layer after its first part, which must have a name.
        alt.Chart(data, name="panel")
        .mark_line(color="gray", strokeDash=[4, 3])
        .encode(x="mi_true:Q", y=alt.Y("mi_true:Q"))
    )
    panels = (
        alt.layer(truth, lines, points.add_params(brush, pick), data=data)
        .properties(width=200, height=200)
        .facet(column=alt.Column("transform:N", title=None))
    )
    bars = (
        alt.Chart(data, title="mean |error| over the brushed range (nats)")
        .mark_bar()
        .encode(
            x=alt.X("mean(abs_error):Q", title=None),
            y=alt.Y("label:N", title=None, sort="x"),
            color=colour,
            tooltip=[
                alt.Tooltip("label:N", title="estimator"),
                alt.Tooltip("mean(abs_error):Q", title="mean |error|", format=".4f"),
            ],
        )
        .transform_filter(brush)
        .properties(width=WIDTH)
    )
    return _spec(alt.vconcat(panels, bars))


def train_size_chart(frame: pd.DataFrame, colours: str) -> dict[str, Any]:
    """Estimate against the number of training points of the chosen task."""
    data = frame[frame["status"] == "ok"]
    data = data[["task_label", "label", "seed", "n_train", "mi_true", "mi_estimate"]]
    names = list(dict.fromkeys(data["task_label"]))
    task = _dropdown("task", names, "Task", False)
    colour = alt.Color("label:N", title="Estimator", scale=palette(frame, colours))
    base = alt.Chart(data).encode(
        x=alt.X("n_train:Q", title="training points", scale=alt.Scale(type="log"))
    )
    lines = base.mark_line().encode(
        y=alt.Y("mean(mi_estimate):Q", title="estimate (nats)"), color=colour
    )
    points = base.mark_point(filled=True, size=45).encode(
        y="mi_estimate:Q",
        color=colour,
        tooltip=[
            alt.Tooltip("label:N", title="estimator"),
            alt.Tooltip("n_train:Q", title="training points"),
            alt.Tooltip("seed:Q"),
            alt.Tooltip("mi_estimate:Q", title="estimate (nats)", format=".4f"),
        ],
    )
    truth = base.mark_line(color="gray", strokeDash=[4, 3]).encode(y="mi_true:Q")
    chart = alt.layer(truth, lines, points).transform_filter("datum.task_label == task")
    return _spec(chart.add_params(task).properties(width=WIDTH, height=260))


def integrand_chart(data: pd.DataFrame, frame: pd.DataFrame, colours: str) -> dict[str, Any]:
    """Where in diffusion time an estimate comes from, for the chosen task."""
    names = list(dict.fromkeys(data["task_label"]))
    task = _dropdown("task", names, "Task", False)
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
    return _spec(lines.properties(width=WIDTH, height=240))


def training_chart(data: pd.DataFrame, frame: pd.DataFrame, colours: str) -> dict[str, Any]:
    """Denoising loss over steps, mean over copies, for the chosen task."""
    names = list(dict.fromkeys(data["task_label"]))
    task = _dropdown("task", names, "Task", False)
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
    return _spec(lines.properties(width=WIDTH, height=240))


def runtime_chart(data: pd.DataFrame) -> dict[str, Any]:
    """Seconds of every job by rule."""
    points = (
        alt.Chart(data)
        .mark_tick(thickness=2, opacity=0.6)
        .encode(
            x=alt.X("seconds:Q", title="seconds a job", scale=alt.Scale(type="symlog")),
            y=alt.Y("rule:N", title=None, sort="-x"),
            tooltip=[
                alt.Tooltip("job:N"),
                alt.Tooltip("seconds:Q", format=".1f"),
                alt.Tooltip("memory_mb:Q", title="MB", format=".0f"),
            ],
        )
    )
    return _spec(points.properties(width=WIDTH))


def _spec(chart: Any) -> dict[str, Any]:
    spec: dict[str, Any] = chart.configure_view(strokeOpacity=0.15).to_dict()
    return spec

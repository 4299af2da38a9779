"""Interactive chart of Figures 5 to 8."""

from __future__ import annotations

import altair as alt

from minde.experiments.charts import WIDTH, Source, Spec, dropdown, spec_of


def train_size_chart(source: Source) -> Spec:
    """Estimate against the number of training points of the chosen task."""
    data = source.frame[source.frame["status"] == "ok"]
    data = data[["task_label", "label", "seed", "n_train", "mi_true", "mi_estimate"]]
    names = list(dict.fromkeys(data["task_label"]))
    task = dropdown("task", names, "Task", False)
    colour = alt.Color("label:N", title="Estimator", scale=source.colours(data))
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
    return spec_of(chart.add_params(task).properties(width=WIDTH, height=260))

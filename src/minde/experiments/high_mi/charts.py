"""Interactive chart of Figure 1."""

from __future__ import annotations

import altair as alt

from minde.experiments.charts import Source, Spec, spec_of


def high_mi_chart(source: Source) -> Spec:
    """Estimate against truth a transform; brush a range of the truth to compare mean errors."""
    data = source.frame[source.frame["status"] == "ok"].copy()
    data["transform"] = data["task"].str.rpartition("-mi")[0]
    data["abs_error"] = data["error"].abs()
    data = data[["transform", "label", "seed", "mi_true", "mi_estimate", "abs_error"]]
    brush = alt.selection_interval(name="brush", encodings=["x"])
    pick = alt.selection_point("pick", fields=["label"], bind="legend", toggle="true")
    colour = alt.Color("label:N", title="Estimator", scale=source.colours())
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
        .facet(alt.Facet("transform:N", title=None), columns=4)
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
        .properties(width=600)
    )
    return spec_of(alt.vconcat(panels, bars))

"""Interactive charts that a report opens with: Table 1 as colours, and ranks."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from minde.experiments.benchmark.charts import LIMIT
from minde.experiments.benchmark.ranks import by_rank
from minde.experiments.benchmark.tables import mean_table
from minde.experiments.charts import WIDTH, Source, Spec, spec_of
from minde.experiments.tables import summary

#: Height that the rows of the heat map share, and a row's least and largest, pixels.
ROOM, LEAST, LARGEST = 340, 12, 34
#: Width below which a cell has no room for its number, pixels.
NARROW = 33


def table1_chart(source: Source) -> Spec:
    """Error of the mean over seeds by task and estimator, the best estimator first."""
    tasks = list(mean_table(source.frame).columns)
    estimators = by_rank(source.frame)
    data = summary(source.frame, ["task", "task_label"]).drop(columns=["rank", "position"])
    data["error"] = data["mi_estimate"] - data["mi_true"]
    row = max(LEAST, min(LARGEST, ROOM // len(tasks)))
    top = alt.Axis(orient="top", title=None, ticks=False, domain=False)
    left = alt.Axis(title=None, ticks=False, domain=False, labelFontSize=min(12, row - 1))
    data["shown"] = [_signed(*row) for row in data[["error", "failed"]].to_numpy()]
    read, failed = data[data["error"].notna()], data[data["error"].isna()]
    base = alt.Chart(read).encode(
        x=alt.X("label:N", sort=estimators, axis=top),
        y=alt.Y("task_label:N", sort=tasks, axis=left),
        tooltip=[
            alt.Tooltip("task_label:N", title="task"),
            alt.Tooltip("label:N", title="estimator"),
            alt.Tooltip("mi_true:Q", title="truth (nats)", format=".4f"),
            alt.Tooltip("mi_estimate:Q", title="mean estimate (nats)", format=".4f"),
            alt.Tooltip("error:Q", title="error (nats)", format="+.4f"),
            alt.Tooltip("std_seeds:Q", title="standard deviation", format=".4f"),
            alt.Tooltip("seeds:Q", title="seeds read"),
            alt.Tooltip("failed:Q", title="seeds failed"),
        ],
    )
    colour = alt.Color(
        "error:Q",
        scale=alt.Scale(domain=[-LIMIT, LIMIT], domainMid=0, clamp=True, interpolate="lab"),
        legend=alt.Legend(
            title="estimate - truth (nats)",
            orient="bottom",
            gradientLength=220,
            values=[-LIMIT, -LIMIT / 2, 0, LIMIT / 2, LIMIT],
        ),
    )
    cells = base.mark_rect(cornerRadius=2).encode(color=colour)
    room = f"width / {len(estimators)} > {NARROW}" if row > LEAST else "false"
    numbers = base.mark_text(fontSize=10.5).encode(
        text="shown:N",
        color=_strong(f"abs(datum.error) > {0.6 * LIMIT}"),
        opacity={"value": {"expr": f"{room} ? 1 : 0"}},
    )
    crosses = base.properties(data=failed).mark_text(text="×", opacity=0.6)
    chart = alt.layer(cells, numbers, crosses)
    return spec_of(chart.properties(width=WIDTH, height=alt.Step(row)))


def ranks_chart(source: Source) -> Spec:
    """Mean rank over tasks with tasks read right and mean error; open: no different from the best.

    An estimator counts as different from the best where the Holm-corrected p-value is below 0.05.
    """
    if source.table is None:
        return None
    data = source.table.assign(
        right=[f"{m}/{t}" for m, t in source.table[["matches", "tasks"]].to_numpy()],
    )
    steps = max(1, len(data) - 1)
    # Marks take the left of the panel, and two columns of text its right.
    scale = alt.Scale(domain=[0.6, 1 + 1.9 * steps], nice=False, zero=False)
    places = {"right:N": 1 + 1.4 * steps, "mean_abs_error:Q": 1 + 1.9 * steps}
    base = alt.Chart(data).encode(
        y=alt.Y("estimator:N", sort=list(data["estimator"]), title=None),
        tooltip=[
            "estimator:N",
            alt.Tooltip("mean_rank:Q", title="mean rank", format=".2f"),
            alt.Tooltip("right:N", title="tasks right"),
            alt.Tooltip("mean_abs_error:Q", title="mean |error| (nats)", format=".4f"),
            alt.Tooltip("worst_abs_error:Q", title="worst |error| (nats)", format=".4f"),
            alt.Tooltip("p_vs_best:Q", title="p against the best", format=".2g"),
            alt.Tooltip("seconds:Q", title="median seconds", format=".1f"),
            alt.Tooltip("failed:Q", title="failed runs"),
        ],
    )
    ticks = alt.Axis(
        values=list(range(1, len(data) + 1, 2)), format="d", grid=False, titleAnchor="start"
    )
    rank = alt.X("mean_rank:Q", title="mean rank over tasks", scale=scale, axis=ticks)
    look: dict[str, Any] = {"shorthand": "estimator:N", "scale": source.colours(), "legend": None}
    stems = base.mark_rule(strokeWidth=1.5, opacity=0.45).encode(
        x=rank, x2=alt.datum(0.6), color=alt.Color(**look)
    )
    differs = "isValid(datum.p_vs_best) && datum.p_vs_best < 0.05"
    points = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        x=rank,
        stroke=alt.Stroke(**look),
        fill=alt.condition(differs, alt.Fill(**look), alt.value("transparent")),
    )
    texts = [
        base.mark_text(align="right").encode(
            x=alt.datum(at, type="quantitative"),
            text=alt.Text(name, format=".3f" if name.endswith("Q") else alt.Undefined),
        )
        for name, at in places.items()
    ]
    heads = [
        alt.Chart(pd.DataFrame({"at": [at]}))
        .mark_text(align="right", y=-8, text=name, opacity=0.7)
        .encode(x=alt.X("at:Q", scale=scale))
        for name, at in zip(("right", "|error|"), places.values(), strict=True)
    ]
    chart = alt.layer(stems, points, *texts, *heads)
    return spec_of(chart.properties(width=WIDTH, height=alt.Step(23)))


def _signed(error: float, failed: float) -> str:
    """An error to two places, with a star if seeds failed; a zero has no sign."""
    text = f"{error:+.2f}".replace("-", "−")
    return ("0.00" if text[1:] == "0.00" else text) + "*" * bool(failed)


def _strong(test: str) -> dict[str, Any]:
    """White text where a test holds, the page's own elsewhere."""
    return {"condition": {"test": test, "value": "white"}}

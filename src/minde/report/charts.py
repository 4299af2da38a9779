"""Interactive chart of the jobs of a run."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from minde.experiments.charts import WIDTH, spec_of


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
    return spec_of(points.properties(width=WIDTH))

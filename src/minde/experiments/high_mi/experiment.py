"""High mutual information (Figure 1)."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.high_mi.tasks import SUITE, high_mi_tasks
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo


class HighMI(Experiment):
    """Every transform at every value."""

    name = SUITE
    sampler = "minde.experiments.high_mi.samples.sample_task"
    exhibits = (
        Exhibit(
            "high_mi",
            "High mutual information",
            "Figure 1. Two correlated pairs in 3×3 dimensions, transformed; dashed: the truth. "
            "The paper: on the plain pairs all neural estimators follow the truth; after half-cube "
            "and spiral MINDE does best. Drag over a panel to compare errors in that range.",
            "Figure 1. Two correlated pairs in 3×3 dimensions, transformed: estimate against the "
            "true mutual information. Mean and range over seeds.",
            table=("csv",),
            figure=True,
            chart="minde.experiments.high_mi.charts.high_mi_chart",
        ),
    )

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Named after transform and value."""
        return high_mi_tasks(config["high_mi"]["transforms"], config["high_mi"]["values"])

    def sampler_options(self, config: Config) -> dict[str, Any]:
        """Number of test points, and the spiral's speed."""
        return {k: config["high_mi"][k] for k in ("n_test", "spiral_speed")}

"""Labels, answers, counts and zeros with a known truth, beside estimators for mixed columns."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.estimators import takes_labels
from minde.experiments.mixed.tasks import SUITE, select_tasks
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo


class Mixed(Experiment):
    """Every law of mixed columns."""

    name = SUITE
    sampler = "minde.experiments.mixed.samples.sample_task"
    extras = ("mixed",)
    fits = True
    folds = 5
    exhibits = (
        Exhibit(
            "mixed",
            "Mixed columns",
            "Labels, answers, counts and columns with many zeros: mean over seeds in nats, the "
            "truth first; below, the mean error over tasks and seeds, and MINDE's where the other "
            "has a value. Not of the paper.",
            table=("csv", "md"),
            figure=True,
        ),
    )

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Those configured."""
        return select_tasks(config[self.name]["tasks"])

    def recipe(self, config: Config) -> str:
        """Ours: the paper's is not meant for tables."""
        return "fast"

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """Its own: those of larger samples do not suit few rows."""
        options: dict[str, Any] = config[self.name]["options"]
        return options

    def known_estimators(self, config: Config) -> list[str]:
        """Those that take labels and discrete columns."""
        return [name for name in super().known_estimators(config) if takes_labels(config, name)]

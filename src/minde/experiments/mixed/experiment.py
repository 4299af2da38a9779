"""Labels, answers, counts and zeros with a known truth, beside estimators for mixed columns."""

from __future__ import annotations

from minde.experiments.base import Exhibit, UserExperiment
from minde.experiments.estimators import takes_labels
from minde.experiments.mixed.tasks import SUITE, select_tasks
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo


class Mixed(UserExperiment):
    """Every law of mixed columns."""

    name = SUITE
    sampler = "minde.experiments.mixed.samples.sample_task"
    extras = ("mixed",)
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

    def known_estimators(self, config: Config) -> list[str]:
        """Those that take labels and discrete columns."""
        return [name for name in super().known_estimators(config) if takes_labels(config, name)]

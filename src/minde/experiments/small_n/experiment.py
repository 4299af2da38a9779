"""Estimators on few rows: all that a user has, for training, validation and read-out."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, UserExperiment
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo


class SmallN(UserExperiment):
    """Tasks of the benchmark's suite at ``small_n.sizes``, in files of their own."""

    name = "small_n"
    sampler = "minde.experiments.small_n.samples.sample_task"
    extras = ("few",)
    exhibits = (
        Exhibit(
            "small_n",
            "Few rows",
            "All the rows that a user has. Left: mean absolute error over tasks and draws; dashed: "
            "the error of the true pointwise information's mean on the same rows. Right: share of "
            "95% intervals that hold the truth, of estimators that have them. Not of the paper.",
            table=("csv", "md"),
            figure=True,
        ),
    )

    def sizes(self, config: Config) -> list[str]:
        """Those configured."""
        return [str(n) for n in config[self.name]["sizes"]]

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Those chosen."""
        section = config[self.name]
        return select_tasks(config["benchmark"]["suite"], section["tasks"], "small_n.tasks")

    def sampler_options(self, config: Config) -> dict[str, Any]:
        """None: how the rows are divided follows from their number."""
        return {}

    def known_estimators(self, config: Config) -> list[str]:
        """MINDE as it is by default, family C, and the others."""
        return [name for name in super().known_estimators(config) if name != "minde-j"]

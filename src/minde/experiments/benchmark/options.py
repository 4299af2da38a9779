"""Section `benchmark` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from minde.declare import Bounds, option
from minde.experiments.benchmark.tasks import SUITES, select_tasks
from minde.experiments.options import Config, Names, Seeds, TestPoints, TrainPoints


@dataclass(frozen=True)
class BenchmarkOptions:
    """Which tasks, how many points, how many seeds."""

    suite: Annotated[str, Bounds(choices=tuple(SUITES))] = option(
        "bmi", "Task suite.", "everything"
    )
    tasks: Names = option(
        "all",
        '"all", or a list of task ids (see src/minde/experiments/benchmark/tasks.py).',
        "jobs of new tasks; tables and figures",
    )
    n_train: TrainPoints = option(100_000, "Training points per seed.", "everything")
    n_test: TestPoints = option(10_000, "Test points per seed.", "everything")
    seeds: Seeds = option(
        10, "Number of seeds: 0, 1, ..., seeds - 1.", "new seeds only, if the last job was full"
    )
    estimators: Names = option(
        "all", '"all", or names of estimators.', "jobs of new estimators; tables and figures"
    )

    @staticmethod
    def check(config: Config) -> None:
        """Tasks must be of the suite."""
        select_tasks(config["benchmark"]["suite"], config["benchmark"]["tasks"])

"""The experiments, in the order of the report."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Experiment
from minde.experiments.benchmark.experiment import Benchmark
from minde.experiments.consistency.experiment import Consistency
from minde.experiments.datasets.experiment import Datasets
from minde.experiments.high_mi.experiment import HighMI
from minde.experiments.interaction.experiment import Interaction
from minde.experiments.mixed.experiment import Mixed
from minde.experiments.options import Config
from minde.experiments.prompts.experiment import Prompts
from minde.experiments.small_n.experiment import SmallN
from minde.experiments.task import TaskInfo
from minde.experiments.train_size.experiment import TrainSize

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        Benchmark(),
        HighMI(),
        TrainSize(),
        Interaction(),
        Mixed(),
        SmallN(),
        Consistency(),
        Prompts(),
        Datasets(),
    )
}


def owner(config: Config, suite: str) -> Experiment:
    """The experiment that a suite of tasks belongs to: the first that runs on it."""
    if suite in EXPERIMENTS:
        return EXPERIMENTS[suite]
    return next(e for e in EXPERIMENTS.values() if e.suite(config) == suite)


def suite_tasks(config: Config) -> dict[tuple[str, str], TaskInfo]:
    """Every task that may be sampled, by suite and id."""
    return {
        (experiment.suite(config), task.task_id): task
        for experiment in EXPERIMENTS.values()
        for task in experiment.known_tasks(config)
    }


def training_options(config: Config, family: str, suite: str, n: str, dim: int) -> dict[str, Any]:
    """Recipe options of a training on a suite (see ``Experiment.training_options``)."""
    return owner(config, suite).training_options(config, family, n, dim)

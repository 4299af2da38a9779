"""Section `mixed` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from minde.declare import option
from minde.experiments.mixed.tasks import select_tasks
from minde.experiments.options import Config, Names, RecipeOptions, Seeds, TestPoints, TrainPoints
from minde.recipe import make_recipe


@dataclass(frozen=True)
class MixedOptions:
    """Labels, answers, counts and zeros with a known truth. No tasks: not run."""

    tasks: Literal["all"] | tuple[str, ...] = option(
        "all", '"all", or a list of task ids (see src/minde/experiments/mixed/tasks.py).'
    )
    n_train: TrainPoints = option(1600, "Training rows per seed.")
    n_test: TestPoints = option(
        400, "Test rows per seed. What can use them all uses both: ours by five folds."
    )
    seeds: Seeds = option(5, "Number of seeds.")
    estimators: Names = option(
        ("minde-c", "mutual_info", "mixed_ksg"), '"all", or names of those that take labels.'
    )
    options: RecipeOptions = option({}, "Recipe options of MINDE-C here; the recipe is `fast`.")

    @staticmethod
    def check(config: Config) -> None:
        """Tasks must be of the suite, and recipe options must make a recipe."""
        select_tasks(config["mixed"]["tasks"])
        make_recipe("fast", "c", 2, **config["mixed"]["options"])

"""Section `small_n` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from minde.declare import option
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.options import Config, Names, RecipeOptions, Seeds, TrainPoints
from minde.recipe import make_recipe


@dataclass(frozen=True)
class SmallNOptions:
    """Few rows, all that there are: error, coverage, width and seconds. No sizes: not run."""

    sizes: tuple[TrainPoints, ...] = option(
        (300, 1000, 3000, 10_000),
        "Rows of a user, for training, validation and read-out together.",
        "jobs of new sizes",
    )
    tasks: Names = option("all", '"all", or a list of task ids of the benchmark.')
    seeds: Seeds = option(5, "Number of draws of each task and size.")
    estimators: Names = option(
        ("minde-c", "ksg", "cca", "mixture_of_gaussians", "smile", "infonce"),
        "MINDE reads all rows by five folds, KSG and CCA all at once; what is fitted otherwise is "
        "fitted on four fifths and read on one.",
    )
    options: RecipeOptions = option({}, "Recipe options of MINDE-C here; the recipe is `fast`.")

    @staticmethod
    def check(config: Config) -> None:
        """Tasks must be of the benchmark's suite, and recipe options must make a recipe."""
        section = config["small_n"]
        select_tasks(config["benchmark"]["suite"], section["tasks"], "small_n.tasks")
        make_recipe("fast", "c", 2, **section["options"])

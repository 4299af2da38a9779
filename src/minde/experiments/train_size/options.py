"""Section `train_size` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from minde.declare import option
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.options import Config, Names, Seeds, TrainPoints


@dataclass(frozen=True)
class TrainSizeOptions:
    """Figures 5 to 8. The benchmark's own size is not trained twice. No sizes: not run."""

    sizes: tuple[TrainPoints, ...] = option((5000, 10_000, 50_000, 100_000), "Training points.")
    tasks: Names = option("all", '"all", or a list of task ids.')
    seeds: Seeds = option(5, "Number of seeds.")
    steps: Literal["fixed", "epochs"] = option(
        "fixed",
        "fixed: the same steps at every size; epochs: steps shrink with the size (the public "
        "script).",
        "trainings at smaller sizes",
    )
    estimators: Names = option(
        (
            "minde-j",
            "minde-c",
            "mine",
            "infonce",
            "donsker_varadhan",
            "nwj",
            "doe_gaussian",
            "doe_logistic",
        ),
        "KSG and the other estimators without training see the test points alone.",
    )

    @staticmethod
    def check(config: Config) -> None:
        """Tasks must be of the benchmark's suite."""
        tasks = config["train_size"]["tasks"]
        select_tasks(config["benchmark"]["suite"], tasks, "train_size.tasks")

"""The benchmark of 40 tasks: Tables 1, 4 and 5, Figures 3 and 4, ranks."""

from __future__ import annotations

from typing import Any, ClassVar

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.options import Config, minde_options
from minde.experiments.task import TaskInfo
from minde.recipe import make_recipe

_CHARTS = "minde.experiments.benchmark.charts"
_OVERVIEW = "minde.experiments.benchmark.overview"
_PAPER = "The paper's counts are 35 of 40 for MINDE-C and 24 of 40 for MINE."


class Benchmark(Experiment):
    """The tasks of suite ``benchmark.suite``."""

    name = "benchmark"
    sampler = "minde.experiments.benchmark.samples.sample_task"
    exhibits: ClassVar[tuple[Exhibit, ...]] = (
        Exhibit(
            "table1",
            "Table 1",
            "Error of the mean over {benchmark[seeds]} seeds, best estimator first: red is below "
            "the truth, blue above. ×: no seed gave a number; *: some did not.",
            "Mean over {benchmark[seeds]} seeds in nats, rounded to {table1[quantum]}. Red is "
            f"below and blue above the truth (GT). {_PAPER}",
            table=("csv", "md", "tex"),
            figure=True,
            chart=f"{_OVERVIEW}.table1_chart",
            lead=True,
        ),
        Exhibit(
            "ranks",
            "Ranking",
            "By the error of the mean, a failure last. Open marks do not differ from the best "
            "(Wilcoxon over tasks, Holm, p < 0.05). Right: to {table1[quantum]} nats.",
            "Mean rank over tasks by the error of the mean, a failure last; right answers at "
            "{table1[quantum]} nats, p-value against the best (Wilcoxon's signed-rank test over "
            "tasks, Holm-corrected; open marks do not differ from it), median seconds. "
            f"{_PAPER}",
            table=("csv", "md"),
            figure=True,
            chart=f"{_OVERVIEW}.ranks_chart",
            lead=True,
        ),
        Exhibit(
            "errors",
            "Every estimate",
            "Each minus the truth: {tasks} tasks, {benchmark[seeds]} seeds. A row's tasks "
            "lie below one another in the order of Table 1; point at a mark to see its task in "
            "every row. Arrows are errors beyond 0.6 nats.",
            chart=f"{_CHARTS}.errors_chart",
        ),
        Exhibit(
            "table1_paper",
            "Beside the paper",
            "Our Table 1 beside the paper's (rounded to 0.1 nats there) and the difference. Cells "
            "that the scan of the paper lost are marked, not guessed.",
            table=("csv", "md"),
            figure=True,
            needs=("minde-j", "minde-c", "mine", "infonce", "donsker_varadhan", "nwj"),
        ),
        Exhibit(
            "table4",
            "Table 4",
            "Every read-out of MINDE with its reference widths σ, all from one pass over the same "
            "networks, and estimators without networks. Mean over seeds, rounded; red below the "
            "truth, blue above. The paper finds σ = 1 best outside, and the difference inside more "
            "robust.",
            table=("csv", "md", "tex"),
            figure=True,
            needs=("minde-j", "minde-c", "ksg", "cca", "kde", "histogram"),
        ),
        Exhibit(
            "table5",
            "Table 5",
            "Mean ± standard deviation over seeds, not rounded. A star marks a mean that lacks "
            "failed seeds.",
            table=("csv", "md", "tex"),
        ),
        Exhibit(
            "boxplot",
            "Box plots",
            "Figures 3 and 4: estimates over seeds, one panel per task; dashed: the truth.",
            figure=True,
            paged=True,
        ),
        Exhibit(
            "integrand",
            "Integrand over time",
            "Where in diffusion time an estimate comes from; the contributions sum to it.",
            chart=f"{_CHARTS}.integrand_chart",
        ),
        Exhibit(
            "training",
            "Training curves",
            "Denoising loss over training, mean over the members of an ensemble.",
            chart=f"{_CHARTS}.training_chart",
        ),
    )

    def suite(self, config: Config, estimator: str = "") -> str:
        """As configured."""
        return str(config["benchmark"]["suite"])

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Those chosen."""
        return select_tasks(self.suite(config), config[self.name]["tasks"], f"{self.name}.tasks")

    def known_tasks(self, config: Config) -> list[TaskInfo]:
        """All of the suite."""
        return select_tasks(self.suite(config), "all")

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """With ``train_size.steps: epochs`` a smaller training set takes fewer steps in proportion.

        So does the public script.
        """
        options = minde_options(config, family)
        full = config["benchmark"]["n_train"]
        if config["train_size"]["steps"] == "epochs" and int(n) < full:
            steps = make_recipe(config["minde"]["recipe"], family, dim, **options).training.n_steps
            options["n_steps"] = max(1, round(steps * int(n) / full))
        return options

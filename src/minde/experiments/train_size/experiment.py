"""Training sizes (Figures 5 to 8): the benchmark's tasks again, at its own size with its files."""

from __future__ import annotations

from minde.experiments.base import Exhibit
from minde.experiments.benchmark.experiment import Benchmark
from minde.experiments.options import Config


class TrainSize(Benchmark):
    """Tasks of the benchmark's suite at ``train_size.sizes``."""

    name = "train_size"
    exhibits = (
        Exhibit(
            "train_size",
            "Training size",
            "Figures 5 to 8. Estimate against the number of training points, mean and range over "
            "seeds; dashed: the truth.",
            table=("csv",),
            figure=True,
            paged=True,
            chart="minde.experiments.train_size.charts.train_size_chart",
        ),
    )

    def sizes(self, config: Config) -> list[str]:
        """Those configured."""
        return [str(n) for n in config["train_size"]["sizes"]]

    def drawn_seeds(self, config: Config, task: str, n: str, estimator: str) -> int:
        """The benchmark's where it runs the same, so that both have the same files."""
        section, seeds = config["benchmark"], self.seeds(config)
        shared = (
            n == str(section["n_train"])
            and (section["tasks"] == "all" or task in section["tasks"])
            and estimator in Benchmark().estimators(config)
        )
        return max(seeds, int(section["seeds"])) if shared else seeds

"""The user's own tables: every configured estimator runs on them."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo

SUITE = "user"
#: Dimension of X, and of Y, that a table is taken to have before it is read: a large one.
DIM = 50


class Datasets(Experiment):
    """A task per table."""

    name = "datasets"
    extras = ("mixed",)
    exhibits = (
        Exhibit(
            "datasets",
            "Your tables",
            "Every configured estimator on your own tables, mean and range over seeds in nats; "
            "there is no truth to compare with.",
            table=("csv", "md"),
            figure=True,
        ),
    )

    def suite(self, config: Config, estimator: str = "") -> str:
        """``user``."""
        return SUITE

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Named as configured."""
        return [TaskInfo(name, name, DIM, DIM) for name in config["datasets"]]

    def sizes(self, config: Config) -> list[str]:
        """All training rows."""
        return ["all"]

    def seeds(self, config: Config) -> int:
        """The benchmark's: the section holds tables alone."""
        return int(config["benchmark"]["seeds"])

    def wanted_estimators(self, config: Config) -> str | list[str]:
        """Those of any table."""
        wanted = [_wanted(config, name) for name in config["datasets"]]
        return "all" if "all" in wanted else sorted({name for names in wanted for name in names})

    def takes(self, config: Config, task: TaskInfo, name: str) -> bool:
        """Those of the table."""
        wanted = _wanted(config, task.task_id)
        return wanted == "all" or name in wanted


def _wanted(config: Config, table: str) -> str | list[str]:
    wanted: str | list[str] | None = config["datasets"][table].get("estimators")
    return "all" if wanted is None else wanted


def read_entries(config: Config) -> dict[str, dict[str, Any]]:
    """What the rows of each table follow from: its entry, but for what is done with them."""
    done = ("estimators", "questions")
    return {
        name: {key: value for key, value in entry.items() if key not in done}
        for name, entry in config["datasets"].items()
    }

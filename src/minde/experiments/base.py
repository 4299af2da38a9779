"""What an experiment declares; the workflow's targets and the report's sections follow from it.

An experiment is a set of tasks, training sizes and seeds, every estimator on them, and what is
shown of the estimates. Light to import: functions are named, not imported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from minde.errors import ConfigError, nearest
from minde.experiments.estimators import (
    baselines,
    is_minde,
    minde_names,
    most_seeds,
    only_for,
)
from minde.experiments.options import Config, job_seeds, minde_options
from minde.experiments.task import TaskInfo


@dataclass(frozen=True)
class Cell:
    """One estimate file: an estimator on the seeds ``first`` to ``last`` of a task."""

    suite: str
    task: str
    n: str
    estimator: str
    first: int
    last: int

    def path(self, run: str) -> str:
        """The estimate file."""
        return f"{run}/estimates/{self.suite}/{self.task}/{self.estimator}/{self._seeds}.parquet"

    def score_path(self, run: str) -> str:
        """The weight file behind an estimate of ours."""
        family = self.estimator.removeprefix("minde-")
        return f"{run}/scores/{self.suite}/{self.task}/{family}/{self._seeds}.safetensors"

    @property
    def _seeds(self) -> str:
        return f"n{self.n}-seeds{self.first}-{self.last}"


@dataclass(frozen=True)
class Exhibit:
    """What is shown: a table, a figure or both under one name, and a section of the report.

    Texts may hold keys of the configuration in braces.

    Arguments:
        name: Stem of its files, and the section's anchor.
        title: The section's heading.
        claim: The section's text: what is claimed, how it was made, and the paper's number beside
            ours; ``{tasks}`` is the number of tasks.
        caption: The text under its files in Snakemake's own report, where the claim is not for it.
        table: Suffixes of the table's files: ``csv``, ``md``, ``tex``.
        figure: Whether there is one; its rule is of the experiment's rules.
        paged: Whether a figure has a panel per task, and as many pages as they take.
        chart: Function of a ``charts.Source`` that draws the section's interactive chart, in the
            place of the figure; a dotted name.
        lead: Whether the report opens with its chart.
        beside: What it is made of beside estimates: an archive has it not.
        needs: Estimators of which it needs one at least; none where any will do.
    """

    name: str
    title: str
    claim: str = ""
    caption: str = ""
    table: tuple[str, ...] = ()
    figure: bool = False
    paged: bool = False
    chart: str = ""
    lead: bool = False
    beside: str = ""
    needs: tuple[str, ...] = ()


class Experiment:
    """An experiment on tasks of its own; one that differs says so in a class of its own."""

    #: Key of the configuration, and suite of the tasks.
    name: ClassVar[str]
    #: In the order of the report.
    exhibits: ClassVar[tuple[Exhibit, ...]] = ()
    #: Stage that draws a task's samples, where rule ``sample_task`` does; a dotted name.
    sampler: ClassVar[str] = ""
    #: What estimators that are only for it run as well: ``images``, ``mixed``, ``few``.
    extras: ClassVar[tuple[str, ...]] = ()
    #: Whether MINDE is run as a user runs it, by stage ``estimate_mixed``, on every task.
    fits: ClassVar[bool] = False
    #: Of what is run so, and of tables with kinds: whether all rows are read, by so many folds, or
    #: the test rows alone.
    folds: ClassVar[int] = 1

    def suite(self, config: Config, estimator: str = "") -> str:
        """Suite of the samples that an estimator sees."""
        return self.name

    def tasks(self, config: Config) -> list[TaskInfo]:
        """The tasks."""
        return []

    def known_tasks(self, config: Config) -> list[TaskInfo]:
        """Every task of the suite that may be sampled."""
        return self.tasks(config)

    def sizes(self, config: Config) -> list[str]:
        """Numbers of training points; ``all`` is every row that is not for testing."""
        return [str(config[self.name]["n_train"])]

    def seeds(self, config: Config) -> int:
        """Number of seeds."""
        return int(config[self.name]["seeds"])

    def drawn_seeds(self, config: Config, task: str, n: str, estimator: str) -> int:
        """Seeds that are run: more where another experiment asks for more of the same."""
        return self.seeds(config)

    def known_estimators(self, config: Config) -> list[str]:
        """Estimators that can run: ``minde-c``, ``mine``, ..."""
        taken = ("", *self.extras)
        return minde_names(config) + [n for n in baselines(config) if only_for(config, n) in taken]

    def wanted_estimators(self, config: Config) -> str | list[str]:
        """``all``, or names."""
        wanted: str | list[str] = config[self.name].get("estimators", "all")
        return wanted

    def estimators(self, config: Config) -> list[str]:
        """Estimators that run, in the order of tables.

        Raises:
            ConfigError: If the section names one that is not configured.
        """
        known, wanted = self.known_estimators(config), self.wanted_estimators(config)
        if wanted == "all":
            return known
        for name in wanted:
            if name not in known:
                raise ConfigError(
                    f"config: {self.name}.estimators: '{name}' is not configured under "
                    f"minde.families or baselines.estimators{nearest(name, known)}"
                )
        return [name for name in known if name in wanted]

    def takes(self, config: Config, task: TaskInfo, name: str) -> bool:
        """Whether an estimator that runs does so on a task: MINDE-C on three variables at most."""
        return name != "minde-c" or len(task.dims) <= 3

    def cells(self, config: Config) -> list[Cell]:
        """Every estimate file."""
        return list(self._cells(config))

    def active(self, config: Config) -> bool:
        """Whether there is anything to run."""
        return any(True for _ in self._cells(config))

    def _cells(self, config: Config) -> Iterator[Cell]:
        tasks, sizes = self.tasks(config), self.sizes(config)
        if not (tasks and sizes):
            return  # Left out; its estimators need not be configured.
        names, seeds = self.estimators(config), self.seeds(config)
        suites = {name: self.suite(config, name) for name in names}
        for n in sizes:
            for task in tasks:
                for name in (m for m in names if self.takes(config, task, m)):
                    drawn = self.drawn_seeds(config, task.task_id, n, name)
                    drawn = most_seeds(config, name, drawn)
                    for first, last in job_seeds(drawn, _seeds_per_job(config, name)):
                        if first < seeds:
                            folder = self._folder(config, name)
                            yield Cell(suites[name], task.task_id, n, folder, first, last)

    def _folder(self, config: Config, name: str) -> str:
        return f"{name}-{self.recipe(config)}" if is_minde(name) else name

    def suffices(self, tasks: set[str]) -> bool:
        """Whether something can be shown of these tasks alone."""
        return bool(tasks)

    def shown(self, config: Config) -> list[Exhibit]:
        """What is shown under this configuration."""
        return list(self.exhibits) if self.active(config) else []

    def stems(self, config: Config, exhibit: Exhibit) -> list[str]:
        """Stems of a figure's files, one per page."""
        if not exhibit.paged:
            return [exhibit.name] * exhibit.figure
        count = pages(len(self.tasks(config)), config["figures"][exhibit.name]["panels"])
        return [f"{exhibit.name}-{page + 1}" for page in range(count)]

    def files(
        self,
        config: Config,
        run: str,
        charts: bool = True,
        left_out: Collection[str] = (),
    ) -> list[str]:
        """Tables and figures below ``run``, but those of the exhibits that are left out.

        Without ``charts`` no figure that has a chart in its place.
        """
        shown = [x for x in self.shown(config) if x.name not in left_out]
        formats = config["figures"]["formats"]
        drawn = [x for x in shown if charts or not x.chart]
        stems = [stem for x in drawn for stem in self.stems(config, x)]
        return [
            *(f"{run}/tables/{x.name}.{ext}" for x in shown for ext in x.table),
            *(f"{run}/figures/{stem}.{ext}" for stem in stems for ext in formats),
        ]

    def sampler_options(self, config: Config) -> dict[str, Any]:
        """Options of the sampler."""
        return {"n_test": config[self.name]["n_test"]}

    def recipe(self, config: Config) -> str:
        """Recipe of its trainings."""
        return str(config["minde"]["recipe"])

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """Recipe options of a training on the suite: ``n`` points of ``dim`` dimensions in all."""
        return minde_options(config, family)


class UserExperiment(Experiment):
    """Trainings as a user has them: all rows are read, by options of the experiment's section."""

    fits = True
    folds = 5

    def recipe(self, config: Config) -> str:
        """A user's: the paper's is not meant for tables or few rows."""
        return "fast"

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """Its own: those of larger samples do not suit."""
        options: dict[str, Any] = config[self.name]["options"]
        return options


def pages(count: int, size: int) -> int:
    """Pages that ``count`` panels take."""
    return -(-count // size)


def _seeds_per_job(config: Config, name: str) -> int:
    if is_minde(name):
        return int(config["minde"]["seeds_per_job"])
    return int(config["baselines"]["seeds_per_job"])

"""What the archive should hold: every estimate of its configurations, and slices of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from minde.baselines.base import options_of
from minde.declare import plain
from minde.errors import InputError, nearest
from minde.experiments.archive.rows import ESTIMATE, split_name
from minde.experiments.base import Cell
from minde.experiments.config import Configuration, check_config
from minde.experiments.estimators import is_minde
from minde.experiments.options import Config
from minde.experiments.registry import EXPERIMENTS, owner, suite_tasks
from minde.recipe import make_recipe
from minde.stages.records import config_digest

#: Files of the configurations whose estimates are published, each laid over the one before.
GRIDS = (("config/desk.yaml",), ("config/desk.yaml", "config/desk-paper.yaml"))


@dataclass(frozen=True)
class Slice:
    """A part of a configuration's estimates; what is empty leaves nothing out.

    Arguments:
        experiments: Names of experiments.
        estimators: Names of estimators.
        tasks: Ids of tasks.
        seeds: First and last seed; a job that has one of these is of the slice.
    """

    experiments: tuple[str, ...] = ()
    estimators: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    seeds: tuple[int, int] | None = None

    def cells(self, config: Config) -> list[tuple[str, Cell]]:
        """The experiment and the estimate file of each job, seed by seed.

        Raises:
            InputError: On a name of which there is no estimate, with the nearest that there is.
        """
        every = [(name, c) for name, e in EXPERIMENTS.items() for c in e.cells(config)]
        _known("experiment", self.experiments, {name for name, _ in every})
        _known("estimator", self.estimators, {split_name(c.estimator)[0] for _, c in every})
        _known("task", self.tasks, {c.task for _, c in every})
        kept = [(name, c) for name, c in every if self._has(name, c)]
        return sorted(kept, key=lambda pair: pair[1].first)

    def _has(self, experiment: str, cell: Cell) -> bool:
        first, last = self.seeds or (cell.first, cell.last)
        return (
            experiment in (self.experiments or (experiment,))
            and split_name(cell.estimator)[0] in (self.estimators or split_name(cell.estimator))
            and cell.task in (self.tasks or (cell.task,))
            and cell.first <= last
            and first <= cell.last
        )


def _known(kind: str, names: Sequence[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            hint = nearest(name, sorted(known))
            raise InputError(f"archive: no estimate is of {kind} '{name}'{hint}")


@functools.cache
def load_config(paths: tuple[str, ...]) -> Config:
    """The default configuration with files laid over it, as Snakemake lays them; checked.

    Raises:
        InputError: If there is no such file.
        ConfigError: As ``check_config`` does.
    """
    config: Config = plain(Configuration())
    for path in paths:
        if not Path(path).is_file():
            raise InputError(f"archive: there is no {path}; run from the repository's folder")
        _overlay(config, yaml.safe_load(Path(path).read_text()))
    check_config(config)
    return config


def _overlay(config: dict[str, Any], over: dict[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            _overlay(config[key], value)
        else:
            config[key] = value


def expected(config: Config) -> pd.DataFrame:
    """One row an experiment and estimate: ``experiment``, and what an estimate is of."""
    rows = []
    for experiment, cell in Slice().cells(config):
        estimator, recipe = split_name(cell.estimator)
        for seed in range(cell.first, min(cell.last + 1, EXPERIMENTS[experiment].seeds(config))):
            key = (cell.suite, cell.task, estimator, recipe, cell.n, seed)
            rows.append((experiment, *key))
    return pd.DataFrame(rows, columns=["experiment", *ESTIMATE])


def settings(config: Config, cells: Sequence[Cell]) -> list[str]:
    """The ``config_digest`` that each estimate has when it is made under a configuration."""
    tasks = suite_tasks(config)

    @functools.cache
    def of_recipe(name: str, family: str, suite: str, n: str, dim: int) -> str:
        experiment = owner(config, suite)
        options = experiment.training_options(config, family, n, dim)
        if experiment.fits:
            return config_digest({"recipe": name, **options})
        n_train = None if n == "all" else int(n)
        return config_digest(make_recipe(name, family, dim, n_train, **options).to_dict())

    def of(cell: Cell) -> str:
        name, recipe = split_name(cell.estimator)
        if not is_minde(name):
            return config_digest(options_of(name, config["baselines"]["estimators"][name]))
        dim = sum(tasks[cell.suite, cell.task].dims)
        return of_recipe(recipe, name.removeprefix("minde-"), cell.suite, cell.n, dim)

    return [of(cell) for cell in cells]

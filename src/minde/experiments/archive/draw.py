"""What the archive's rows suffice for, and stage `publish`: its estimates as a run's table."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from minde.experiments.archive.expected import GRIDS, expected, load_config
from minde.experiments.archive.rows import ESTIMATE, read_archive
from minde.experiments.base import Exhibit
from minde.experiments.collect import labelled
from minde.experiments.config import PUBLISHED
from minde.experiments.estimators import estimator_labels, is_minde
from minde.experiments.options import Config
from minde.experiments.registry import EXPERIMENTS
from minde.io.files import write_parquet
from minde.stages import records


def newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each estimate the rows of the code that made it last."""
    last = rows.sort_values("made").groupby(ESTIMATE, sort=False)["code_digest"].last()
    joined = rows.merge(last.rename("last").reset_index(), on=ESTIMATE, how="left")
    kept: pd.DataFrame = rows[(joined["last"] == joined["code_digest"]).to_numpy()]
    return kept


def archived(rows: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Rows of an experiment's estimates, as the archive has them.

    An estimate by another recipe than the first configuration's is of an estimator of its own, such
    as ``minde-c-paper``.
    """
    wanted = pd.concat([expected(load_config(grid)) for grid in GRIDS])
    keys = wanted.loc[wanted["experiment"] == experiment, ESTIMATE].drop_duplicates()
    found = newest(rows).merge(keys, on=ESTIMATE)
    own = EXPERIMENTS[experiment].recipe(load_config(GRIDS[0]))
    other = (found["recipe"] != "") & (found["recipe"] != own)
    names = found["estimator"].where(~other, found["estimator"] + "-" + found["recipe"])
    return found.assign(estimator=names)


def published_labels() -> dict[str, str]:
    """Label of every estimator, in the order of tables; after ours that by the other recipe."""
    config, others = load_config(GRIDS[0]), [load_config(grid) for grid in GRIDS[1:]]
    labels: dict[str, str] = {}
    for name, label in estimator_labels(config).items():
        labels[name] = label
        if is_minde(name):
            recipes = [other["minde"]["recipe"] for other in others]
            labels |= {f"{name}-{recipe}": f"{label}, recipe {recipe}" for recipe in recipes}
    return labels


def publish(sums: str | Path, experiment: str, collected: str | Path) -> None:
    """Write the archive's estimates of an experiment as ``collect`` does those of a run.

    Arguments:
        sums: Checksums of the archive, in its folder.
        experiment: Name of the experiment.
        collected: Output parquet.
    """
    frame = archived(read_archive(Path(sums).parent), experiment)
    frame = labelled(frame[records.SCHEMA.names], published_labels())
    write_parquet(pa.Table.from_pandas(frame), collected)


@dataclass(frozen=True)
class Publication:
    """What can be drawn of an archive.

    Attributes:
        config: The first configuration, with the tasks of which there are rows.
        frames: The rows of each experiment that has enough.
    """

    config: Config
    frames: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, folder: str | Path, figures: dict[str, Any]) -> Publication:
        """That of an archive's folder; ``figures`` is how figures look."""
        config = copy.deepcopy(load_config(GRIDS[0])) | {"run": PUBLISHED, "figures": figures}
        rows, frames = read_archive(folder), {}
        for name, experiment in EXPERIMENTS.items():
            frame = archived(rows, name)
            if experiment.suffices(set(frame["task"])):
                frames[name] = frame
            if "tasks" in config[name]:
                config[name]["tasks"] = sorted(set(frame["task"]))
        return cls(config, frames)

    def told(self) -> Config:
        """The configuration for texts, with the numbers of seeds that there are."""
        told = copy.deepcopy(self.config)
        told["run"] = f"{PUBLISHED} (rows of the archive; jobs and versions are of the drawing)"
        if "benchmark" in self.frames:
            frame = self.frames["benchmark"]
            seeds = frame.groupby(["task", "estimator"])["seed"].nunique()
            low, high = seeds.min(), seeds.max()
            told["benchmark"]["seeds"] = str(high) if low == high else f"{low} to {high}"
        return told

    def lacks(self, experiment: str, exhibit: Exhibit) -> str:
        """What an exhibit lacks; nothing where it can be drawn."""
        if exhibit.beside:
            return f"made of {exhibit.beside}, which the archive has not"
        if experiment not in self.frames:
            return "no estimates, or not enough"
        there = set(self.frames[experiment]["estimator"].str.removesuffix("-paper"))
        if exhibit.needs and not there & set(exhibit.needs):
            return f"no estimates by {', '.join(exhibit.needs)}"
        return ""

    def files(self, folder: str, charts: bool = True) -> list[str]:
        """Tables and figures below a folder, as ``Experiment.files`` of a run."""
        found = []
        for name in self.frames:
            left_out = {x.name for x in EXPERIMENTS[name].exhibits if self.lacks(name, x)}
            found += EXPERIMENTS[name].files(self.config, folder, charts, left_out)
        return found

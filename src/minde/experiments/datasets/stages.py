"""Stage `sample_dataset`: a user's table as a sample file, and the table of its estimates."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from minde.columns import Variable
from minde.declare import build
from minde.errors import InputError
from minde.experiments.datasets.options import DatasetOptions
from minde.experiments.tables import markdown as markdown_table
from minde.experiments.tables import number, row_order
from minde.inputs import as_matrix, read_variables
from minde.io.tables import pick, read_table
from minde.kinds import asked_kinds, decide
from minde.reading.copies import without_copies
from minde.serial import order_warning
from minde.stages.samples import told_apart, write_samples
from minde.types import Array

SUITE = "user"

logger = logging.getLogger("minde.datasets")


def sample_dataset(
    table: str | Path, task: str, entry: Mapping[str, Any], seed: int, samples: str | Path
) -> None:
    """Split a table's rows at random into train and test points and write them.

    Arguments:
        table: The user's file.
        task: Name of the dataset.
        entry: Its entry of the configuration, :class:`DatasetOptions`.
        seed: Seed of the split.
        samples: Output parquet.
    """
    where, options = f"datasets.{task}", build(DatasetOptions, dict(entry))
    columns = read_table(Path(table))
    of_rows: dict[str, Any] = {
        key: pick(columns, name, f"{where}.{key}")
        for key, name in (("weights", options.weights), ("groups", options.groups))
        if name
    }
    given = {
        f"{where}.{key}": pick(columns, names, f"{where}.{key}")
        for key, names in (("x", options.x), ("y", options.y))
    }
    read, sentences = read_variables(
        given,
        missing=options.missing or "refuse",
        option="missing: drop",
        **of_rows,
    )
    kept, copies = without_copies([*read.values()])
    read = dict(zip(read, kept, strict=True))
    looks = () if options.groups else order_warning(kept)
    for sentence in (*sentences, *copies, *looks):
        logger.warning(sentence)
    told: dict[str, Any] = {}
    if options.mixed:
        (xs, ys), told = _told_apart([*read.values()], options, where)
    else:
        xs, ys = (_numbers(variable, place) for place, variable in read.items())
    n_test = round(len(xs) * options.test_size)
    if not 1 < n_test < len(xs) - 1:
        raise InputError(f"{where}: test_size leaves {n_test} of {len(xs)} rows to test on")
    order = np.random.default_rng([seed, len(xs)]).permutation(len(xs))
    parts, n_train = [xs[order], ys[order]], len(xs) - n_test
    for key in of_rows:
        of_row = getattr(kept[0], key)
        told |= {} if of_row is None else {key: of_row[order]}
    write_samples(SUITE, task, seed, math.nan, parts, n_train, samples, told)


def _numbers(variable: Variable, place: str) -> Array:
    labels = [column for column in variable.columns if column.origin == "label"]
    if labels:
        raise InputError(
            f"{place}: column '{labels[0].name}' holds text, such as {labels[0].values[0]!r}; say "
            f"kinds: {{{labels[0].name}: categorical}} (or y_kind: categorical, where all of y are "
            "labels), or leave it out"
        )
    return as_matrix(variable, place)


def _told_apart(
    read: list[Variable], options: DatasetOptions, where: str
) -> tuple[list[Array], dict[str, list[str]]]:
    """Numbers, of labels their place among the levels; and names and kinds of all columns."""
    variables = [replace(v, name=name) for v, name in zip(read, "xy", strict=True)]
    try:
        asked = asked_kinds(variables, options.kinds)
        if options.y_kind:
            asked = {("y", name): options.y_kind for name in variables[1].names} | asked
        kinds = [
            [decide(v.once(c), asked.get((v.name, c.name))) for c in v.columns] for v in variables
        ]
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    for decision in (d for of_variable in kinds for d in of_variable):
        logger.info(decision.why)
    return told_apart(variables, kinds)


def dataset_table(estimates: str | Path, csv: str | Path, markdown: str | Path) -> None:
    """One row a dataset and estimator: mean over seeds, spread, error, status."""
    frame = pd.read_parquet(estimates)
    frame = frame[(frame["suite"] == SUITE) & frame["reported"]]
    rows = []
    for (task, label), part in frame.groupby(["task", "label"]):
        values = part["mi_estimate"]
        rows.append(
            {
                "dataset": task,
                "estimator": label,
                "mi_estimate": values.mean(),
                "std_seeds": values.std(ddof=1) if len(values) > 1 else math.nan,
                "std_error": part["std_error"].mean(),
                "seeds": int(values.notna().sum()),
                "seconds": part["seconds"].sum(),
                "status": "; ".join(sorted(set(part["status"]))),
            }
        )
    order = row_order(frame)
    table = pd.DataFrame(rows)
    table["rank"] = table["estimator"].map(order.index)
    table = table.sort_values(["dataset", "rank"]).drop(columns="rank")
    table.to_csv(csv, index=False, float_format="%.6f")
    text = pd.DataFrame(
        {
            "estimator": table["estimator"],
            "nats": table["mi_estimate"].map(number),
            "std. error": table["std_error"].map(number),
            "std over seeds": table["std_seeds"].map(number),
            "status": table["status"],
        }
    ).set_index(table["dataset"])
    Path(markdown).write_text(markdown_table(text, "dataset"))

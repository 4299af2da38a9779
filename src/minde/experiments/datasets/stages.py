"""Stage `sample_dataset`: a user's table as a sample file, and the table of its estimates."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd

from minde.errors import InputError
from minde.experiments.tables import markdown as markdown_table
from minde.experiments.tables import row_order
from minde.inputs import as_matrix, read_variables
from minde.io.tables import pick, read_table
from minde.reading.missing import Missing
from minde.stages.samples import write_samples

SUITE = "user"

logger = logging.getLogger("minde.datasets")


def sample_dataset(
    table: str | Path,
    task: str,
    x: str,
    y: str,
    test_size: float,
    seed: int,
    samples: str | Path,
    missing: Missing | None = None,
) -> None:
    """Split a table's rows at random into train and test points and write them.

    Arguments:
        table: The user's file.
        task: Name of the dataset.
        x: Its columns of X.
        y: Its columns of Y.
        test_size: Share of the rows to test on.
        missing: What becomes of rows that miss a value: ``refuse`` (the default), or ``drop``.
        seed: Seed of the split.
        samples: Output parquet.
    """
    where = f"datasets.{task}"
    columns = read_table(Path(table))
    given = {
        f"{where}.{key}": pick(columns, names, f"{where}.{key}")
        for key, names in (("x", x), ("y", y))
    }
    variables, sentences = read_variables(
        given, missing=missing or "refuse", option="missing: drop"
    )
    for sentence in sentences:
        logger.warning(sentence)
    xs, ys = (as_matrix(variable, place) for place, variable in variables.items())
    n_test = round(len(xs) * test_size)
    if not 1 < n_test < len(xs) - 1:
        raise InputError(f"{where}: test_size leaves {n_test} of {len(xs)} rows to test on")
    order = np.random.default_rng([seed, len(xs)]).permutation(len(xs))
    write_samples(SUITE, task, seed, math.nan, [xs[order], ys[order]], len(xs) - n_test, samples)


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

    def number(value: float) -> str:
        return "–" if pd.isna(value) else f"{value:.3f}"

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

"""Made-up archives: rows of some of the expected estimates."""

import functools

import numpy as np
import pandas as pd

from minde.experiments.archive.expected import GRIDS, expected, load_config
from minde.experiments.archive.rows import ESTIMATE, SCHEMA, write_archive
from minde.experiments.estimators import is_minde
from tests.rows import estimate_row

READOUTS = ("scaled", "inside", "outside-1", "outside-2")


@functools.cache
def _every():
    return expected(load_config(GRIDS[0]))


def wanted(experiment, estimators, tasks, seeds=1):
    """Expected estimates, as the archive names them."""
    frame = _every()
    keep = (frame["experiment"] == experiment) & frame["estimator"].isin(estimators)
    return frame[keep & frame["task"].isin(tasks) & (frame["seed"] < seeds)]


def archive_rows(estimates, error=0.02, truth=0.4, seed=0, **more):
    """A row a read-out of each estimate, with errors of so many nats."""
    rng, rows = np.random.default_rng(seed), []
    for row in estimates[ESTIMATE].drop_duplicates().itertuples(index=False):
        for k, name in enumerate(READOUTS if is_minde(row.estimator) else ("estimate",)):
            made = estimate_row(
                *(row.suite, row.task, row.seed, truth, row.estimator, name),
                truth + error * rng.normal(),
                n_train=900 if row.n == "all" else int(row.n),
                reported=k == 0,
                integrand=[0.01] * 50 if is_minde(row.estimator) and k == 0 else None,
                code_digest="0123456789ab",
                made="2026-01-01T00:00:00+00:00",
            )
            rows.append(made | {"recipe": row.recipe, "n": row.n, "seeds_of_job": "0-0", **more})
    return pd.DataFrame(rows, columns=SCHEMA.names)


def write(folder, *frames):
    """An archive of these rows."""
    write_archive(pd.concat(frames, ignore_index=True), folder)
    return folder

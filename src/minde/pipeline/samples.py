"""Sample files: parquet with columns x0.., y0.., split, and the truth in the metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from minde.arrays import Array
from minde.errors import InputError
from minde.tasks import bmi_samples


@dataclass(frozen=True)
class Samples:
    """Train and test points of one task and seed; arrays are (n, dim)."""

    suite: str
    task: str
    seed: int
    mi_true: float
    dim_x: int
    dim_y: int
    train: Array
    test: Array

    def split(self, part: Array) -> tuple[Array, Array]:
        """X and Y of the train or test array."""
        return part[:, : self.dim_x], part[:, self.dim_x :]


def sample_task(
    suite: str,
    task: str,
    seed: int,
    n_train: int,
    n_test: int,
    path: str | Path,
    options: dict[str, Any] | None = None,
) -> None:
    """Draw a task's points (the first n_train train, the rest test) and write them."""
    x, y, mi_true = bmi_samples.draw(suite, task, n_train + n_test, seed, options)
    write_samples(suite, task, seed, mi_true, x, y, n_train, path)


def write_samples(
    suite: str,
    task: str,
    seed: int,
    mi_true: float,
    x: Array,
    y: Array,
    n_train: int,
    path: str | Path,
) -> None:
    """Write points as a sample file; the first ``n_train`` are the training split."""
    columns = {f"x{k}": x[:, k] for k in range(x.shape[1])}
    columns |= {f"y{k}": y[:, k] for k in range(y.shape[1])}
    split = np.where(np.arange(len(x)) < n_train, "train", "test")
    table = pa.table({**columns, "split": pa.array(split).dictionary_encode()})
    meta = {
        "suite": suite,
        "task": task,
        "seed": seed,
        "mi_true": mi_true,
        "dim_x": x.shape[1],
        "dim_y": y.shape[1],
    }
    table = table.replace_schema_metadata({"minde": json.dumps(meta)})
    pq.write_table(table, str(path))


def read_samples(path: str | Path) -> Samples:
    """Read a sample file; InputError if it is damaged or not one of ours."""
    try:
        table = pq.read_table(str(path))
        meta = json.loads(table.schema.metadata[b"minde"])
    except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"samples: cannot read {path} ({error}); delete it and run again"
        ) from error
    is_train = np.asarray(table["split"].combine_chunks().dictionary_decode()) == "train"
    names = [f"x{k}" for k in range(meta["dim_x"])] + [f"y{k}" for k in range(meta["dim_y"])]
    values = np.stack([table[name].to_numpy() for name in names], axis=1)
    return Samples(**meta, train=values[is_train], test=values[~is_train])

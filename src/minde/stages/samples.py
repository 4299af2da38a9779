"""Sample files: parquet with columns x0.., y0.. (z0.., ...), split; the truth in the metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from minde.coding import indicators
from minde.columns import Column, Variable
from minde.errors import InputError
from minde.io.files import write_parquet
from minde.kinds import Decision, Kind
from minde.types import Array

#: First letters of the columns of each variable.
VARIABLES = "xyzuvw"
#: Columns of what is told of the rows, by field of the samples.
OF_ROWS = {"weights": "weight", "groups": "group"}


@dataclass(frozen=True)
class Samples:
    """Train and test points of one task and seed; arrays are (n, sum of dims).

    Of a table whose columns are told apart, ``names`` and ``kinds`` are of these; labels are
    numbered. Otherwise both are empty and every column is continuous.

    ``whole`` says that train and test together are all that a user has: what reads the test rows
    alone is given all. ``oracle`` is the mean over all rows of the true pointwise information,
    where it is known. ``weights`` and ``groups`` are those of all rows, in the order of ``every``,
    where there are any.
    """

    suite: str
    task: str
    seed: int
    mi_true: float
    dims: tuple[int, ...]
    train: Array
    test: Array
    names: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    whole: bool = False
    oracle: float = math.nan
    weights: Array | None = None
    groups: Array | None = None

    @property
    def of_rows(self) -> dict[str, Array]:
        """Weights and groups, where there are any, by name."""
        return {name: v for name in OF_ROWS if (v := getattr(self, name)) is not None}

    @property
    def every(self) -> Array:
        """Train and test rows, in this order."""
        return np.concatenate([self.train, self.test])

    def split(self, part: Array) -> tuple[Array, Array]:
        """X and Y of the train or test array; InputError if there are more variables."""
        if len(self.dims) != 2:
            raise InputError(f"samples: {self.task} has {len(self.dims)} variables, not two")
        return part[:, : self.dims[0]], part[:, self.dims[0] :]

    @property
    def discrete(self) -> tuple[str, ...]:
        """Names of columns that are not continuous."""
        pairs = zip(self.names, self.kinds, strict=True)
        return tuple(name for name, kind in pairs if kind != "continuous")

    def told(self) -> tuple[tuple[Kind, ...], tuple[Kind, ...]]:
        """Kinds of the columns of X and of Y."""
        one: Kind = "continuous"
        kinds = self.kinds or (one,) * sum(self.dims)
        return kinds[: self.dims[0]], kinds[self.dims[0] :]

    def indicated(self) -> Samples:
        """The same with an indicator column per level in place of a column of labels."""
        n_train, columns = len(self.train), self.every.T
        shown = []
        for column, kind in zip(columns, self.kinds, strict=True):
            codes = np.unique(column, return_inverse=True)[1][:, None].astype(np.int64)
            size = (int(codes.max()) + 1,)
            labels = kind == "categorical"
            shown.append(indicators(codes, size, (False,)) if labels else column[:, None])
        ends = np.cumsum(self.dims)
        groups = [shown[end - dim : end] for end, dim in zip(ends, self.dims, strict=True)]
        dims = tuple(sum(s.shape[1] for s in group) for group in groups)
        rows = np.concatenate(shown, axis=1)
        return replace(
            self, dims=dims, train=rows[:n_train], test=rows[n_train:], names=(), kinds=()
        )


def told_apart(
    variables: Sequence[Variable], decisions: Sequence[Sequence[Decision]]
) -> tuple[list[Array], dict[str, list[str]]]:
    """Numbers, of labels their place among the levels; and names and kinds of all columns.

    Arguments:
        variables: What there is.
        decisions: On each of their columns.
    """
    arrays = [
        np.stack([_coded(c, d) for c, d in zip(v.columns, of_variable, strict=True)], axis=1)
        for v, of_variable in zip(variables, decisions, strict=True)
    ]
    names = [name for v in variables for name in v.names]
    return arrays, {"names": names, "kinds": [d.kind for own in decisions for d in own]}


def _coded(column: Column, decision: Decision) -> Array:
    if decision.kind != "categorical":
        return np.asarray(column.values, dtype=np.float64)
    codes = np.unique(column.values.astype(str), return_inverse=True)[1]
    return np.asarray(codes, dtype=np.float64)


def write_samples(
    suite: str,
    task: str,
    seed: int,
    mi_true: float,
    variables: Sequence[Array | npt.NDArray[np.uint8]],
    n_train: int,
    path: str | Path,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Write points as a sample file; the first ``n_train`` are the training split.

    What else is told of them is ``told``, by fields of :class:`Samples`: ``names`` and ``kinds``
    where columns are told apart, ``whole``, ``oracle``, ``weights``, ``groups``.
    """
    told = dict(told or {})
    names = _columns([v.shape[1] for v in variables])
    columns = dict(zip(names, np.concatenate(variables, axis=1).T, strict=True))
    for field, name in OF_ROWS.items():
        if (of_row := told.pop(field, None)) is not None:
            columns[name] = of_row
    split = np.where(np.arange(len(variables[0])) < n_train, "train", "test")
    table = pa.table({**columns, "split": pa.array(split).dictionary_encode()})
    meta = {
        "suite": suite,
        "task": task,
        "seed": seed,
        "mi_true": mi_true,
        "dims": [v.shape[1] for v in variables],
        **told,
    }
    table = table.replace_schema_metadata({"minde": json.dumps(meta)})
    write_parquet(table, path)


def read_samples(path: str | Path) -> Samples:
    """Read a sample file; InputError if it is damaged or not one of ours."""
    try:
        table = pq.read_table(str(path))
        meta = json.loads(table.schema.metadata[b"minde"])
        meta |= {key: tuple(meta.get(key, ())) for key in ("dims", "names", "kinds")}
    except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"samples: cannot read {path} ({error}); delete it and run again"
        ) from error
    is_train = np.asarray(table["split"].combine_chunks().dictionary_decode()) == "train"
    values = np.stack([table[name].to_numpy() for name in _columns(meta["dims"])], axis=1)
    for field, name in OF_ROWS.items():
        if name in table.column_names:
            of_row = table[name].to_numpy()
            meta[field] = np.concatenate([of_row[is_train], of_row[~is_train]])
    return Samples(**meta, train=values[is_train], test=values[~is_train])


def _columns(dims: Sequence[int]) -> list[str]:
    return [f"{VARIABLES[v]}{k}" for v, dim in enumerate(dims) for k in range(dim)]

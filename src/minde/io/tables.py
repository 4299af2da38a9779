"""Reading the user's tables: parquet, CSV or npz, with column globs."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import numpy as np

from minde.errors import InputError, nearest


def read_table(path: Path) -> dict[str, Any]:
    """Columns of a file by name.

    Raises:
        InputError: If the file is missing, empty, unreadable or of another kind.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    kind = path.suffix.lower()
    try:
        if kind in (".parquet", ".pq"):
            import pyarrow.parquet as pq

            table = pq.read_table(str(path))
            return {name: table[name].to_numpy() for name in table.column_names}
        if kind in (".csv", ".tsv", ".txt"):
            import pandas as pd

            frame = pd.read_csv(path, sep="," if kind == ".csv" else None, engine="python")
            return {str(name): frame[name].to_numpy() for name in frame.columns}
        if kind == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return _flatten({name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"{path}: cannot be read as {kind[1:]} ({reason})") from error
    raise InputError(f"{path}: unknown kind of file '{kind}'; use parquet, csv, tsv or npz")


def _flatten(arrays: dict[str, Any]) -> dict[str, Any]:
    """Two-dimensional arrays become columns name0, name1, ..."""
    columns = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            columns[name] = array
        elif array.ndim == 2:
            columns |= {f"{name}{k}": array[:, k] for k in range(array.shape[1])}
        else:
            raise InputError(f"array '{name}' has {array.ndim} dimensions; use one or two")
    return columns


def pick_names(columns: dict[str, Any], pattern: str, option: str) -> list[str]:
    """Columns named by a comma-separated list of names and globs.

    Raises:
        InputError: If a name matches nothing, naming the nearest column.
    """
    names: list[str] = []
    for part in [p.strip() for p in pattern.split(",") if p.strip()]:
        found = [part] if part in columns else fnmatch.filter(columns, part)
        if not found:
            raise InputError(f"{option}: no column '{part}'{nearest(part, [*columns])}")
        names += [name for name in found if name not in names]
    if not names:
        raise InputError(f"{option}: name at least one column")
    return names


def pick(columns: dict[str, Any], pattern: str, option: str) -> Any:
    """The columns of :func:`pick_names` side by side, (rows, columns).

    Raises:
        InputError: Also if the columns have different lengths.
    """
    names = pick_names(columns, pattern, option)
    lengths = {len(columns[name]) for name in names}
    if len(lengths) > 1:
        raise InputError(f"{option}: columns {names} have different lengths {sorted(lengths)}")
    return np.stack([columns[name] for name in names], axis=1)

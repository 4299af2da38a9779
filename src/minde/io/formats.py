"""Columns of tables that are no text: pyarrow's, spreadsheets and numpy's arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from minde.errors import InputError
from minde.io.fields import field_names, refuse_values_for_names


def columns_of_parquet(path: Path) -> dict[str, Any]:
    """Columns of a parquet file, or of a folder of them."""
    import pyarrow.parquet as pq

    parts = [path]
    if path.is_dir():
        parts = sorted(p for p in path.rglob("*") if p.suffix in (".parquet", ".pq"))
        if not parts:
            raise InputError("the folder holds no parquet files")
    _refuse_twice(pq.read_schema(str(parts[0])).names)
    return columns_of_arrow(pq.read_table(str(path)))


def columns_of_arrow(table: Any) -> dict[str, Any]:
    """Columns of a pyarrow table; whole numbers and truth values stay so beside missing ones."""
    import pandas as pd
    import pyarrow as pa

    names = [str(name) for name in table.column_names]
    _refuse_twice(names)
    sizes = ("8", "16", "32", "64")
    nullable = {getattr(pa, f"int{s}")(): getattr(pd, f"Int{s}Dtype")() for s in sizes}
    nullable |= {getattr(pa, f"uint{s}")(): getattr(pd, f"UInt{s}Dtype")() for s in sizes}
    nullable[pa.bool_()] = pd.BooleanDtype()
    columns = {}
    for name, column in zip(names, table.columns, strict=True):
        if name.startswith("__index_level_"):  # pandas' index, where it has no name
            continue
        kept: Any = nullable.get(column.type) if column.null_count else None
        found = column.to_pandas() if kept is None else kept.__from_arrow__(column)
        columns[name] = pd.Series(found)
    return columns


def columns_of_excel(path: Path) -> dict[str, Any]:
    """The first sheet; its first row names the columns."""
    import pandas as pd

    frame = pd.read_excel(path, header=None, dtype=object)
    frame = frame.dropna(how="all").dropna(how="all", axis=1)
    if len(frame) < 2:
        raise InputError("its first sheet has no rows below the names")
    header = ["" if pd.isna(name) else str(name) for name in frame.iloc[0]]
    rows = [(len(header), "", "x")] * (len(frame) - 1)  # of a sheet all have the same fields
    names = field_names(header, rows, ",", False)
    columns = {
        name: frame.iloc[1:, k].reset_index(drop=True)
        for k, name in enumerate(names)
        if name is not None
    }
    refuse_values_for_names(columns)
    return columns


def columns_of_arrays(arrays: dict[str, Any]) -> dict[str, Any]:
    """Two-dimensional arrays become columns name0, name1, ...; named fields are columns."""
    found: list[tuple[str, Any]] = []
    for name, array in arrays.items():
        if array.dtype.names and array.ndim == 1:
            found += [(field, array[field]) for field in array.dtype.names]
        elif array.ndim == 1:
            found.append((name or "0", array))
        elif array.ndim == 2:
            found += [(f"{name}{k}", array[:, k]) for k in range(array.shape[1])]
        else:
            called = f"array '{name}'" if name else "the array"
            raise InputError(f"{called} has {array.ndim} dimensions; use one or two")
    _refuse_twice([name for name, _ in found])
    return dict(found)


def _refuse_twice(names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"two columns are named '{twice}'; rename one")

"""What was given as one variable, split into columns that are not yet converted.

Libraries are told apart by what their objects can do, so that none of them is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from minde.errors import InputError

#: Most bytes that a sparse matrix may take when made dense.
MAX_DENSE_BYTES = 1 << 32


@dataclass(frozen=True)
class Given:
    """Columns of one variable as given: numpy arrays, or series of pandas or polars.

    Attributes:
        columns: Name and values of each, in order.
        named: Whether a table gave the names; else they are ``name[k]``.
    """

    columns: tuple[tuple[str, Any], ...]
    named: bool


def split(values: Any, name: str) -> Given:
    """Split a variable into its columns.

    Arguments:
        values: Array, masked array, list, tensor, sparse matrix, frame or series of pandas or
            polars, or a mapping of names to columns; one dimension is one column.
        name: What to call the variable.

    Raises:
        InputError: If it has no rows and columns, or two columns of one name.
    """
    if type(values).__name__ == "LazyFrame":
        values = values.collect()
    if isinstance(values, Mapping):
        return _table([(key, _one(column, name)) for key, column in values.items()], name)
    if hasattr(values, "get_columns"):  # polars
        return _table([(column.name, column) for column in values.get_columns()], name)
    if hasattr(values, "iloc") and hasattr(values, "columns"):  # pandas
        if list(values.columns) == list(range(len(values.columns))):  # the names of none given
            numbered = ((f"{name}[{k}]", values.iloc[:, k]) for k in range(values.shape[1]))
            return Given(tuple(numbered), False)
        columns = [(key, values.iloc[:, k]) for k, key in enumerate(values.columns)]
        return _table(columns, name)
    if is_series(values):
        own = getattr(values, "name", None)
        return Given(((f"{name}[0]" if own in (None, "") else str(own), values),), False)
    array = _array(values, name)
    if array.dtype.names and array.ndim == 1:
        return _table([(key, array[key]) for key in array.dtype.names], name)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(f"{name}: need rows and columns, got shape {np.shape(array)}")
    return Given(tuple((f"{name}[{k}]", array[:, k]) for k in range(array.shape[1])), False)


def is_series(values: Any) -> bool:
    """Whether this is a series or extension array of pandas, or a series of polars."""
    other = hasattr(values, "columns") or hasattr(values, "detach")  # a frame, a tensor
    return (
        not other
        and not isinstance(values, np.ndarray)
        and hasattr(values, "dtype")
        and hasattr(values, "unique")
    )


def _table(columns: Iterable[tuple[Any, Any]], name: str) -> Given:
    named = tuple((str(key), column) for key, column in columns)
    names = [key for key, _ in named]
    if not names:
        raise InputError(f"{name}: need rows and columns, got a table without columns")
    if twice := [key for key in dict.fromkeys(names) if names.count(key) > 1]:
        raise InputError(f"{name}: two columns are named '{twice[0]}'; rename one")
    return Given(named, True)


def _one(column: Any, name: str) -> Any:
    """One column of a mapping."""
    if is_series(column):
        return column
    array = _array(column, name)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        raise InputError(f"{name}: a column has one dimension, got shape {array.shape}")
    return array


def _array(values: Any, name: str) -> Any:
    """A numpy array, masked where the values are."""
    if hasattr(values, "detach"):  # torch: it may be on a GPU, have a gradient, be sparse
        return _tensor(values.detach(), name)
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        _check_dense(values.shape, name)
        return np.asarray(values.toarray())
    if isinstance(values, np.ma.MaskedArray):
        return values
    try:
        array = np.asarray(values)
        if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
            # numpy would make text of numbers and of None beside text.
            array = np.asarray(values, dtype=object)
    except (ValueError, TypeError, RuntimeError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"{name}: rows and columns cannot be made of it ({reason})") from error
    return array


def _tensor(tensor: Any, name: str) -> Any:
    if str(tensor.layout) != "torch.strided":
        _check_dense(tensor.shape, name)
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    # numpy knows no bfloat16.
    return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def _check_dense(shape: Any, name: str) -> None:
    rows, columns = (*shape, 1)[:2]
    if (size := 8 * int(rows) * int(columns)) > MAX_DENSE_BYTES:
        raise InputError(
            f"{name}: a sparse matrix of {rows} x {columns} takes {size / 2**30:.0f} GiB dense; "
            "choose columns"
        )

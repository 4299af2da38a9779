"""Arrays, frames and lists as variables: what numbers, truth values and labels are."""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.columns import Column, Origin, Variable
from minde.errors import InputError

_ORIGINS: dict[str, Origin] = {"b": "boolean", "i": "integer", "u": "integer", "f": "float"}


def as_variable(values: Any, name: str) -> Variable:
    """A variable of (rows, columns) or (rows,); a variable is left as it is.

    Raises:
        InputError: On missing values, fewer than two rows or no column.
    """
    if isinstance(values, Variable):
        return values
    if hasattr(values, "columns") and hasattr(values, "iloc"):
        columns = [(str(key), values.iloc[:, k]) for k, key in enumerate(values.columns)]
    else:
        # A torch tensor may be on a GPU and have a gradient.
        array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or 0 in array.shape:
            raise InputError(f"{name}: need rows and columns, got shape {np.shape(values)}")
        columns = [(f"{name}[{k}]", column) for k, column in enumerate(array.T)]
    if not columns or len(columns[0][1]) < 2:
        raise InputError(f"{name}: one row is not a sample; give many")
    made = Variable(name, tuple(_column(key, column) for key, column in columns))
    _check_finite(made)
    return made


def _column(name: str, values: Any) -> Column:
    origin = _ORIGINS.get(getattr(values.dtype, "kind", "O"))
    array = np.asarray(values)
    if array.dtype.kind == "O" and origin is not None:
        # A nullable column of pandas; its missing values are of no number.
        array = np.where(values.isna(), np.nan, array)
    if origin is None:
        return Column(name, array.astype(object), "label")
    try:
        return Column(name, array.astype(np.float64), origin)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: missing values; drop or fill them") from error


def _check_finite(variable: Variable) -> None:
    for column in variable.columns:
        if column.origin == "label":
            bad = np.array([v is None or v != v for v in column.values.tolist()])
        else:
            bad = ~np.isfinite(column.values)
        if bad.any():
            row, at = int(np.argmax(bad)), variable.columns.index(column)
            raise InputError(
                f"{variable.name}: {int(bad.sum())} values are NaN or infinite, the first in row "
                f"{row}, column {at} ({column.name}); drop or fill them"
            )


def refuse_labels(variable: Variable, what: str) -> None:
    """Raise InputError if a column holds labels, for ``what`` takes numbers alone."""
    for column in variable.columns:
        if column.origin == "label":
            raise InputError(
                f"{column.name} holds labels, and {what} takes numbers alone; mutual information "
                "of two variables takes labels"
            )

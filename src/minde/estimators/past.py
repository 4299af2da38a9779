"""The past of a series: its columns at some lags before each row, and their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.kinds import Kind, asked_kinds

#: Rows before this one: one number, or several.
Lags = int | Iterable[int]


def whole_lags(lags: Lags, name: str, least: int | None) -> list[int]:
    """Lags without repeats; InputError on none, on what is no whole number, or is too small."""
    found = [lags] if isinstance(lags, int | np.integer) else [*lags]
    whole = all(isinstance(lag, int | np.integer) for lag in found)
    if not found or not whole or (least is not None and min(found) < least):
        bound = "" if least is None else f" from {least}"
        raise InputError(f"{name}: give whole numbers of rows{bound}, got {lags!r:.60}")
    return [*dict.fromkeys(map(int, found))]


def past_of(variable: Variable, lags: Iterable[int], start: int) -> Variable:
    """A variable's columns at some lags before each row from ``start`` on."""
    n = len(variable)
    if n < start + 2:
        raise InputError(f"lags: {n} rows do not reach {start} rows back; give a longer series")
    columns = tuple(
        replace(column, name=_name(column.name, lag), values=column.values[start - lag : n - lag])
        for lag in lags
        for column in variable.columns
    )
    return Variable(variable.name, columns, True)


def _name(column: str, lag: int) -> str:
    return f"{column}(t-{lag})" if lag else column


def kinds_of(
    kinds: Mapping[str, Kind] | None, read: Mapping[str, Variable], *parts: Variable
) -> dict[str, Kind]:
    """Kinds of the columns of some parts, which are columns that were read at some lags."""
    asked = asked_kinds([*read.values()], kinds)
    return {
        column.name: kind
        for (_, name), kind in asked.items()
        for part in parts
        for column in part.columns
        if column.name == name or column.name.startswith(f"{name}(t-")
    }

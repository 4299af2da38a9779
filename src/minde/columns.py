"""Variables as they were given: columns by name, numbers or labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from minde.weighing import mean_one

#: What a column's values were: measured numbers, whole numbers, truth values or labels.
Origin = Literal["float", "integer", "boolean", "label"]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its name, for messages.
        values: (rows,): double, or of labels objects (text).
        origin: What the values were.
        levels: Labels in their order, where the column came with them (a pandas category).
    """

    name: str
    values: NDArray[Any]
    origin: Origin
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """One or more columns that are one variable, such as x.

    Attributes:
        name: What to call it in messages.
        columns: Its columns, all of one length.
        named: Whether the names of the columns are those of a table, by which columns of two
            variables pair; otherwise they pair by position.
        rows: Which rows of what was given these are, from 0, where some may have been dropped.
        weights: Of the rows, with the mean one, where they differ (see ``minde.weighing``).
        groups: Numbers of groups that depend within themselves, each in one run, where there are
            any (see ``minde.reading.groups``).
    """

    name: str
    columns: tuple[Column, ...]
    named: bool = False
    rows: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.columns[0].values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def at(self, rows: NDArray[np.int64]) -> Variable:
        """The same of some rows, by number."""
        return Variable(
            self.name,
            tuple(replace(column, values=column.values[rows]) for column in self.columns),
            self.named,
            None if self.rows is None else self.rows[rows],
            mean_one(self.weights, rows),
            None if self.groups is None else self.groups[rows],
        )

    def singles(self) -> dict[str, Variable]:
        """Each column a variable, by name."""
        return {c.name: replace(self, name=c.name, columns=(c,), named=True) for c in self.columns}

    @property
    def starts(self) -> NDArray[np.int64]:
        """First row of each group; every row where there are none."""
        if self.groups is None:
            return np.arange(len(self))
        return np.flatnonzero(np.diff(self.groups, prepend=-1))

    def once(self, column: Column) -> Column:
        """A column with one value of each group, where it is the same within all of them."""
        if self.groups is None:
            return column
        starts = self.starts
        per_group = column.values[starts]
        sizes = np.diff(np.append(starts, len(self)))
        if (np.repeat(per_group, sizes) != column.values).any():
            return column
        return replace(column, values=per_group)


def numbers(values: NDArray[np.float64], name: str) -> Variable:
    """A variable of plain numbers, (rows, columns); columns are called ``name[0]`` and so on."""
    columns = [Column(f"{name}[{k}]", column, "float") for k, column in enumerate(values.T)]
    return Variable(name, tuple(columns))

"""Rows that are copies of others, as joins, appended exports and bootstraps leave them.

A copy tells nothing new, but looks like a second row that agrees: networks are tested on rows they
were trained on, neighbours lie at no distance, and intervals count rows that are not there. So
copies are left out. Values that were rounded repeat as well, and those rows stay: what tells copies
is that rows repeat as a whole, in two numeric columns or more that hardly repeat by themselves,
and more often than rounding explains (``minde.rounding``).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from minde.columns import Column, Variable
from minde.rounding import share_by_rounding
from minde.types import Array, Rows

#: Rows that are there more than once at least, and copies as a share of all rows.
FEWEST, SHARE = 5, 0.02
#: Commonest rows that may be at an atom in every column (three atoms each in two columns); rows,
#: and times the mean, from which a row is one of them.
MOST_COMMON, ATOM_ROWS, ATOM = 9, 8, 5.0
#: Columns whose values are looked at for how often they agree by chance.
LOOKED_AT = 20
#: Times by which dependence among columns may make rows agree more often than chance.
DEPENDENT = 1000.0
#: Share of copies, beyond twice what rounding explains, that it takes to be sure.
LITTLE = 0.01
#: Share of the rows without copies that differ in a column that hardly repeats by itself.
DISTINCT = 0.98
#: Rank correlation from which one column is a function of another.
FUNCTION = 0.99999


def without_copies(variables: Sequence[Variable]) -> tuple[list[Variable], tuple[str, ...]]:
    """Variables whose rows pair without rows that repeat others as a whole, and what to say."""
    n = len(variables[0])
    columns = [c for v in variables for c in v.columns]
    first, times = _first_of_each(columns, variables[0].weights)
    # Rows that are at an atom in every column repeat by nature, and are the most frequent.
    rising = np.sort(times)
    common = np.arange(len(rising)) >= len(rising) - MOST_COMMON
    light = rising[~common | (rising < ATOM_ROWS)]
    copies = int((light - 1).sum())
    if (light > 1).sum() < FEWEST or copies < SHARE * light.sum():
        return [*variables], ()
    copied = _copied(
        [c.values[first] for c in columns if c.origin != "label"], copies / light.sum()
    )
    if not copied and not _too_many(columns, light):
        return [*variables], ()
    said = f"{', '.join(v.name for v in variables)}: {n - len(first)} of {n} rows repeat other rows"
    if not copied or times.max() > max(ATOM_ROWS, ATOM * times.mean()):
        return [*variables], (
            f"{said} as a whole, more than their values would by themselves; if they are copies, "
            "leave them out, for each row is counted",
        )
    return [v.at(first) for v in variables], (
        f"{said} as a whole and were left out, for copies tell nothing new",
    )


def _first_of_each(columns: Sequence[Column], weights: Array | None) -> tuple[Rows, Rows]:
    """The first of rows that are the same, in order, and how often they are there."""
    n = len(columns[0].values)
    code, first, times = np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64), np.array([n])
    series = [c.values for c in columns] + ([] if weights is None else [weights])
    for values in series:
        plain = values.astype(str) if values.dtype == object else values
        levels, own = np.unique(plain, return_inverse=True)
        _, first, code, times = np.unique(
            code * len(levels) + own, return_index=True, return_inverse=True, return_counts=True
        )
        if len(first) == n:
            break  # no row repeats another, whatever the other columns hold
    order = np.argsort(first)
    return first[order], times[order]


def _copied(numeric: Sequence[Array], share: float) -> bool:
    """Whether it takes copies to explain that such a share of rows repeats.

    Arguments:
        numeric: Columns of numbers of the rows that differ, (n,) each.
        share: Of all rows, without the commonest.
    """
    alone = [(v, np.unique(v)) for v in numeric]
    alone = [(v, distinct) for v, distinct in alone if len(distinct) >= DISTINCT * len(v)]
    rounded = max((share_by_rounding(distinct) for _, distinct in alone), default=1.0)
    if len(alone) < 2 or share < 2.0 * rounded + LITTLE:
        return False
    ranks = [np.argsort(np.argsort(v)).astype(np.float64) for v, _ in alone]
    return any(abs(np.corrcoef(a, b)[0, 1]) < FUNCTION for a, b in itertools.pairwise(ranks))


def _too_many(columns: Sequence[Column], times: Rows) -> bool:
    """Whether far more pairs of rows agree as a whole than columns that agree by chance would.

    Arguments:
        columns: Of all rows.
        times: How often each of the rows that differ is there.
    """
    n, by_chance = len(columns[0].values), 1.0
    seen: list[Rows] = []
    for column in columns[:LOOKED_AT]:
        values = column.values.astype(str) if column.origin == "label" else column.values
        code = np.unique(values, return_inverse=True)[1].astype(np.int64)
        if any(_follows(code, other) for other in seen):
            continue  # it agrees wherever that other does
        seen.append(code)
        counts = np.bincount(code).astype(np.float64)
        by_chance *= float((counts * (counts - 1.0)).sum()) / (n * (n - 1.0))
    return float((times * (times - 1.0)).sum()) > DEPENDENT * by_chance * n * (n - 1.0)


def _follows(code: Rows, other: Rows) -> bool:
    """Whether each value of the other goes with one value alone."""
    both = np.unique(other * (int(code.max()) + 1) + code)
    return len(both) == int(other.max()) + 1

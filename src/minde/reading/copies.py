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

#: Copies at least, as a number and as a share of all rows.
FEWEST, SHARE = 5, 0.02
#: Share of copies, beyond twice what rounding explains, that it takes to be sure.
LITTLE = 0.01
#: Share of the rows without copies that differ in a column that hardly repeats by itself.
DISTINCT = 0.98
#: Rank correlation from which one column is a function of another.
FUNCTION = 0.99999


def without_copies(variables: Sequence[Variable]) -> tuple[list[Variable], tuple[str, ...]]:
    """Variables whose rows pair without rows that repeat others as a whole, and what to say."""
    n = len(variables[0])
    first = _first_of_each([c for v in variables for c in v.columns], variables[0].weights)
    copies = n - len(first)
    if copies < max(FEWEST, SHARE * n) or not _copied(variables, first, copies / n):
        return [*variables], ()
    names = ", ".join(v.name for v in variables)
    return [v.at(first) for v in variables], (
        f"{names}: {copies} of {n} rows repeat other rows as a whole and were left out, for copies "
        "tell nothing new",
    )


def _first_of_each(columns: Sequence[Column], weights: Array | None) -> Rows:
    """The first of rows that are the same, in order."""
    n = len(columns[0].values)
    code, first = np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    series = [c.values for c in columns] + ([] if weights is None else [weights])
    for values in series:
        plain = values.astype(str) if values.dtype == object else values
        levels, own = np.unique(plain, return_inverse=True)
        both = code * len(levels) + own
        _, first, code = np.unique(both, return_index=True, return_inverse=True)
        if len(first) == n:
            break  # no row repeats another, whatever the other columns hold
    return np.sort(first)


def _copied(variables: Sequence[Variable], first: Rows, share: float) -> bool:
    """Whether it takes copies to explain that rows repeat."""
    numeric = [c.values[first] for v in variables for c in v.columns if c.origin != "label"]
    alone = [(v, np.unique(v)) for v in numeric]
    alone = [(v, distinct) for v, distinct in alone if len(distinct) >= DISTINCT * len(first)]
    rounded = max((share_by_rounding(distinct) for _, distinct in alone), default=1.0)
    if len(alone) < 2 or share < 2.0 * rounded + LITTLE:
        return False
    ranks = [np.argsort(np.argsort(v)).astype(np.float64) for v, _ in alone]
    return any(abs(np.corrcoef(a, b)[0, 1]) < FUNCTION for a, b in itertools.pairwise(ranks))

"""Rows in groups: those of a subject, a household or a batch, which depend on one another.

Groups are independent of each other, and so they come one after the other in random order, as
blocks of a series whose rows depend over as many rows as the largest group has: no group trains and
tests, and intervals count groups, not rows (``minde.serial``, ``minde.readout.influence``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.types import Rows

#: Largest share of all rows that are of one group.
LARGEST = 20


def in_groups(
    variables: Mapping[str, Variable], given: Any, name: str
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Variables with their rows group by group, and what to say.

    Where no column varies within a group one row of each is all there is to know.

    Arguments:
        variables: With as many rows each.
        given: A number or label per row, (n,).
        name: Of the groups, for messages.

    Raises:
        InputError: If rows have weights, or groups are too few.
    """
    first = next(iter(variables.values()))
    if first.weights is not None:
        raise InputError(f"{name}: rows of groups take no weights; leave out one of the two")
    _, code, counts = np.unique(given, return_inverse=True, return_counts=True)
    n, largest = len(code), int(counts.max())
    if largest == 1:
        return {**variables}, (f"{name}: no two rows are of one group; they are not needed",)
    place = np.random.default_rng(0).permutation(len(counts))[code]
    order = np.argsort(place, kind="stable")
    sorted_by = {k: replace(v.at(order), groups=place[order]) for k, v in variables.items()}
    columns = [c for v in sorted_by.values() for c in v.columns]
    some = next(iter(sorted_by.values()))
    if all(len(some.once(c).values) < n for c in columns):
        one = some.starts
        alone = {k: replace(v.at(one), groups=None) for k, v in sorted_by.items()}
        told = f"no column varies within a group, so one row of each counts, {len(one)} of {n}"
        return alone, (f"{name}: {told}",)
    if n < LARGEST * largest:
        raise InputError(
            f"{name}: of {n} rows in {len(counts)} groups the largest has {largest}, and it may "
            f"have one of {LARGEST} at most: give more groups, or fewer rows of the large ones"
        )
    return sorted_by, ()


def largest_group(groups: Rows) -> int:
    """Rows of the largest group, of numbers of groups (n,)."""
    return int(np.bincount(groups).max())


def one_of_each_group(variables: Sequence[Variable], seed: int) -> list[Variable]:
    """Variables with one row of each group, drawn at random; all rows where there are none."""
    groups = variables[0].groups
    if groups is None:
        return [*variables]
    order = np.random.default_rng(seed).permutation(len(groups))
    rows = np.sort(order[np.unique(groups[order], return_index=True)[1]])
    return [replace(v.at(rows), groups=None) for v in variables]

"""Columns whose ties are spread, so that they have a density."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minde.errors import InputError
from minde.seeding import derive
from minde.types import Array


def as_density(x: Array, names: Sequence[str]) -> tuple[Array, list[str]]:
    """Columns (n, D) without ties, and a sentence on each that had some (see spread_ties)."""
    rng = np.random.default_rng(derive(0, "ties"))
    found = [spread_ties(column, name, rng) for column, name in zip(x.T, names, strict=True)]
    return np.stack([column for column, _ in found], axis=1), [told for _, told in found if told]


def spread_ties(column: Array, name: str, rng: np.random.Generator) -> tuple[Array, str]:
    """A column whose ties are spread evenly between its neighbouring values, and a sentence on it.

    Values that were rounded have lost what lies below their resolution; spread at random over the
    gap that is theirs, they are a sample of the density at that resolution. Other values stay.

    Arguments:
        column: (n,).
        name: For the sentence, which is empty where there are no ties.
        rng: Of the draws.

    Raises:
        InputError: If there is one value alone.
    """
    values, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    tied = counts[place] > 1
    if not tied.any():
        return column, ""
    if len(values) < 2:
        raise InputError(f"{name} is constant: its entropy is minus infinity; leave it out")
    gaps = np.diff(values)
    below, above = np.append(gaps[:1], gaps), np.append(gaps, gaps[-1:])
    low, cell = values - 0.5 * below, 0.5 * (below + above)
    moved = low[place] + rng.random(len(column)) * cell[place]
    share = 100.0 * tied.mean()
    told = (
        f"{share:.3g}% of the values of {name} have ties, which are spread between their "
        "neighbours: the entropy is that at the resolution of the values"
    )
    return np.where(tied, moved, column), told

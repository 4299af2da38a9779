"""Which rows of y pair with those of x: at random, whole blocks, or within cells of z."""

from __future__ import annotations

import numpy as np

from minde.coding import Side
from minde.discrete.counts import cells
from minde.types import Array, Rows

#: Rows of a cell of a continuous z: at least so many, and less than twice as many.
ROWS_OF_CELL = 4


def by_blocks(n: int, length: int, rng: np.random.Generator) -> Rows:
    """An order of n rows in which whole blocks of consecutive rows change places.

    What is left of the rows at the end is a shorter block.
    """
    blocks = np.split(np.arange(n), np.arange(length, n, length))
    return np.concatenate([blocks[k] for k in rng.permutation(len(blocks))])


def within(cell: Rows, rng: np.random.Generator) -> Rows:
    """An order of rows that changes places within each cell alone."""
    out = np.empty_like(cell)
    out[np.argsort(cell, kind="stable")] = np.lexsort((rng.random(len(cell)), cell))
    return out


def cells_of(z: Side) -> Rows:
    """Cells of rows that are alike in z, (n,): of equal codes, and near in continuous columns."""
    cell = cells(z.codes)
    if not z.dim:
        return cell
    parts = [p for k in np.unique(cell) for p in _halved(z.values, np.flatnonzero(cell == k))]
    out = np.empty_like(cell)
    for number, rows in enumerate(parts):
        out[rows] = number
    return out


def _halved(values: Array, rows: Rows) -> list[Rows]:
    """Rows in halves along the column in which they are farthest apart, as long as they are many.

    Distances are in ranks among all rows, so that tails are no farther apart than the rest.
    """
    ranks = np.argsort(np.argsort(values, axis=0), axis=0)

    def parts(some: Rows) -> list[Rows]:
        if len(some) < 2 * ROWS_OF_CELL:
            return [some]
        column = int(np.ptp(ranks[some], axis=0).argmax())
        order = some[np.argsort(ranks[some, column], kind="stable")]
        middle = len(some) // 2
        return [*parts(order[:middle]), *parts(order[middle:])]

    return parts(rows)

"""Cells of one or more columns of codes, and how many rows are in each."""

from __future__ import annotations

import numpy as np

from minde.types import Array, Rows


def cells(codes: Rows) -> Rows:
    """Number of the cell of each row, (n,), counted from 0; one cell if there are no columns."""
    if codes.shape[1] == 0:
        return np.zeros(len(codes), dtype=np.int64)
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def counts(cell: Rows) -> Rows:
    """Rows in each cell."""
    return np.bincount(cell).astype(np.int64)


def counts_seen(codes: Rows) -> Rows:
    """Rows in each cell that holds one, of cells that are numbered in any way."""
    return np.unique(codes, return_counts=True)[1].astype(np.int64)


def joint(x: Rows, y: Rows, most: int | None = None) -> Rows:
    """Numbers of the cells of x and y together, (n,); ``most`` is y's largest, of more rows too."""
    return x * ((int(y.max()) if most is None else most) + 1) + y


def masses(cell: Rows, weights: Array | None = None) -> Array:
    """Weight of the rows in each cell, of n rows n in all; without weights how many they are."""
    found: Array = np.bincount(cell, weights).astype(np.float64)
    return found


def coverage(codes: Rows) -> float:
    """Share of the probability that lies in cells that were seen, by Good and Turing.

    It is one minus the share of rows that are alone in their cell.
    """
    return 1.0 - float((counts(cells(codes)) == 1).sum()) / len(codes)

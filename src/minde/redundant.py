"""Columns of one variable that say nothing beside the others, and columns that follow others."""

from __future__ import annotations

import numpy as np

from minde.types import Array, Rows

#: Part of a standardised column that is left given the others, below which it depends on them.
LINEAR = 1e-6
#: Rows outside of the most frequent level, below which a step function may be chance.
LEAST_STEPS = 5
#: Residual of a curve through neighbours, beside the step between them.
SMOOTH = 0.05


def linear(columns: Array) -> list[int]:
    """Columns of (n, dim) that are linear in those before them; none where rows are few."""
    n, dim = columns.shape
    if dim < 2 or n <= dim:
        return []
    deviation = columns.std(axis=0)
    standard = (columns - columns.mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0)
    left = np.abs(np.diag(np.linalg.qr(standard, mode="r"))) / np.sqrt(n)
    return [int(k) for k in np.flatnonzero(left < LINEAR)]


def monotone(columns: Array) -> list[int]:
    """Columns of (n, dim) that are strictly monotone functions of one before them."""
    found: list[int] = []
    seen: set[bytes] = set()
    for k, column in enumerate(columns.T):
        ranks = np.unique(column, return_inverse=True)[1].astype(np.int64)
        keys = {ranks.tobytes(), (ranks.max() - ranks).tobytes()}
        if keys & seen:
            found.append(k)
        else:
            seen.add(ranks.tobytes())
    return found


def step_of(codes: Rows, values: Array) -> bool:
    """Whether codes (n,) are a step function of values (n,): each level an interval of them."""
    order = np.argsort(values, kind="stable")
    sorted_codes, sorted_values = codes[order], values[order]
    changes = sorted_codes[1:] != sorted_codes[:-1]
    if (changes & (sorted_values[1:] == sorted_values[:-1])).any():
        return False
    counts = np.unique(codes, return_counts=True)[1]
    return bool(changes.sum() == len(counts) - 1 and len(codes) - counts.max() >= LEAST_STEPS)


def curve(x: Array, y: Array) -> bool:
    """Whether y (n,) is a smooth function of x (n,).

    Between a row's two neighbours in x a smooth curve is nearly straight: what is left of y beside
    the line is of second order in their distance. Noise of its own is of no order at all.
    """
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if len(x) < 20:
        return False
    share = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    line = y[:-2] + share * (y[2:] - y[:-2])
    step = np.median(np.abs(y[2:] - y[:-2]))
    return bool(np.median(np.abs(y[1:-1] - line)) < SMOOTH * step)

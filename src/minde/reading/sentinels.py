"""Numbers that stand for a missing value: -999 among weights, 99 among answers from 1 to 5.

They cannot be told from values for sure, and so they are read as values and a sentence names them.
"""

from __future__ import annotations

import numpy as np

from minde.types import Array

#: What questionnaires, loggers and exports write for a missing value.
NINES = [sign * float("9" * digits) for digits in range(1, 7) for sign in (-1, 1)]
SENTINELS = (-1.0, -8.0, -88.0, 88.0, 98.0, *NINES)
#: Rows with it, and other values there are, from which one is told of; of one that is -1 as many
#: others as no scale around zero has.
LEAST_ROWS, OTHERS, OTHERS_OF_MINUS_ONE = 2, 2, 5


def told_of_sentinel(values: Array, name: str) -> str:
    """A sentence on a number that lies apart from all others; nothing where there is none."""
    distinct, counts = np.unique(values, return_counts=True)
    known = np.isin(distinct, SENTINELS)
    others = distinct[~known]
    if not known.any() or len(others) < OTHERS:
        return ""
    low, high = others[0], others[-1]
    for value, rows in zip(distinct[known], counts[known], strict=True):
        if rows < LEAST_ROWS or low <= value <= high:
            continue
        if value == -1.0 and len(others) < OTHERS_OF_MINUS_ONE:
            continue
        apart = max(low - value, value - high) >= high - low
        if apart or value < 0.0 <= low:
            return (
                f"column '{name}' has {value:g} in {rows} rows, apart from all other values, which "
                "is read as a number; put None or NaN there if it means a missing value"
            )
    return ""

"""Train and held-out rows: one split, or cross-fitting folds of equal size."""

from __future__ import annotations

import numpy as np

from minde.errors import InputError
from minde.seeding import derive
from minde.types import Rows


def make_folds(n: int, test_size: float, folds: int, random_state: int) -> list[tuple[Rows, Rows]]:
    """Row numbers (train, held out) of each fold.

    Arguments:
        n: Rows.
        test_size: Held-out share where ``folds`` is 1.
        folds: Number of cross-fitting folds; each row is held out once (but for the remainder of
            n / folds, which only trains).
        random_state: Seed of the permutation.

    Raises:
        InputError: If a part would be empty.
    """
    order = np.random.default_rng(derive(random_state, "split")).permutation(n).astype(np.int64)
    if folds == 1:
        size = round(n * test_size)
        if not 0 < size < n:
            raise InputError(f"split: test_size={test_size} of {n} rows leaves nothing on one side")
        return [(order[size:], order[:size])]
    size = n // folds
    if size < 1:
        raise InputError(f"split: {n} rows cannot make {folds} folds")
    parts = [order[k * size : (k + 1) * size] for k in range(folds)]
    return [(np.setdiff1d(order, part), part) for part in parts]

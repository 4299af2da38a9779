r"""Weights of rows: what they mean, and how many rows they leave.

Rows drawn from a law g with weights :math:`w_i` stand for the law :math:`f \propto w g`, under
which means are :math:`\sum_i w_i v_i / \sum_i w_i`: survey weights (one over the chance of being
asked), or ratios of densities. Their scale says nothing; they are kept with the mean one, and all
alike they are none. A weight is no count of rows that are the same. Such a mean has, to first
order, the influences :math:`w_i (v_i - \bar v) / n`, and rules that go by the number of rows go by

.. math::
    n_{eff} = \frac{(\sum_i w_i)^2}{\sum_i w_i^2} .

References:
    Kish, Survey Sampling, 1965, section 11.7 (the effective number). Horvitz and Thompson, A
    generalization of sampling without replacement from a finite universe, JASA 47, 1952.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minde.errors import InputError
from minde.types import Array, Mask

#: Effective rows without which nothing is said, and share of them of all below which something is;
#: share of one row in all weight on which the interval leans.
LEAST_EFFECTIVE, FEW, HEAVY = 20, 0.5, 0.05


def check_weights(given: Any, name: str) -> tuple[Mask, Array | None, tuple[str, ...]]:
    """Which rows have a weight above zero, these weights with the mean one, and sentences.

    Arguments:
        given: A number per row, (n,).
        name: Of the weights, for messages.

    Returns:
        (n,) truth values; the weights of those rows, none where all are alike; what to know.

    Raises:
        InputError: If they cannot be used.
    """
    if not np.issubdtype(given.dtype, np.number):
        raise InputError(f"{name}: weights must be numbers, got labels such as {given[0]!r}")
    weights = np.asarray(given, dtype=np.float64)
    if (weights < 0.0).any():
        raise InputError(
            f"{name}: {int((weights < 0.0).sum())} are below zero, the least {weights.min():g}; "
            "give weights from zero"
        )
    kept = weights > 0.0
    if not kept.any():
        raise InputError(f"{name}: every weight is zero; give rows some weight")
    n, some = len(weights), weights[kept]
    told = () if kept.all() else (f"{name}: {n - len(some)} of {n} rows weigh 0 and are left out",)
    if (some == some[0]).all():
        return kept, None, told
    some = some / some.max()  # so that no sum overflows
    some = some / some.mean()
    rows, most = effective_rows(some, len(some)), float(some.max()) / len(some)
    if rows < min(LEAST_EFFECTIVE, 0.9 * len(some)):
        raise InputError(
            f"{name}: by their weights {len(some)} rows tell as much as {rows:.1f}, and one holds "
            f"{100.0 * most:.0f}% of all weight; trim the largest weights, or give more rows"
        )
    if rows < FEW * len(some):
        told = (*told, f"{name}: {len(some)} rows tell as much as {rows:.0f} that weigh the same")
    if most > HEAVY:
        told = (*told, f"{name}: one row holds {100.0 * most:.0f}% of all weight")
    return kept, some, told


def effective_rows(weights: Array | None, n: float) -> float:
    """How many rows of equal weight n rows are as good as."""
    return n if weights is None else n / float(np.mean((weights / weights.mean()) ** 2))


def weighted_mean(values: Array, weights: Array | None) -> float:
    """Mean of values (n,) by weights."""
    return float(values.mean() if weights is None else np.average(values, weights=weights))


def mean_one(weights: Array | None, rows: Any = slice(None)) -> Array | None:
    """Weights of some of the rows, by number, with the mean one among these."""
    if weights is None:
        return None
    some: Array = weights[rows]
    return some / some.mean() if len(some) else some

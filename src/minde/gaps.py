r"""Gaps between sorted values that chance does not make, and clusters of values between them.

Of an even density the share that r spacings have in the sum of r + w follows a Beta law,

.. math::
    P(B > b) = \sum_{k < r} \binom{r + w - 1}{k} b^k (1 - b)^{r + w - 1 - k},
    \qquad B \sim \mathrm{Beta}(r, w) .

A column *in clusters* has gaps, spacings wider than chance makes them beside the w on either side,
and rows enough between them. Which cluster a value is in is a function of it, so that cluster and
place within it are together what the value is, and tell of others as much.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from minde.types import Array, Mask, Rows

#: Of how many rows of an even density one is taken for an edge, at least, and of how many times a
#: column's; and how many times as wide the spacings beyond an edge are: tails grow by less.
ONCE, OF_ALL, TIMES = 1e4, 30.0, 8.0
#: Spacings beside a gap of a column in clusters, rows of a cluster at least, clusters at most.
BESIDE, LEAST_OF_CLUSTER, MOST_CLUSTERS = 20, 30, 10


def rarely(n: int) -> float:
    """Of how many rows one may be taken for an edge, of n."""
    return max(ONCE, OF_ALL * n)


def width(values: Array, first: Rows, last: Rows) -> Array:
    """From one place of sorted values to another; not a number beyond the ends."""
    n = len(values)
    inside = (first >= 0) & (last < n)
    found = values[np.minimum(last, n - 1)] - values[np.maximum(first, 0)]
    return np.where(inside, found, np.nan)


@lru_cache
def most_by_chance(reach: int, beside: int, once: float) -> float:
    """How wide ``reach`` spacings are at most, in widths of ``beside`` others of that density.

    Arguments:
        reach: Spacings, from one.
        beside: Others, from one.
        once: In how many tries they are wider once.
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        share = 0.5 * (low + high)
        low, high = (share, high) if _beyond(share, reach, beside) > 1.0 / once else (low, share)
    return max(high / (1.0 - high), TIMES * reach / beside)


def jumps(values: Array, beside: int, once: float) -> tuple[Mask, Mask]:
    """Truth values of the spacings of sorted values: too wide for those below, and for those above.

    Arguments:
        values: (n,), in order.
        beside: Spacings that each is compared with.
        once: In how many tries chance makes one as wide.
    """
    first = np.arange(len(values) - 1)
    each, most = np.diff(values), most_by_chance(1, beside, once)
    below = each > most * width(values, first - beside, first)
    above = each > most * width(values, first + 1, first + 1 + beside)
    return np.asarray(below), np.asarray(above)


def clusters(column: Array) -> tuple[float, ...]:
    """Where the gaps of a column are, in rising order; nothing of one that is not in clusters.

    Arguments:
        column: (n,); equal values count once where spacings are compared.
    """
    values, counts = np.unique(column, return_counts=True)
    if len(values) < 2 * BESIDE:
        return ()
    below, above = jumps(values, BESIDE, rarely(len(values)))
    gaps = [*np.flatnonzero(below & above)]
    while gaps:
        rows = np.add.reduceat(counts, [0, *(gap + 1 for gap in gaps)])
        least = int(rows.argmin())
        if rows[least] >= LEAST_OF_CLUSTER:
            break
        beside = [k for k in (least - 1, least) if 0 <= k < len(gaps)]
        gaps.pop(min(beside, key=lambda k: values[gaps[k] + 1] - values[gaps[k]]))
    if len(gaps) >= MOST_CLUSTERS:
        return ()
    return tuple(float(0.5 * (values[gap] + values[gap + 1])) for gap in gaps)


def _beyond(share: float, reach: int, beside: int) -> float:
    """How often ``reach`` spacings have more than a share of ``reach + beside``."""
    tries = reach + beside - 1
    odds, of_none = math.log(share / (1.0 - share)), tries * math.log1p(-share)
    whole = math.lgamma(tries + 1)
    ways = (whole - math.lgamma(k + 1) - math.lgamma(tries - k + 1) for k in range(reach))
    return math.fsum(math.exp(way + k * odds + of_none) for k, way in enumerate(ways))

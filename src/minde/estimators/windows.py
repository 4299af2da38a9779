r"""Windows of sorted values that stay on the even side of a gap, of a spike, or of an edge.

The window of a row reaches r values to either side. Where the density jumps within it, as at the
last row before a gap, its width says nothing of the row: the r spacings of one half are then wide
beside the w spacings next to the row on the other side. Of an even density the share that r
spacings have in the sum of r + w follows a Beta law,

.. math::
    P(B > b) = \sum_{k < r} \binom{r + w - 1}{k} b^k (1 - b)^{r + w - 1 - k},
    \qquad B \sim \mathrm{Beta}(r, w) ;

beyond the share that chance reaches once in :data:`ONCE` rows or in :data:`OF_ALL` columns, and
with spacings :data:`TIMES` as wide at least, the window ends before the first spacing that is too
wide by itself (r = 1), or else takes the narrow side alone. Of a smooth density next to no window
is moved; of a law in clusters those at their ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from minde.types import Array, Rows

#: Of how many rows of an even density one is taken for an edge, at least, and of how many times a
#: column's; and how many times as wide the spacings beyond an edge are: tails grow by less.
ONCE, OF_ALL, TIMES = 1e4, 30.0, 8.0
#: Spacings of the narrow side beside those of the wide one, times; the most rows that need more.
BESIDE, FEW, MORE = (1, 2), 3, 7


@dataclass(frozen=True)
class Windows:
    """Windows of sorted values.

    Attributes:
        low: Place of the first value of each, (m,).
        high: Place of the last.
        gaps: Gaps that some were cut at, those with an edge on one side alone counted by half.
    """

    low: Rows
    high: Rows
    gaps: float


def around_rows(values: Array, reach: int) -> Windows:
    """The windows of sorted values (n,), each around its own row."""
    rank = np.arange(len(values))
    return windows(values, rank, rank, reach)


def windows(values: Array, below: Rows, above: Rows, reach: int) -> Windows:
    """Windows of sorted values, cut at the ends; none is cut to values that are all the same.

    Arguments:
        values: (n,), in order.
        below: Place of the last value that the right half begins with, (m,).
        above: Place of the first value that the left half ends with, (m,): ``below`` itself for
            windows of the values, one more for those of what falls between two of them.
        reach: Spacings of either half.
    """
    last = len(values) - 1
    low, high = np.maximum(above - reach, 0), np.minimum(below + reach, last)
    spacings = 2 * reach - (above - below)
    once, met = max(ONCE, OF_ALL * len(values)), []
    for times in (*BESIDE, MORE) if reach <= FEW else BESIDE:
        beside = times * reach
        most, taken = _most(reach, beside, once), np.minimum(spacings, beside)
        right, left = _width(values, below, below + reach), _width(values, above - reach, above)
        drops = right > most * _width(values, above - beside, above)
        rises = left > most * _width(values, below, below + beside)
        after, before = _jumps(values, beside, once)
        up_to, down_to = after[above], before[below]
        cut = drops & (up_to < below + reach)
        high = np.where(cut, up_to, np.where(drops, above, high))
        low = np.where(drops & ~cut, above - taken, low)
        met.append(up_to[cut])
        cut = rises & (down_to > above - reach)
        low = np.where(cut, down_to, np.where(rises, below, low))
        high = np.where(rises & ~cut, below + taken, high)
        met.append(-down_to[cut])
    ties = values[low] == values[high]
    low = np.where(ties, np.maximum(above - reach, 0), low)
    high = np.where(ties, np.minimum(below + reach, last), high)
    return Windows(low, high, 0.5 * len(np.unique(np.concatenate(met))))


def _jumps(values: Array, beside: int, once: float) -> tuple[Rows, Rows]:
    """The place of the last value before the next jump, and of the first after the one before.

    A jump is a spacing wider than chance makes it beside those next to it.
    """
    n = len(values)
    first = np.arange(n - 1)
    each, most = np.diff(values), _most(1, beside, once)
    up = each > most * _width(values, first - beside, first)
    down = each > most * _width(values, first + 1, first + 1 + beside)
    after = np.where(np.append(up, True), np.arange(n), n)
    before = np.where(np.insert(down, 0, True), np.arange(n), 0)
    return np.minimum.accumulate(after[::-1])[::-1], np.maximum.accumulate(before)


def _width(values: Array, first: Rows, last: Rows) -> Array:
    """From one place to another; not a number beyond the ends."""
    n = len(values)
    inside = (first >= 0) & (last < n)
    width = values[np.minimum(last, n - 1)] - values[np.maximum(first, 0)]
    return np.where(inside, width, np.nan)


@lru_cache
def _most(reach: int, beside: int, once: float) -> float:
    """How wide ``reach`` spacings are at most, in widths of ``beside`` others of that density."""
    low, high = 0.0, 1.0
    for _ in range(60):
        share = 0.5 * (low + high)
        low, high = (share, high) if _beyond(share, reach, beside) > 1.0 / once else (low, share)
    return max(high / (1.0 - high), TIMES * reach / beside)


def _beyond(share: float, reach: int, beside: int) -> float:
    """How often ``reach`` spacings have more than a share of ``reach + beside``."""
    tries = reach + beside - 1
    odds, of_none = math.log(share / (1.0 - share)), tries * math.log1p(-share)
    whole = math.lgamma(tries + 1)
    ways = (whole - math.lgamma(k + 1) - math.lgamma(tries - k + 1) for k in range(reach))
    return math.fsum(math.exp(way + k * odds + of_none) for k, way in enumerate(ways))

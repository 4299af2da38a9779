r"""Windows of sorted values that stay on the even side of a gap, of a spike, or of an edge.

The window of a row reaches r values to either side. Where the density jumps within it, as at the
last row before a gap, its width says nothing of the row: the r spacings of one half are then wide
beside the w spacings next to the row on the other side. Beyond what spacings of an even density
have by chance (``minde.gaps``) the window ends before the first that is too wide by itself, or else
takes the narrow side alone. Of a smooth density next to no window is moved; of a law in clusters
those at their ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minde.gaps import jumps, most_by_chance, rarely, width
from minde.types import Array, Rows

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
    uncut_low, uncut_high = np.maximum(above - reach, 0), np.minimum(below + reach, last)
    low, high = uncut_low, uncut_high
    spacings = 2 * reach - (above - below)
    once, met = rarely(len(values)), []
    for times in (*BESIDE, MORE) if reach <= FEW else BESIDE:
        beside = times * reach
        most, taken = most_by_chance(reach, beside, once), np.minimum(spacings, beside)
        right, left = width(values, below, below + reach), width(values, above - reach, above)
        drops = right > most * width(values, above - beside, above)
        rises = left > most * width(values, below, below + beside)
        after, before = _next_jumps(values, beside, once)
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
    low = np.where(ties, uncut_low, low)
    high = np.where(ties, uncut_high, high)
    return Windows(low, high, 0.5 * len(np.unique(np.concatenate(met))))


def _next_jumps(values: Array, beside: int, once: float) -> tuple[Rows, Rows]:
    """The place of the last value before the next jump, and of the first after the one before.

    A jump is a spacing wider than chance makes it beside those next to it.
    """
    n = len(values)
    up, down = jumps(values, beside, once)
    after = np.where(np.append(up, True), np.arange(n), n)
    before = np.where(np.insert(down, 0, True), np.arange(n), 0)
    return np.minimum.accumulate(after[::-1])[::-1], np.maximum.accumulate(before)

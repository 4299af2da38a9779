r"""What is read of discrete variables that have nothing to do with one another, given a third too.

Where a few cells hold most rows and many hold one or none, no correction by counts alone takes the
whole bias of :math:`\hat I(X; Y \mid Z)` off. Shuffling x among the rows of each level of z leaves
the laws of (X, Z) and (Y, Z) as they are and makes X and Y independent given Z, so what is read
then is bias: 0.054 of X -> Z -> Y with eight levels and 500 rows, where 0.058 is read. Of variables
that depend the bias is another one (``minde.discrete.laws_between`` has it of rows in no order that
weigh the same), so elsewhere it is not taken off, but counts as an error, no larger than what was
read. Where one decides the other, so that :math:`\hat I` is the smaller entropy given Z, nothing is
left of it; in between it counts by the share of that entropy that is not :math:`\hat I`.

Of rows in time order shuffling would take away that values come back, and with it most of the bias:
two chains of ten values that stay nine times in ten read 0.59 of nothing from 400 rows, where
shuffled they would read 0.05. There y is shifted against x and z instead, round the end, by many
more rows than depend on one another, and SHIFTS such readings have the bias and the spread of
what is read of nothing. By them 93 to 100 of 100 intervals hold, of chains, counts and groups that
share nothing or half (``benchmarks/tables_in_time.py``); as if all cells came back as the slowest
column does, all do, and are up to twenty times as wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minde.discrete.counts import cells, counts_seen, joint
from minde.discrete.entropy import chao_wang_jost
from minde.types import Array, Rows

#: Shuffles that are averaged, and nats of bias of the plain counts below which none is made.
SHUFFLES, LEAST = 10, 5e-4
#: Shifts of a series at most.
SHIFTS = 20


class Nothing(NamedTuple):
    """What is read where there is nothing, as far as it may be in a value, nats."""

    bias: float
    std_error: float = 0.0


@dataclass(frozen=True)
class _Codes:
    """Cells of x, y and z of each row, and the entropies that shuffling does not move."""

    x: Rows
    y: Rows
    z: Rows
    h_z: float
    h_xz: float
    h_yz: float

    @classmethod
    def of(cls, x: Rows, y: Rows, z: Rows) -> _Codes:
        """Of codes, each (n, columns)."""
        u, v, w = (cells(codes) for codes in (x, y, z))
        counted = map(counts_seen, (w, joint(u, w), joint(v, w)))
        return cls(u, v, w, *map(chao_wang_jost, counted))

    def together(self, x: Rows, y: Rows) -> Rows:
        """Counts of the cells of all three, with others in the place of x and y."""
        return counts_seen(joint(x, joint(y, self.z)))

    def read(self, x: Rows, y: Rows) -> float:
        """Their information, nats."""
        return self.h_xz + self.h_yz - self.h_z - chao_wang_jost(self.together(x, y))

    def in_value(self, read: Array) -> float:
        """As much of the mean of readings of nothing as may be in the value of the rows as is."""
        value, most = self.read(self.x, self.y), min(self.h_xz, self.h_yz) - self.h_z
        left = max(0.0, 1.0 - value / most) if most > 0.0 else 0.0
        return float(np.clip(left * read.mean(), 0.0, max(0.0, value)))


def shuffled(x: Rows, y: Rows, z: Rows) -> Nothing:
    """Information that is left after shuffling.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        z: (n, columns), none of the information of x and y alone.
    """
    codes = _Codes.of(x, y, z)
    sets = (joint(codes.x, codes.z), joint(codes.y, codes.z))
    seen = len(codes.together(codes.x, codes.y)) + len(counts_seen(codes.z))
    if seen - sum(len(counts_seen(s)) for s in sets) < 2.0 * LEAST * len(x):
        return Nothing(0.0)
    found = [codes.read(codes.x[rows], codes.y) for rows in exchanged(codes.z)]
    return Nothing(codes.in_value(np.array(found)))


def exchanged(z: Rows) -> Iterator[Rows]:
    """Rows in the place of rows, SHUFFLES times, each of the same level of z, (n,)."""
    rng, plain = np.random.default_rng(0), np.argsort(z, kind="stable")
    for _ in range(SHUFFLES):
        rows = np.empty_like(plain)
        rows[plain] = np.lexsort((rng.random(len(z)), z))
        yield rows


def shifted(x: Rows, y: Rows, z: Rows, gap: int, groups: Rows | None = None) -> Nothing:
    """Information that is left after shifting y against x and z, of rows in time order.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        z: (n, columns), none of the information of x and y alone.
        gap: Rows over which rows depend; shifts are by multiples of it.
        groups: Numbers of groups, each in one run, (n,), where rows depend within these alone: then
            y is that of another group, of about as many rows.
    """
    codes, found = _Codes.of(x, y, z), []
    for rows in _moved(len(x), gap) if groups is None else _of_other_groups(groups):
        own = codes.y[rows]
        moved = chao_wang_jost(counts_seen(joint(own, codes.z))) - codes.h_yz
        found.append(codes.read(codes.x, own) + moved)
    read = np.array(found)
    return Nothing(codes.in_value(read), float(read.std(ddof=1)))


def _evenly(n: int) -> list[int]:
    """Some of the numbers from 1 to n - 1, all there are or SHIFTS."""
    many = min(SHIFTS, n - 1)
    return [round(n * (k + 1) / (many + 1)) for k in range(many)]


def _moved(n: int, gap: int) -> list[Rows]:
    """Rows in the place of n rows, round the end, moved by multiples of a gap."""
    return [(np.arange(n) - gap * k) % n for k in _evenly(n // gap)]


def _of_other_groups(groups: Rows) -> list[Rows]:
    """Rows in the place of rows, each time those of a group that is next in size by some places."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    sizes = np.diff(np.append(starts, len(groups)))
    order = np.argsort(sizes, kind="stable")
    rank = np.repeat(np.argsort(order, kind="stable"), sizes)
    place = np.arange(len(groups)) - np.repeat(starts, sizes)
    others = [order[(rank + k) % len(order)] for k in _evenly(len(order))]
    return [starts[other] + place % sizes[other] for other in others]

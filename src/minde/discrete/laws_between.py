r"""What is read of laws between no dependence and that of the rows, whose information is known.

Where a few cells hold most rows and many hold one or none, no correction by counts takes the whole
bias of :math:`\hat I(X; Y \mid Z)` off, and what is left depends on the law: of no dependence it is
most, where one decides the other nothing. So n rows are drawn from the laws

.. math::
    p_\lambda(x, y, z) = \lambda\, \hat p(x, y, z) + (1 - \lambda)\,
        \hat p(x \mid z)\, \hat p(y \mid z)\, \hat p(z) , \qquad 0 \le \lambda \le 1 ,

of which all have the rows' laws of (X, Z) and (Y, Z), and read as the rows are. With
:math:`r(\lambda)` the mean of such readings and :math:`I(\lambda)` the information of the law the
value is

.. math::
    I(\lambda) \quad \text{where} \quad r(\lambda) = \hat I .

What is taken off may be off by OFF of it. The nearer the law is to the rows' own, the more of the
cells that none of them is in are left out of it, so that by the square of its share two corrections
by counts (``minde.discrete.entropy``) tell what may be off too. Of random tables that have nothing,
something smooth, something jagged, or one variable that decides another, the root of the mean
squared error is 0.6 of that before (``benchmarks/sparse_tables.py``).

References:
    Gouriéroux, Monfort and Renault, Indirect inference, Journal of Applied Econometrics 8, 1993.
    MacKinnon and Smith, Approximate bias correction in econometrics, Journal of Econometrics 85,
    1998.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from minde.discrete.counts import cells, counts, counts_seen, joint
from minde.discrete.entropy import chao_wang_jost
from minde.discrete.shannon import Shannon
from minde.discrete.shuffle import exchanged
from minde.types import Array, Rows

#: Laws, and readings of each.
LAWS, READINGS = np.linspace(0.0, 1.0, 5), 10
#: Share of what is taken off that may be off.
OFF = 0.6


def corrected(found: Shannon, x: Rows, y: Rows, z: Rows) -> Shannon:
    """An information that was counted, as laws of known information have it.

    Arguments:
        found: Of x and y given z, of rows in no order that weigh the same.
        x: (n, columns).
        y: (n, columns).
        z: (n, columns), none of the information of x and y alone.
    """
    law = between(x, y, z)
    by = law.value - found.value
    drawn = max(found.std_error**2 - found.apart**2, law.spread**2)
    error = np.sqrt(drawn + (OFF * by) ** 2 + (law.share**2 * found.apart) ** 2)
    pointwise = found.pointwise + by
    return replace(found, value=law.value, std_error=float(error), pointwise=pointwise)


@dataclass(frozen=True)
class Between:
    """What was read, as laws of known information have it.

    Attributes:
        value: Nats; below zero where less was read than of no dependence.
        spread: Standard deviation of what is read of a law that is about as far.
        share: Of the rows' own law in that.
    """

    value: float
    spread: float
    share: float


def between(x: Rows, y: Rows, z: Rows) -> Between:
    """The information of x and y given z.

    Arguments:
        x: (n, columns).
        y: (n, columns).
        z: (n, columns), none of the information of x and y alone.
    """
    table = _Table.of(x, y, z)
    known = np.array([table.information(share) for share in LAWS])
    read, linear = np.array([table.readings(share) for share in LAWS]).transpose(2, 0, 1)
    # Most of the chance is in the linear part too.
    bias = (read - linear).mean(axis=1)
    # Laws of the cells seen have less of it than rows that keep their own cells.
    bias += (1.0 - LAWS) * max(0.0, table.of_nothing() - float(bias[0]))
    # More dependence is read as more.
    mean = np.maximum.accumulate(known + bias)
    spread, found = read.std(axis=1, ddof=1), table.read(table.x, table.yz)
    if found <= mean[0]:
        return Between(found - float(mean[0]), float(spread[0]), 0.0)
    value = float(np.interp(found, mean, known)) + max(0.0, found - float(mean[-1]))
    at, share = (float(np.interp(found, mean, of)) for of in (spread, LAWS))
    return Between(value, at, share)


@dataclass(frozen=True)
class _Table:
    """Cells of x, of (x, z), of (y, z) and of z of each row, (n,), and probabilities.

    Attributes:
        of_xz: Of the cell of x and z of each row; ``of_yz`` likewise.
        joint: Numbers of the cells of all three that hold a row, in order.
        own: Probabilities of those.
        apart: Of those, if x and y are independent given z.
        of_none: Entropy of that law.
    """

    x: Rows
    xz: Rows
    yz: Rows
    z: Rows
    of_xz: Array
    of_yz: Array
    joint: Rows
    own: Array
    apart: Array
    of_none: float

    @classmethod
    def of(cls, x: Rows, y: Rows, z: Rows) -> _Table:
        """Of codes, each (n, columns)."""
        both = (x, np.concatenate((x, z), axis=1), np.concatenate((y, z), axis=1), z)
        u, xz, yz, w = (cells(codes) for codes in both)
        held, at, count = np.unique(joint(u, yz), return_index=True, return_counts=True)
        laws = [counts(cell) / len(x) for cell in (xz, yz, w)]
        of_none = float(sum(a * _terms(p).sum() for a, p in zip((1, 1, -1), laws, strict=True)))
        of_xz, of_yz, of_z = (p[cell] for p, cell in zip(laws, (xz, yz, w), strict=True))
        apart = (of_xz * of_yz / of_z)[at]
        return cls(u, xz, yz, w, of_xz, of_yz, held, count / len(x), apart, of_none)

    def information(self, share: float) -> float:
        """Of the law with so large a share of the rows' own, nats; cells without a row count."""
        rest = 1.0 - share
        # Of all cells as of no dependence, and what is more or less in those that hold a row.
        beside = _terms(share * self.own + rest * self.apart) - _terms(rest * self.apart)
        alike = rest * self.of_none + float(_terms(np.array([rest]))[0])
        return self.of_none - alike - float(beside.sum())

    def readings(self, share: float) -> list[tuple[float, float]]:
        """What is read of as many rows of it, READINGS times, and the mean of their log ratios."""
        n, rng, found = len(self.x), np.random.default_rng(0), []
        order, size, most = self._order, counts(self.z), int(self.yz.max())
        start = np.cumsum(size) - size
        for _ in range(READINGS):
            rows, own, place = rng.integers(0, n, n), rng.random(n) < share, rng.random(n)
            level = self.z[rows]
            other = order[start[level] + (place * size[level]).astype(np.int64)]
            other = np.where(own, rows, other)
            x, yz = self.x[rows], self.yz[other]
            cell = joint(x, yz, most)
            at = np.minimum(np.searchsorted(self.joint, cell), len(self.joint) - 1)
            seen = np.where(self.joint[at] == cell, self.own[at], 0.0)
            apart = self.of_xz[rows] * self.of_yz[other] / (size[level] / n)
            linear = np.log(share * seen / apart + 1.0 - share).mean()
            found.append((self.read(x, yz, rows), float(linear)))
        return found

    @cached_property
    def _order(self) -> Rows:
        """Rows by the level of z."""
        return np.argsort(self.z, kind="stable")

    def of_nothing(self) -> float:
        """What is read, on average, once rows of a level of z have exchanged their y, nats."""
        return float(np.mean([self.read(self.x, self.yz[rows]) for rows in exchanged(self.z)]))

    def read(self, x: Rows, yz: Rows, rows: Rows | slice = slice(None)) -> float:
        """What is read of rows whose x and z are those of some rows, nats."""
        parts = (self.xz[rows], yz, self.z[rows], joint(x, yz))
        h_xz, h_yz, h_z, h_xyz = (chao_wang_jost(counts_seen(cell)) for cell in parts)
        return h_xz + h_yz - h_z - h_xyz


def _terms(p: Array) -> Array:
    """:math:`-p \\log p`."""
    out: Array = -p * np.log(np.where(p > 0.0, p, 1.0))
    return out

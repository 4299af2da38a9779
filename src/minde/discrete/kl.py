r"""KL divergence of discrete variables from two sets of rows, in nats."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from minde.discrete.counts import cells
from minde.discrete.entropy import digamma
from minde.discrete.shannon import Shannon
from minde.readout.influence import variance_of
from minde.types import Array, Rows
from minde.weighing import effective_rows, weighted_mean

#: Chance, were the laws one, below which a cell that q lacks is taken for one that it never has.
NEVER = 1e-3
#: Standard deviations by which q lacks more than chance explains.
MORE = 4.0
#: Nats that a row of p in a cell that q lacks is read too low by.
MISSED = 1.0
#: Upper 95% bound of the mean of a count that was zero.
ZERO_95 = 3.0
#: Rows of a cell up to which the thinned digamma is exact.
EXACT = 200


@dataclass(frozen=True)
class Lacking:
    """What q has no rows of.

    Attributes:
        share: Of p's rows, in cells that q lacks.
        more: Whether that is more than chance would be, were the laws one.
        never: Whether one such cell is no chance, and the divergence taken as infinite.
        least: Nats that the divergence has for that cell alone.
    """

    share: float = 0.0
    more: bool = False
    never: bool = False
    least: float = 0.0


NOTHING = Lacking()


@dataclass(frozen=True)
class _Counts:
    """Rows by cell: their mass, as how many they tell, and as how many all of them do."""

    mass: Array
    rows: Array
    all_rows: float

    @classmethod
    def of(cls, cell: Rows, size: int, weights: Array | None) -> _Counts:
        w = np.ones(len(cell)) if weights is None else weights
        mass, square = (np.bincount(cell, w**k, size) for k in (1, 2))
        rows = np.divide(mass**2, square, out=np.zeros(size), where=mass > 0.0)
        return cls(mass / len(cell), rows, effective_rows(weights, len(cell)))

    def log_share(self, fewest: float, own: bool) -> Array:
        """Log share of each cell by ``fewest`` rows, to a row that is one of them or is not."""
        of_all = max(self.all_rows - own, 1.0)
        kept = min(fewest / of_all, 1.0)
        out = expected_digamma(np.maximum(self.rows - own, 0.0), kept) - math.log(kept * of_all)
        held = self.mass > 0.0
        out[held] += np.log(self.mass[held] * self.all_rows / self.rows[held])
        return out


def kl_divergence(
    p: Rows, q: Rows, of_p: Array | None = None, of_q: Array | None = None
) -> tuple[Shannon, Lacking]:
    r"""KL divergence of the cells of codes p (n, columns) from those of q (m, columns).

    Of a row in a cell with :math:`n_i` rows of p and :math:`m_i` of q it is the mean of

    .. math::
        \mathbb{E}\, \psi(1 + B(n_i - 1, \tfrac{k}{n - 1}))
        - \mathbb{E}\, \psi(1 + B(m_i, \tfrac{k}{m})), \qquad k = \min(n - 1, m),

    B binomial: logarithms of the shares by as many rows of either, of p's without the row itself.
    Where p and q are one law both are alike, and the mean is right whatever the number of cells; it
    is low where q has few rows of what p has. By half as many rows, and by all of either, it is
    read once more, for the error. Where a cell of q's is empty that, were it p, would not be, the
    divergence is taken as infinite.

    Of rows with weights :math:`n_i` and :math:`m_i` are the effective numbers of those of the cell,
    and their masses take the place of their shares.

    Arguments:
        p: Codes.
        q: Likewise.
        of_p: Weights of p's rows, with the mean one, (n,), where they differ.
        of_q: Those of q's.

    Returns:
        The divergence, and what q lacks.
    """
    cell = cells(np.concatenate([p, q]))
    size, n, m = int(cell.max()) + 1, len(p), len(q)
    first, second = cell[:n], cell[n:]
    a, b = _Counts.of(first, size, of_p), _Counts.of(second, size, of_q)
    lacking = _lacking(a, b)
    if lacking.never:
        return Shannon(np.inf, np.inf, a.all_rows, np.full(n, np.inf)), lacking
    fewest = max(min(a.all_rows - 1.0, b.all_rows), 1.0)
    ratio, by_half, by_all = (
        (a.log_share(k, own=True) - b.log_share(k, own=False))[first]
        for k in (fewest, 0.5 * fewest, math.inf)
    )
    found, half, whole = (weighted_mean(r, of_p) for r in (ratio, by_half, by_all))
    # The weights p_i / q_i of q's own rows, first and second order.
    heavy = a.mass / np.maximum(b.mass, 0.5 / m)
    w, v = (np.ones(len(r)) if own is None else own for r, own in ((p, of_p), (q, of_q)))
    parts = (w * (ratio - found) / n, of_p), (v * (heavy[second] - 1.0) / m, of_q)
    variance = sum(
        variance_of(torch.from_numpy(influence), weighted=own is not None)[0]
        for influence, own in parts
    )
    cells_seen = int((a.mass > 0.0).sum()) - 1
    variance += cells_seen * (1 / a.all_rows + 1 / b.all_rows) ** 2 / 2
    variance += (found - half) ** 2 + (found - whole) ** 2 + (MISSED * lacking.share) ** 2
    return Shannon(found, float(np.sqrt(variance)), a.all_rows, ratio), lacking


def _lacking(a: _Counts, b: _Counts) -> Lacking:
    """What q lacks; given both counts of a cell, one law has all of them in p by chance."""
    empty = b.mass == 0.0
    share = float(a.mass[empty].sum())
    if share == 0.0:
        return NOTHING
    rows = a.rows + b.rows
    chance = (a.all_rows / (a.all_rows + b.all_rows)) ** rows
    never = empty & (chance * len(chance) < NEVER)
    expected = float((rows * chance).sum())
    spread = math.sqrt(float((rows**2 * chance * (1.0 - chance)).sum()))
    more = float(a.rows[empty].sum()) > expected + MORE * spread
    if not never.any():
        return Lacking(share, more)
    largest = float(a.mass[never].max())
    largest -= 2.0 * math.sqrt(largest * (1.0 - largest) / a.all_rows)
    return Lacking(share, more, True, least_divergence(largest, ZERO_95 / b.all_rows))


def least_divergence(share: float, mass: float) -> float:
    """Least nats of a divergence where p has a share and q a mass of no more than this, from 0."""
    if share <= mass:
        return 0.0
    rest = 0.0 if share == 1.0 else (1.0 - share) * math.log((1.0 - share) / (1.0 - mass))
    return share * math.log(share / mass) + rest


def expected_digamma(count: Array, kept: float) -> Array:
    r"""Mean of :math:`\psi(1 + B)`, B of so many rows those that are kept by so much chance each.

    Arguments:
        count: Rows, (n,); between whole numbers it is linear.
        kept: Chance of each to be kept.
    """
    if kept >= 1.0:
        return digamma(count + 1.0)
    size = min(int(np.ceil(count.max(initial=0.0))), EXACT) + 1
    # With j rows that are kept for sure; a row more is kept, or is not.
    of_sure, exact = digamma(np.arange(size) + 1.0), np.empty(size)
    for c in range(size):
        exact[c] = of_sure[0]
        of_sure = kept * of_sure[1:] + (1.0 - kept) * of_sure[:-1]
    mean = kept * count + 0.5
    # Log (B + 1/2) to second order.
    far = np.log(mean) - (1.0 - kept) * kept * count / (2.0 * mean**2)
    out: Array = np.where(count < size, np.interp(count, np.arange(size), exact), far)
    return out

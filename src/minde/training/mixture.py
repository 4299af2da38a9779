r"""How many components the mixtures have that are fitted to training rows, and which are averaged.

Each fit is by expectation maximisation (``minde.training.expectation``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.mixture import Mixture
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.products import MOST_COLUMNS, Products
from minde.training.expectation import fit_mixture, fit_to_all
from minde.types import Array
from minde.weighing import effective_rows

#: Numbers of components to choose among, and rows that each of their parameters needs.
COMPONENTS, ROWS_PER_PARAMETER = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64), 3
#: Rows that choose the number at most; beyond them, where products of the columns can be laid out,
#: rows that are fitted at most, components of a fit and of all that are averaged.
MAX_ROWS = 10_000
ALL_ROWS, WIDEST, MOST_OF_ALL = 100_000, 128, 256
#: Numbers in a row that are worse than the best so far, after which larger ones are tried only if
#: one of PROBES, or the largest, is better: what is in many pieces, a fast wave or a grid of blobs,
#: shows in none of the few.
PATIENCE, PROBES = 2, (8, 24)
#: Fits of the chosen number of components, from other starts, that are averaged, and components of
#: all of them at most.
STARTS, MOST = 4, 96
#: Digests of a column, one a member.
_Column = tuple[bytes, ...]


def fit_mixtures(
    rows: Sequence[Array],
    dims: Sequence[int],
    gap: int = 0,
    starts: int = STARTS,
    weights: Sequence[Array] | None = None,
) -> Mixture | None:
    """Mixtures of members' rows, as :func:`best_mixtures`; none if one Gaussian does."""
    best = best_mixtures(rows, dims, gap=gap, starts=starts, weights=weights)
    return best if best.weights.shape[1] > 1 else None


class Mixtures:
    """As :func:`fit_mixtures`, remembering what was fitted.

    The network of y given x sees the rows of x given y, their variables in another order.
    """

    def __init__(self) -> None:
        self._kept: dict[object, tuple[list[_Column], Mixture | None]] = {}

    def fit(
        self,
        rows: Sequence[Array],
        dims: Sequence[int],
        gap: int = 0,
        starts: int = STARTS,
        weights: Sequence[Array] | None = None,
    ) -> Mixture | None:
        """Mixtures of members' rows; the same rows are taken to have the same weights."""
        columns = _columns(rows)
        ends = np.cumsum(dims)
        variables = (frozenset(columns[end - d : end]) for d, end in zip(dims, ends, strict=True))
        key = frozenset(variables), gap, starts
        if key in self._kept:
            known, found = self._kept[key]
            return found and found.of_columns([known.index(column) for column in columns])
        found = fit_mixtures(rows, dims, gap, starts, weights)
        if len(set(columns)) == len(columns):
            self._kept[key] = columns, found
        return found


def _columns(rows: Sequence[Array]) -> list[_Column]:
    """What tells each column from others: a digest of its values in each member."""
    return [
        tuple(sha256(np.ascontiguousarray(x[:, k]).tobytes()).digest() for x in rows)
        for k in range(rows[0].shape[1])
    ]


@dataclass(frozen=True)
class _Taken:
    """Rows of each member that are fitted, (E, N, D).

    Attributes:
        rows: The rows, in double.
        scale: Their covariance.
        weights: With the mean one, (E, N), where they differ.
        independent: As many as they tell.
    """

    rows: Tensor
    scale: Tensor
    weights: Tensor | None
    independent: float

    @classmethod
    def of(
        cls,
        rows: Sequence[Array],
        dims: Sequence[int],
        most: int,
        gap: int,
        weights: Sequence[Array] | None,
    ) -> _Taken:
        """Every so many of the rows that there are ``most`` at most."""
        step = -(-len(rows[0]) // most)
        some = [x[::step] for x in rows]
        own = None if weights is None else [w[::step] / w[::step].mean() for w in weights]
        return cls(
            torch.from_numpy(np.stack(some)).double(),
            well_posed(moments(some, weights=own)[1], dims),
            None if own is None else torch.from_numpy(np.stack(own)),
            min(effective_rows(own[0] if own else None, len(some[0])), len(rows[0]) / max(gap, 1)),
        )

    @property
    def _each(self) -> float:
        """Parameters of a component."""
        dim = self.rows.shape[2]
        return 1 + dim * (dim + 3) / 2

    def bought(self, k: int) -> float:
        """Nats a row that the parameters of k components gain by chance."""
        return (k * self._each - 1) / self.independent

    def allow(self, k: int) -> bool:
        """Whether there are rows enough for k components."""
        return ROWS_PER_PARAMETER * k * self._each <= self.independent


def best_mixtures(
    rows: Sequence[Array],
    dims: Sequence[int],
    components: Sequence[int] = COMPONENTS,
    gap: int = 0,
    starts: int = STARTS,
    weights: Sequence[Array] | None = None,
) -> Mixture:
    r"""Mixtures of members' rows, all of one number of components, one or more.

    The number is that of the largest :math:`\ell - p / n`, with :math:`\ell` the log likelihood
    per row and p the parameters: what the mixture may be expected to reach on rows that it was not
    fitted on (Akaike, 1974). With the number it mostly rises, then falls: beyond PATIENCE that fall
    larger ones are tried where a probe of the first member's rows is better than the best so far.
    Held-out rows themselves tell less: a few of them that lie beyond the others decide.

    Of that number several mixtures from different starts are averaged: each has found other
    clusters of chance, and their mean makes unseen rows more likely than any of them. Those that
    fit worse than the best by more than the parameters buy, p / n, are left out.

    Arguments:
        rows: Rows to fit per member, (N, D), of equal numbers.
        dims: Dimension of each variable.
        components: Numbers to choose among, beside one.
        gap: Rows over which rows in time order depend, which count as one.
        starts: Fits of that number that are averaged, fewer where they are of many components.
        weights: Of the rows per member, (N,), where they differ; n is then their effective number.
    """
    some = _Taken.of(rows, dims, MAX_ROWS, gap, weights)
    train, scale, w = some.rows, some.scale, some.weights
    allowed = [1, *filter(some.allow, components)]

    def fit_of(mixture: Mixture, members: slice = slice(None)) -> Tensor:
        log = Products(train[members]).log_density(mixture)
        return (log if w is None else w[members] * log).mean(1)

    def tried(
        k: int, members: slice = slice(None), least: float = -math.inf
    ) -> tuple[Mixture, Tensor]:
        """A fit, and its gain; of one that will not gain the least, something less than that."""
        own, bought = None if w is None else w[members], some.bought(k)
        mixture = fit_mixture(train[members], scale[members], k, 0, own, least + bought)
        return mixture, fit_of(mixture, members) - bought

    def reached(best: Tensor, beyond: Sequence[int]) -> int:
        """The largest number worth going to, 0 if none of those beyond is."""
        probes = {k for k in beyond if k in PROBES or k == allowed[-1]}
        least = float(best[0])
        return max((k for k in probes if tried(k, slice(1), least)[1][0] > least), default=0)

    found: dict[int, Mixture] = {}
    gains: dict[int, Tensor] = {}
    best, least_last = 1, 0
    for at, k in enumerate(allowed):
        found[k], gains[k] = tried(k)
        best = max(best, k, key=lambda k: float(gains[k].mean()))
        if at - allowed.index(best) >= PATIENCE and k >= least_last:
            least_last = reached(gains[best], allowed[at + 1 :])
            if not least_last:
                break
    if best > 1 and fitted_to_all(len(rows[0]), train.shape[2]):
        return _of_all(rows, dims, best, gap, starts, weights)
    starts = min(starts, MOST // best)
    if best == 1 or starts == 1:
        return found[best]
    more = (fit_mixture(train, scale, best, start, w) for start in range(1, starts))
    parts = [found[best], *more]
    return _averaged(parts, torch.stack([fit_of(m) for m in parts]), some.bought(best))


def fitted_to_all(n: int, dim: int) -> bool:
    """Whether mixtures of n rows of so many columns are fitted to more than choose their number."""
    return n > MAX_ROWS and dim <= MOST_COLUMNS


def _averaged(parts: Sequence[Mixture], fits: Tensor, bought: float) -> Mixture:
    """The mean of several, less those that fit worse by more than parameters buy."""
    near = fits >= fits.amax(0) - bought
    return Mixture.averaged(parts, near.to(parts[0].weights))


def _of_all(
    rows: Sequence[Array],
    dims: Sequence[int],
    least: int,
    gap: int,
    starts: int,
    weights: Sequence[Array] | None,
) -> Mixture:
    """As :func:`best_mixtures` of very many rows, from the number that some of them chose.

    It is doubled as long as that pays by the same rule.
    """
    every = _Taken.of(rows, dims, ALL_ROWS, gap, weights)
    train, scale, w, bought = every.rows, every.scale, every.weights, every.bought
    best, (found, fit) = least, fit_to_all(train, scale, least, 0, w)
    while 2 * best <= WIDEST and every.allow(2 * best):
        wider, wider_fit = fit_to_all(train, scale, 2 * best, 0, w)
        if float((wider_fit - fit).mean()) < bought(2 * best) - bought(best):
            break
        best, found, fit = 2 * best, wider, wider_fit
    others = range(1, min(starts, MOST_OF_ALL // best))
    more = [fit_to_all(train, scale, best, start, w) for start in others]
    fits = torch.stack([fit, *(f for _, f in more)])
    return _averaged([found, *(m for m, _ in more)], fits, bought(best))

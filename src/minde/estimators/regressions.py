r"""What regressions on products of columns tell beyond a linear one, without any network.

Where columns are many and rows few, networks see no more than the linear part of a dependence. The
residuals of a linear regression show the rest where it is of second order, as in the tests of
Ramsey (powers of what is fitted), White (squares and products) and Engle (spread that varies).
With :math:`\bar R_k^2` the share of the variance of the k-th residual, of unit variance and
uncorrelated, that features of X explain, adjusted for their number, they tell of the mean

.. math::
    G = -\tfrac12 \sum_k \log(1 - \bar R_k^2)

nats more, and of the spread, by the same of the logarithms of squared residuals, a quarter of the
variance explained: with a log-normal scale s, :math:`\tfrac12 (\log \langle s^2 \rangle - \langle
\log s^2 \rangle) = \tfrac14 \operatorname{Var} \log s^2`. The sum is over those residuals where it
is more than chance by far. Of spreads the largest alone counts, since columns that share one tell
it of one another, and of a few families of features the one that tells most. The adjusted share is
without bias where a held-out one is low by the features' own errors: of 25 columns and 1,000 rows
by half.

All is of the normal scores of each column's ranks, so that maps of columns change nothing.

References:
    Ramsey, Tests for specification errors in classical linear least-squares regression analysis,
    Journal of the Royal Statistical Society B 31, 1969. White, A heteroskedasticity-consistent
    covariance matrix estimator and a direct test for heteroskedasticity, Econometrica 48, 1980.
    Engle, Autoregressive conditional heteroscedasticity, Econometrica 50, 1982.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
import torch

from minde.coding import Side
from minde.estimators.explained import Told, cut, explained, products, standard, whitened
from minde.estimators.neighbours import Neighbourly, some_rows
from minde.preprocessing.transforms import RankCopula
from minde.training.regression import MOST_OF_PRODUCTS, leading
from minde.types import Array

#: Columns from which networks and nearest neighbours may both miss products of them, and nats that
#: are no difference.
FEWEST_COLUMNS, SLIGHT = 3, 0.02
#: Chance of one wrong find among all that is looked at, and looks at each residual: families of
#: features of either variable, in two sets of directions, two-sided.
LEVEL, LOOKS = 1e-3, 48
#: Features per row at most, of one family.
FEATURES_PER_ROW = 1.0 / 3.0
#: Canonical correlation from which a direction is linear.
LINEAR = 1.0 - 1e-9
#: Products that are chosen for a residual where all are too many, and their correlation with it in
#: standard errors.
CHOSEN, CHOSEN_FROM = 3, 3.0
#: Levels of a label that are told apart at most, and rows that such a level has.
MOST_LEVELS, LEAST_OF_LEVEL = 8, 20
#: Columns whose products of three are taken at most.
MOST_HOT = 6
#: Added to squared residuals under the logarithm.
FLOOR = 1e-3


def scores_of(sides: Sequence[Side], gap: int = 0) -> list[Array]:
    """Normal scores of some rows of variables without labels, each (n, dim).

    Arguments:
        sides: The variables.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
    """
    rows = some_rows(len(sides[0]), sides[0].weights, gap)
    return [RankCopula.fit(side.values[rows])(side.values[rows]) for side in sides]


def numbers(columns: Sequence[Neighbourly]) -> Array:
    """Columns of any kind as numbers, (n, D): normal scores, and indicators of frequent labels.

    Arguments:
        columns: Of one variable.
    """
    out = []
    for column in columns:
        if column.scores is not None:
            out.append(column.scores.nan_to_num().numpy())
        if column.codes is not None:
            codes = column.codes.numpy()
            levels, counts = np.unique(codes, return_counts=True)
            frequent = levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS]
            often = [k for k in frequent if (codes == k).sum() >= LEAST_OF_LEVEL]
            out += [(codes == k).astype(np.float64) for k in often]
    return np.stack(out, axis=1) if out else np.zeros((len(columns[0]), 0))


def told_by_regressions(x: Array, y: Array) -> Told:
    """The most that features of either variable tell of the other.

    Arguments:
        x: Normal scores of ranks, or :func:`numbers`, (n, dim_x).
        y: The like, (n, dim_y).
    """
    both = [parts for a, b in ((x, y), (y, x)) if (parts := _Parts.of(a, b)) is not None]
    found = [told for parts in both for told in (_of_mean(parts), _of_spread(parts))]
    return max(found, key=lambda told: told.nats, default=Told())


def linear_information(x: Array, y: Array) -> float:
    r"""Information of normal variables by their correlations, less its bias, nats.

    .. math::
        -\tfrac12 \sum_k \log(1 - r_k^2) - \tfrac12 \Big[ \sum_{i \le p} + \sum_{i \le q} -
        \sum_{i \le p + q} \Big] \psi \Big( \frac{n - i}{2} \Big) ,

    with canonical correlations r of p and q columns (Wishart's expected log determinants).

    Arguments:
        x: (n, dim_x).
        y: (n, dim_y).
    """
    n, x, y = len(x), whitened(x), whitened(y)
    p, q = x.shape[1], y.shape[1]
    if n <= p + q + 1:
        return 0.0
    r = np.linalg.svd(x.T @ y / n, compute_uv=False)
    psi = torch.digamma(0.5 * (n - torch.arange(1, p + q + 1, dtype=torch.float64)))
    bias = 0.5 * float(psi[:p].sum() + psi[:q].sum() - psi.sum())
    return float(-0.5 * np.log1p(-np.square(np.minimum(r, 1.0 - 1e-9))).sum()) - bias


def told_of_mean(x: Array, y: Array) -> Told:
    """The most that a family of features of x tells of the mean of y, both as above."""
    parts = _Parts.of(x, y)
    return Told() if parts is None else _of_mean(parts)


def _of_mean(parts: _Parts) -> Told:
    w, u = parts.white, parts.leading
    n = len(w)
    families = [
        np.concatenate([w * parts.size, parts.size], axis=1),
        np.concatenate([products(u), u**3], axis=1),
    ]
    pairs = products(w) if w.shape[1] <= MOST_OF_PRODUCTS else None
    chosen = pairs if pairs is not None and pairs.shape[1] >= FEATURES_PER_ROW * n else None
    if pairs is not None and chosen is None:
        families.append(pairs)
    found = []
    for residuals in parts.residuals:
        least = _least(residuals)
        threes = _of_three(w, residuals)
        some = families if threes is None else [*families, threes]
        found += [explained(f, residuals, w.shape[1]).told(least) for f in some]
        if chosen is not None:
            found.append(_by_chosen(chosen, residuals, least))
    return max(found, key=lambda told: told.nats)


def _of_three(white: Array, residuals: Array) -> Array | None:
    """Products of three of the columns whose squares tell of a spread: a mean of third order shows.

    None where there are no three of them.
    """
    logs, squares = standard(_logs(residuals)), cut(np.square(white))
    z = np.abs(squares.T @ logs).max(axis=1) / math.sqrt(len(white))
    hot = np.argsort(-z, kind="stable")[:MOST_HOT]
    hot = hot[z[hot] > _least(residuals)]
    if len(hot) < 3:
        return None
    found: Array = np.stack([white[:, list(k)].prod(axis=1) for k in combinations(hot, 3)], axis=1)
    return found


def _of_spread(parts: _Parts) -> Told:
    """The most that a family of features of x tells of the spread of y."""
    w = parts.white
    families = [np.concatenate([w, parts.size], axis=1), np.square(w)]
    found = []
    for residuals in parts.residuals:
        squares = _logs(residuals)
        told = (explained(f, squares, w.shape[1]) for f in families)
        found += [one.told(_least(residuals), squares.var(axis=0)) for one in told]
    return max(found, key=lambda told: told.nats)


def _logs(residuals: Array) -> Array:
    found: Array = np.log(np.square(residuals) + FLOOR)
    return found


def _least(residuals: Array) -> float:
    """What chance does not reach in any of the looks that are taken, as a normal value."""
    return NormalDist().inv_cdf(1.0 - LEVEL / (LOOKS * (residuals.shape[1] + 1)))


@dataclass(frozen=True)
class _Parts:
    """What regressions of y on x start from.

    Attributes:
        white: x, whitened, (n, W).
        size: Its mean square, (n, 1).
        leading: Directions of it that are correlated most, (n, L).
        residuals: What is linear taken off y: near its columns, and in canonical directions.
            Where there is none left of one it is left out.
    """

    white: Array
    size: Array
    leading: Array
    residuals: tuple[Array, ...]

    @classmethod
    def of(cls, x: Array, y: Array) -> _Parts | None:
        """None where rows are too few, or nothing varies."""
        n, x, y = len(x), whitened(x), whitened(y)
        if n <= 4 * max(x.shape[1], 1) or not x.shape[1] or not y.shape[1]:
            return None
        u, s, v = np.linalg.svd(x.T @ y / n, full_matrices=False)
        near = whitened(y - x @ (x.T @ y / n))
        # Of what is linear to the last digit nothing but rounding is left.
        canonical = standard((y @ v.T - x @ u * s)[:, s < LINEAR])
        left = tuple(part for part in (near, canonical) if part.shape[1])
        if not left:
            return None
        size = standard(np.square(x).mean(axis=1, keepdims=True))
        return cls(x, size, x @ leading(x, y), left)


def _by_chosen(pairs: Array, residuals: Array, least: float) -> Told:
    """What few products tell of each residual: chosen on one half of the rows, seen on the other.

    Arguments:
        pairs: Products, (n, F).
        residuals: (n, T).
        least: What chance does not reach, as a normal value.
    """
    pairs, n = cut(pairs), len(pairs)
    halves = np.arange(0, n, 2), np.arange(1, n, 2)
    nats = variance = 0.0
    for own, other in (halves, halves[::-1]):
        z = pairs[own].T @ residuals[own] / math.sqrt(len(own))
        for k in range(residuals.shape[1]):
            best = np.argsort(-np.abs(z[:, k]))[:CHOSEN]
            best = best[np.abs(z[best, k]) > CHOSEN_FROM]
            if len(best):
                told = explained(pairs[np.ix_(other, best)], residuals[other, k][:, None]).told(
                    least
                )
                nats, variance = nats + told.nats / 2, variance + told.std_error**2 / 4
    return Told(nats, math.sqrt(variance))

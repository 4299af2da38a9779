r"""Covariances of many columns and few rows: eigenvalues as other rows have them.

The sample covariance :math:`S` of n rows and D columns is spread too wide: along its own
eigenvectors it is large where chance made it so. Along the eigenvectors :math:`v_i^{(-k)}` of the
rows outside fold k, unseen rows have the variance

.. math::
    \lambda_i = \frac1n \sum_k \sum_{r \in \text{fold } k}
    \big\langle v_i^{(-k)},\, x_r - \bar x^{(-k)} \big\rangle^2 ,

and :math:`\sum_i \lambda_i v_i v_i^\top` loses 0.05 nats on unseen rows where S loses 0.5 (800
rows of 40 columns that share one factor). Two ways of it and S itself are compared by the
likelihood of rows that were not fitted:

- *whole*: all columns at once, after division by their deviations;
- *within*: each variable's columns first, which whitens them, then all of them, what is between
  variables. It suits variables that are rich within and share little.

References:
    Bartz, Cross-validation based nonlinear shrinkage, 2016, arXiv:1611.00798.
    Abadir, Distaso and Zikes, Design-free estimation of variance matrices, Journal of Econometrics
    181, 2014 (variances along the eigenvectors of other rows).
    Barlow et al., Statistical Inference under Order Restrictions, 1972 (pooling of neighbours).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from minde.diffusion.moments import FLOOR, moments, well_posed
from minde.types import Array
from minde.weighing import effective_rows, mean_one

#: Rows from which the sample covariance is good enough: of D columns so many times D^2, where what
#: it loses between two variables of as many columns, D^2 / 8n nats, is 0.005; and in any case.
ENOUGH_ROWS, MOST_ROWS = 25, 50_000
#: Columns at most.
MOST_COLUMNS = 300
#: Folds of the variances, and of the likelihood that chooses.
FOLDS, JUDGES = 8, 4
#: Rows to a fold, below which nothing is done.
LEAST_ROWS = 4

#: Of rows, with the mean one; none where they are all alike.
_Weights = Array | None
_Estimate = Callable[[Array, _Weights], Array]


def shrunken(
    samples: Sequence[Array], dims: Sequence[int], weights: Sequence[Array] | None = None
) -> list[Array] | None:
    """Covariances of members' rows, each (n, D), to put in the place of the sample covariances.

    The way is chosen once, by the first member's rows.

    Arguments:
        samples: Rows per member.
        dims: Dimension of each variable; they sum to D.
        weights: Of the rows per member, (n,), where they differ.

    Returns:
        One (D, D) a member; none where the sample covariance is as good.
    """
    dim = samples[0].shape[1]
    own: Sequence[_Weights] = weights or [None] * len(samples)
    n = effective_rows(own[0], len(samples[0]))
    enough = min(ENOUGH_ROWS * dim**2, MOST_ROWS)
    if not 1 < dim <= MOST_COLUMNS or not LEAST_ROWS * FOLDS <= n < enough:
        return None
    ways: list[_Estimate] = [_sample, _whole]
    if sum(size > 0 for size in dims) > 1:
        ways.append(lambda rows, w: _within(rows, w, dims))
    scores = [_likelihood(way, samples[0], own[0], dims) for way in ways]
    best = ways[int(np.argmax(scores))]
    return None if best is _sample else list(map(best, samples, own))


def _sample(rows: Array, w: _Weights) -> Array:
    covariance: Array = moments([rows], weights=None if w is None else [w])[1][0].numpy()
    return covariance


def _whole(rows: Array, w: _Weights) -> Array:
    deviation = np.sqrt(np.diag(_sample(rows, w)))
    deviation = np.where(deviation > 0.0, deviation, 1.0)
    return _along_others(rows / deviation, w) * np.outer(deviation, deviation)


def _within(rows: Array, w: _Weights, dims: Sequence[int]) -> Array:
    dim, start = rows.shape[1], 0
    root, inverse = np.zeros((dim, dim)), np.zeros((dim, dim))
    for size in filter(None, dims):
        part = slice(start, start + size)
        own = torch.from_numpy(_whole(rows[:, part], w))[None]
        values, vectors = np.linalg.eigh(well_posed(own, [size])[0].numpy())
        # Columns that are constant among these rows are left as they are.
        values = np.maximum(values, FLOOR * values[-1]) if values[-1] > 0.0 else values + 1.0
        root[part, part] = (vectors * np.sqrt(values)) @ vectors.T
        inverse[part, part] = (vectors / np.sqrt(values)) @ vectors.T
        start += size
    return root @ _along_others(rows @ inverse, w) @ root


def _along_others(rows: Array, w: _Weights) -> Array:
    """Eigenvectors of all rows, with the variances that rows of other folds have along theirs."""
    values = np.zeros(rows.shape[1])
    for train, test in _folds(len(rows), FOLDS):
        own = mean_one(w, train)
        vectors = np.linalg.eigh(_sample(rows[train], own))[1]
        mean = np.average(rows[train], axis=0, weights=own)
        values += _total(np.square((rows[test] - mean) @ vectors), w, test)
    # In rising order, as the eigenvectors are.
    values = _rising(values / len(rows))
    vectors = np.linalg.eigh(_sample(rows, w))[1]
    covariance: Array = (vectors * values) @ vectors.T
    return covariance


def _rising(values: Array) -> Array:
    """The nearest values in rising order: neighbours that fall are pooled."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (mean * count + before * size) / (count + size), count + size
        pools.append((mean, count))
    means, counts = zip(*pools, strict=True)
    return np.repeat(means, counts)


def _likelihood(way: _Estimate, rows: Array, w: _Weights, dims: Sequence[int]) -> float:
    """Log likelihood of rows by the covariance of those outside their fold, but for a constant."""
    total = 0.0
    for train, test in _folds(len(rows), JUDGES):
        own = mean_one(w, train)
        covariance = well_posed(torch.from_numpy(way(rows[train], own))[None], dims)[0].numpy()
        off = rows[test] - np.average(rows[train], axis=0, weights=own)
        log_det = float(np.linalg.slogdet(covariance)[1])
        squares = (off * np.linalg.solve(covariance, off.T).T).sum(axis=1)
        total -= float(_total(squares + log_det, w, test))
    return 0.5 * total


def _total(values: Array, w: _Weights, rows: Array) -> Array:
    """Sum of values over some rows, by their weights."""
    out: Array = values.sum(axis=0) if w is None else w[rows] @ values
    return out


def _folds(n: int, count: int) -> list[tuple[Array, Array]]:
    """Rows of blocks, so that rows in time order lie apart: (others, own)."""
    rows = np.arange(n)
    return [(np.setdiff1d(rows, part), part) for part in np.array_split(rows, count)]

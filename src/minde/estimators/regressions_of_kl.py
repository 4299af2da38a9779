r"""A third route for the divergence of many columns: how each follows from the others.

Networks of many columns and few rows see means, variances and correlations that differ, and not a
column that is a product of two others in p and independent in q. By the chain rule

.. math::
    \mathrm{KL}(p \| q) = \mathrm{KL}(p_{-j} \| q_{-j}) + \langle \log p(x_j \mid x_{-j}) -
    \log q(x_j \mid x_{-j}) \rangle_p ,

of which Gaussians whose mean is linear in the other columns make the divergence of two normal laws,
and those whose mean bends (features as in ``minde.training.regression``) as much more as bends in
one of them alone. All is of normal scores of p and q together.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from minde.estimators.estimating import REGRESSIONS, certain_at, moved
from minde.estimators.explained import Told, cut, products, standard
from minde.estimators.neighbours_of_kl import Normal
from minde.estimators.regressions import SLIGHT
from minde.estimators.support import Both
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.training.regression import LEAST_ROWS, MOST_OF_PRODUCTS, pursued
from minde.types import Array, Rows

#: Columns from which one may be a product of two others, rows of each sample that are looked at,
#: and standard errors from which on what bends is sure.
FEWEST_COLUMNS, MOST_ROWS, SURE = 3, 3000, 4.0
#: Rows to a column at least, of both samples.
ROWS_PER_COLUMN = 4


def with_regressions(found: MIEstimate, both: Both) -> MIEstimate:
    """The estimate taken up to what regressions find beyond it, its value where that is sure."""
    p, q = (rows.numpy()[:: -(-len(rows) // MOST_ROWS)] for rows in (both.p, both.q))
    low, high = found.interval
    few = min(len(p), len(q)) < max(LEAST_ROWS, ROWS_PER_COLUMN * both.dim)
    if few or not FEWEST_COLUMNS <= both.dim <= MOST_OF_PRODUCTS or math.isinf(high):
        return found
    told = told_of_divergence(p, q)
    beyond = told.nats - found.value
    chance = math.hypot(told.std_error, found.std_error)
    if beyond <= max(SLIGHT, Z_95 * chance):
        return found
    interval = (low, max(high, found.value + 2.0 * beyond + Z_95 * told.std_error))
    line = f"regressions of each column on the others find {beyond:.2f} nats that the networks "
    if beyond > certain_at() * chance:
        found = moved(found, found.value + beyond, interval, REGRESSIONS, told.std_error)
        line += "have not learned, and the value holds them"
    else:
        line += "have not learned, and the interval is the wider for it: the value is low"
    line += "; take more rows or fewer columns"
    return replace(found, interval=interval, warnings=(*found.warnings, line))


def told_of_divergence(p: Array, q: Array) -> Told:
    """Divergence of normal laws, and the most that a column which bends adds; nothing if none does.

    Arguments:
        p: Normal scores, (n, D).
        q: The like, (m, D).
    """
    n, m, dim = len(p), len(q), p.shape[1]
    pairs = np.stack(np.triu_indices(dim), axis=1)
    by_sample = [bending(z, pairs) for z in (p, q)]
    best = Told()
    for j in range(dim):
        features = sorted({*by_sample[0].get(j, ()), *by_sample[1].get(j, ())})
        if features:
            linear = _gaps(p, q, j, pairs[:0])
            more = _gaps(p, q, j, pairs[features]) - linear
            told = Told(float(more.mean()), float(more.std()) / math.sqrt(n))
            best = max(best, told, key=lambda t: t.nats)
    if best.nats <= SURE * best.std_error:
        return Told()
    return replace(best, nats=best.nats + max(0.0, _of_normals(p, q) - _by_chance(n, m, dim)))


def bending(z: Array, pairs: Rows) -> dict[int, list[int]]:
    """By column the products of others that tell of it beyond its linear part.

    Arguments:
        z: Normal scores, (n, D).
        pairs: Of columns, (M, 2); the products are numbered as they are.
    """
    features, out = cut(products(standard(z))), {}
    precision = np.linalg.pinv(np.cov(z.T, bias=True))
    residuals = standard((z - z.mean(axis=0)) @ precision)
    for j in range(z.shape[1]):
        others = np.flatnonzero((pairs != j).all(axis=1))
        chosen, _ = pursued(features[:, others], residuals[:, [j]], z.shape[1])
        if len(chosen):
            out[j] = [int(k) for k in others[chosen]]
    return out


def _gaps(p: Array, q: Array, j: int, pairs: Rows) -> Array:
    """Log likelihood of a column of p's rows given the others by p's regression less q's, (n,)."""
    (a, u), (b, v) = ((design(z, j, pairs), z[:, j]) for z in (p, q))
    of_p, of_q = (np.linalg.lstsq(x, y, rcond=None)[0] for x, y in ((a, u), (b, v)))
    free = a.shape[1]
    var_p = np.square(u - a @ of_p).sum() / max(1, len(u) - free)
    var_q = np.square(v - b @ of_q).sum() / max(1, len(v) - free)
    mine, other = np.square(u - a @ of_p) / var_p, np.square(u - a @ of_q) / var_q
    gaps: Array = 0.5 * (math.log(var_q / var_p) + other - mine)
    return gaps


def design(z: Array, j: int, pairs: Rows) -> Array:
    """What column j is regressed on: one, the other columns, and products, (n, D + pairs)."""
    return np.column_stack(
        [np.ones(len(z)), np.delete(z, j, axis=1), *(z[:, a] * z[:, b] for a, b in pairs)]
    )


def _by_chance(n: int, m: int, dim: int) -> float:
    r"""What :func:`_of_normals` is on average of n and m rows of one normal law.

    By the means of a Wishart matrix's inverse and log determinant.
    """
    square = dim * (1.0 + 1.0 / n + 1.0 / m) * (m - 1.0) / (m - dim - 2.0)
    i = torch.arange(1, dim + 1, dtype=torch.float64)
    psi = torch.digamma(0.5 * (m - i)) - torch.digamma(0.5 * (n - i))
    return 0.5 * (square - dim + float(psi.sum()) + dim * math.log((n - 1.0) / (m - 1.0)))


def _of_normals(p: Array, q: Array) -> float:
    """Divergence of the normal laws of both samples' moments."""
    a, b = (Normal.of(torch.from_numpy(rows)) for rows in (p, q))
    return a.kl(b)

r"""KL divergence of two samples of one column, from spacings, in nats; nothing is trained.

A divergence does not change under an increasing map, so the rows of both samples are set, in their
order, at uniform numbers: what is left of them is their ranks. With :math:`u` the places of p's
rows, and around each the window of q's rows from the r-th below to the r-th above,

.. math::
    \mathrm{KL}[p \| q] = \mathbb{E}_p[-\log q(u)] - H(p), \qquad
    -\log \hat q(u) = \log(v_{(j+r)} - v_{(j-r+1)}) - \psi(c + 1) + \psi(m + 2) ,

:math:`c = 2r - 1` the spacings of the window, fewer at the ends, of the m + 1 into which q's m rows
cut the unit interval. A row of p falls into a spacing the more often the wider it is: of uniform q
the c spacings around it have the mean logarithm :math:`\psi(c + 1) - \psi(m + 2)`. H(p) is that of
``minde.estimators.spacings``. Both are right on average where p and q are the same, whatever the
number of rows. The uniform numbers are drawn several times and the estimates averaged.

Beyond the outermost rows of q, where p may still have some, nothing tells how thin q is; about a
nat of each row there is missed, and is in the interval. Weights enter both densities as in
``minde.estimators.spacings``.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from minde.discrete.entropy import digamma
from minde.errors import InputError
from minde.estimators.estimating import nothing_read
from minde.estimators.spacings import (
    LEAST_ROWS,
    REACH,
    SPACINGS,
    chance_of_spacings,
    marginal_entropies,
    surprise_at,
    trigamma,
    wide_reach,
)
from minde.estimators.support import Both, PairWeights, with_sample_of_q
from minde.estimators.windows import windows
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.influence import variance_of_mean
from minde.readout.student import t_95
from minde.seeding import derive
from minde.types import Array
from minde.weighing import effective_rows, weighted_mean

#: Draws of uniform numbers.
DRAWS = 8
#: Nats that a row of p beyond the rows of q is read too low by.
MISSED = 1.0


def kl_of_column(p: Array, q: Array, weights: PairWeights = (None, None)) -> MIEstimate:
    """KL divergence of samples p (n, 1) and q (m, 1), by weights; ties are broken at random.

    Raises:
        InputError: If either has too few rows.
    """
    n, m = len(p), len(q)
    if min(n, m) < LEAST_ROWS:
        few = f"{min(n, m)} rows of {'p' if n < m else 'q'} are too few"
        raise InputError(f"kl: {few}: give {LEAST_ROWS} rows or more")
    rng, (of_p, of_q) = np.random.default_rng(derive(0, "ranks")), weights
    rows_p = effective_rows(of_p, n)
    near, far, ratio, outside = np.zeros(n), np.zeros(n), 0.0, 0.0
    chance = trigamma(2 * REACH) / rows_p
    for _ in range(DRAWS):
        u, v = _uniform(p[:, 0], q[:, 0], rng)
        own = marginal_entropies(u[:, None], of_p)
        at = 0.0 if of_q is None else surprise_at(v, u, of_q) - surprise_at(v, u)
        moved = own.value - weighted_mean(own.wide, of_p)
        wide = _surprise_of(v, u, wide_reach(m)) + at - (own.wide + moved)
        near += (_surprise_of(v, u, REACH) + at - own.pointwise) / DRAWS
        far += wide / DRAWS
        chance += own.variance / DRAWS
        ratio += weighted_mean(np.exp(wide), of_p) / DRAWS
        beyond = ((u < v.min()) | (u > v.max())).astype(float)
        outside += weighted_mean(beyond, of_p) / DRAWS
    chance += ratio * chance_of_spacings(m, of_q)
    variance = variance_of_mean(far, weights=of_p) + chance + (MISSED * outside) ** 2
    value, error, dof = weighted_mean(near, of_p), math.sqrt(variance), rows_p - 1.0
    reach = t_95(dof) * error
    found = replace(
        nothing_read(n, (), of_p),
        value=value,
        std_error=error,
        interval=(value - reach, value + reach),
        per_seed=np.array([value]),
        readouts={SPACINGS: Summary(value, error)},
        pointwise=near,
        diagnostics={"degrees_of_freedom": dof},
    )
    return with_sample_of_q(found, Both.of(p, q, weights))


def _uniform(p: Array, q: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Uniform numbers in the order of the rows of both."""
    both = np.concatenate([p, q])
    order = np.lexsort((rng.random(len(both)), both))
    out = np.empty(len(both))
    out[order] = np.sort(rng.random(len(both)))
    return out[: len(p)], out[len(p) :]


def _surprise_of(v: Array, u: Array, reach: int) -> Array:
    """Minus the log density of v's law on the unit interval at u, by windows of v, (n,)."""
    edges = np.concatenate([[0.0], np.sort(v), [1.0]])
    gaps = len(edges) - 1
    place = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, gaps - 1)
    at = windows(edges, place, place + 1, reach)
    spacings = (at.high - at.low).astype(np.int64)
    constant = digamma(np.array([gaps + 1]))[0] - digamma(spacings + 1)
    out: Array = np.log(edges[at.high] - edges[at.low]) + constant
    return out

r"""What a divergence owes to the rows of q: their chance, and that there are some where p has.

A row of p that lies farther from q than every row of q from all others lies where, as far as the
rows tell, q has nothing. With a share s of p's rows there, and at 95% a mass of q of no more than
:math:`u = 3 / m` after m rows of q without one, the data processing inequality leaves

.. math::
    \mathrm{KL}[p \| q] \ge s \log\frac su + (1 - s) \log\frac{1 - s}{1 - u} .

Networks blur a density with a hard edge, and read low. Of few columns nearest neighbours are a
second route that does not: with :math:`\rho_i` the distance of row i of p to its k-th nearest other
of n, and :math:`\nu_i` to that of m rows of q,

.. math::
    \widehat{\mathrm{KL}} = \frac Dn \sum_i \log\frac{\nu_i}{\rho_i} + \log\frac{m}{n - 1} .

It mostly reads low as well, so that what it reads more was missed.

References:
    Wang, Kulkarni and Verdú, Divergence estimation for multidimensional densities via k-nearest-
    neighbor distances, IEEE Transactions on Information Theory 55, 2009.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from minde.preprocessing.transforms import RankCopula
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95
from minde.types import Array
from minde.weighing import effective_rows, weighted_mean

#: Weights of the rows of p, and of those of q, (n,) each, where they differ.
PairWeights = tuple[Array | None, Array | None]
#: Rows of q, and of either that are looked at; a share of p's rows of which something is said.
AMONG, QUERIES, ENOUGH = 20_000, 2000, 0.01
#: Rows of p around one of them that tell the ratio of p and q there.
NEIGHBOURS = 20
#: Columns at most of which nearest neighbours are asked, which of them, and standard errors of what
#: they read more, from which on it is told.
FEW_COLUMNS, NEAREST, TOLD = 3, 5, 2.0
#: Distance of normal scores that rounding leaves between equal rows.
TIED = 1e-6
#: Upper 95% bound of the mean of a count that was zero.
ZERO_95 = 3.0


def beyond(p: Array, q: Array, weights: PairWeights = (None, None)) -> tuple[float, float]:
    """Share of p's rows that lie where q has none, and the nats that the divergence then has.

    Distances are those of the normal scores of p and q (rows, D) together.
    """
    scores = RankCopula.fit(np.concatenate([p, q]))
    a, b = (torch.from_numpy(scores(_some(rows, AMONG))) for rows in (p, q))
    asked, queries = (_some(t.numpy(), QUERIES) for t in (a, b))
    own = _nearest(torch.from_numpy(queries), b, 2)  # the first is the row itself
    outside = (_nearest(torch.from_numpy(asked), b) > own.max()).double().numpy()
    of_p, of_q = weights
    share = weighted_mean(outside, None if of_p is None else _some(_some(of_p, AMONG), QUERIES))
    rows = len(queries) / len(q) * effective_rows(of_q, len(q))
    mass = min(ZERO_95 / rows, 1.0)
    if share <= mass:
        return share, 0.0
    rest = 0.0 if share == 1.0 else (1.0 - share) * math.log((1.0 - share) / (1.0 - mass))
    return share, share * math.log(share / mass) + rest


def with_sample_of_q(
    found: MIEstimate, p: Array, q: Array, weights: PairWeights = (None, None)
) -> MIEstimate:
    """The estimate, with the chance of q's rows in its interval, and what its support leaves open.

    Where q has no rows nothing bounds the divergence from above, and the interval has no upper end;
    what is sure by these rows alone and above the value replaces it.
    """
    variance = variance_by_q(p, q, weights)
    std_error = math.hypot(found.std_error, math.sqrt(variance))
    reach = t_95(found.diagnostics["degrees_of_freedom"]) * std_error
    share, least = beyond(p, q, weights)
    low, high, value = found.value - reach, found.value + reach, found.value
    warnings = found.warnings
    if share > ENOUGH and least > 0.0:
        value, high = max(value, least), math.inf
        told = f"{100.0 * share:.3g}% of the rows of p lie where q has none"
        warnings = (*warnings, f"{told}: the divergence may be infinite, and has no upper bound")
    return replace(
        found,
        value=value,
        std_error=std_error,
        interval=(low, high),
        diagnostics={
            **found.diagnostics,
            "std_rows_of_q": math.sqrt(variance),
            "beyond_q": share,
            "before_bounds": found.value,
        },
        warnings=warnings,
    )


def with_neighbours(found: MIEstimate, p: Array, q: Array) -> MIEstimate:
    """The estimate with what nearest neighbours read more in its upper end.

    Both read low at an edge, and the truth may lie as far above the second as that above the first.
    """
    low, high = found.interval
    if p.shape[1] > FEW_COLUMNS or math.isinf(high):
        return found
    value, std_error = by_neighbours(p, q, found.diagnostics.get("std_rows_of_q"))
    more = value - found.value
    wide = math.hypot(found.std_error, max(more, 0.0))
    top = found.value + t_95(found.diagnostics["degrees_of_freedom"]) * wide
    warnings = found.warnings
    if more > TOLD * std_error:
        told = f"nearest neighbours read {value:.3g} nats, {more:.2g} more than networks"
        line = f"{told}: an edge or structure too fine for these, and the interval reaches up to it"
        warnings = (*warnings, line)
    return replace(
        found,
        std_error=wide,
        interval=(low, max(high, top)),
        diagnostics={**found.diagnostics, "neighbours": [value, std_error]},
        warnings=warnings,
    )


def by_neighbours(p: Array, q: Array, std_of_q: float | None = None) -> tuple[float, float]:
    """KL divergence by nearest neighbours in normal scores, and the standard error of its rows.

    Arguments:
        p: Rows (n, D).
        q: Rows (m, D).
        std_of_q: Standard error by the draw of q's rows, where it is known.
    """
    scores = RankCopula.fit(np.concatenate([p, q]))
    a, b = (torch.from_numpy(scores(_some(rows, AMONG))) for rows in (p, q))
    k = min(NEAREST, len(a) - 1, len(b))
    asked = torch.from_numpy(_some(a.numpy(), QUERIES))
    own, other = _nearest(asked, a, k + 1), _nearest(asked, b, k)
    apart = (own > TIED) & (other > TIED)  # of rows that repeat distances tell nothing
    ratios = a.shape[1] * (other[apart] / own[apart]).log()
    if len(ratios) < 2:
        return 0.0, 0.0
    value = float(ratios.mean()) + math.log(len(b) / (len(a) - 1.0))
    by_q = variance_by_q(p, q) if std_of_q is None else std_of_q**2
    return value, math.sqrt(float(ratios.var()) / len(ratios) + by_q)


def variance_by_q(p: Array, q: Array, weights: PairWeights = (None, None)) -> float:
    r"""Variance of the divergence by the draw of q's rows, :math:`\chi^2(p \| q) / m`, nats^2.

    Moving q's law by its rows' chance moves :math:`-\int p \log q` by the mean of p / q over them.
    :math:`\mathbb{E}_p[p / q] = \chi^2 + 1` is taken with the ratio of the rows of p and of q
    within the distance of the NEIGHBOURS-th of p's. Of rows of q with weights of mean one it is,
    with :math:`s(x) = \mathbb{E}[w^2 \mid x] / \mathbb{E}[w \mid x]` taken there too,

    .. math::
        \tfrac1m \big( \mathbb{E}_p[s\, p / q] - 2\, \mathbb{E}_p[s] + \mathbb{E}_q[s] \big) .
    """
    scores = RankCopula.fit(np.concatenate([p, q]))
    a, b = (torch.from_numpy(scores(_some(rows, AMONG))) for rows in (p, q))
    u, v = (
        torch.from_numpy(_some(np.ones(len(rows)) if own is None else own, AMONG))
        for rows, own in zip((p, q), weights, strict=True)
    )
    asked = torch.from_numpy(_some(np.arange(len(a), dtype=np.float64), QUERIES)).long()
    mean_square = (v**2).mean()
    k = max(2, min(NEIGHBOURS, len(a) // 5))
    ratios = []
    for part in torch.split(asked, 256):
        # The first of them is the row itself.
        distance = torch.cdist(a[part], a)
        radius = distance.kthvalue(k + 1, dim=1, keepdim=True).values
        near = (torch.cdist(a[part], b) <= radius).double()
        of_p = (distance <= radius).double() @ u / (k + 1.0)
        # (k - 1) and a row of q more make both densities' ratio right on average.
        of_q = near @ v + 1.0
        ratio = (k - 1.0) / len(a) * of_p / (of_q / len(b))
        ratios.append(u[part] * (near @ v**2 + mean_square) / of_q * (ratio - 2.0))
    mean = torch.cat(ratios).sum() / u[asked].sum()
    return max(float(mean + mean_square), 0.0) / len(q)


def _some(rows: Array, most: int) -> Array:
    out: Array = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int)]
    return out


def _nearest(queries: torch.Tensor, among: torch.Tensor, k: int = 1) -> torch.Tensor:
    """Distance of each query to its k-th nearest among rows."""
    parts = []
    for part in torch.split(queries, 256):
        distance = torch.cdist(part, among)
        parts.append(distance.kthvalue(k, dim=1).values)
    return torch.cat(parts)

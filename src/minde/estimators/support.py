r"""What a divergence owes to the rows of q: their chance, and that there are some where p has.

A row of p that lies farther from q than every row of q from all others lies where, as far as the
rows tell, q has nothing. With a share s of p's rows there, and at 95% a mass of q of no more than
:math:`u = 3 / m` after m rows of q without one, the data processing inequality leaves

.. math::
    \mathrm{KL}[p \| q] \ge s \log\frac su + (1 - s) \log\frac{1 - s}{1 - u} .
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.discrete.kl import ZERO_95, least_divergence
from minde.estimators.estimating import UNBOUNDED
from minde.estimators.reach import reach
from minde.preprocessing.transforms import RankCopula
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95
from minde.training.fine import spread
from minde.types import Array
from minde.weighing import effective_rows, weighted_mean

#: Weights of the rows of p, and of those of q, (n,) each, where they differ.
PairWeights = tuple[Array | None, Array | None]
#: Rows of q, and of either that are looked at; a share of p's rows of which something is said.
AMONG, QUERIES, ENOUGH = 20_000, 2000, 0.01
#: Rows of p around one of them that tell the ratio of p and q there.
NEIGHBOURS = 20


@dataclass(frozen=True)
class Both:
    """Rows of p and of q in normal scores of both together, of AMONG each at most.

    Attributes:
        p: Of p, (n, D).
        q: Of q, (m, D).
        asked: Numbers of the rows of p that are looked at, QUERIES at most.
        weights_p: Of the rows of p, (n,); one where they do not differ.
        weights_q: Of those of q, (m,).
        rows_of_q: All rows of q, and as how many they tell.
    """

    p: Tensor
    q: Tensor
    asked: Tensor
    weights_p: Tensor
    weights_q: Tensor
    rows_of_q: tuple[int, float]

    @classmethod
    def of(cls, p: Array, q: Array, weights: PairWeights = (None, None)) -> Both:
        """Rows (n, D) and (m, D), and their weights."""
        scores = RankCopula.fit(np.concatenate([p, q]))
        a, b = (torch.from_numpy(scores(_some(rows, AMONG))) for rows in (p, q))
        u, v = (
            torch.from_numpy(_some(np.ones(len(rows)) if own is None else own, AMONG))
            for rows, own in zip((p, q), weights, strict=True)
        )
        asked = torch.from_numpy(spread(len(a), QUERIES))
        return cls(a, b, asked, u, v, (len(q), effective_rows(weights[1], len(q))))

    @property
    def dim(self) -> int:
        """Columns."""
        return self.p.shape[1]


def beyond(both: Both) -> tuple[float, float]:
    """Share of p's rows that lie where q has none, and the nats that the divergence then has."""
    queries = torch.from_numpy(_some(both.q.numpy(), QUERIES))
    first = torch.ones(1)
    most = reach(queries, both.q, first, own=True).max()
    far = reach(both.p[both.asked], both.q, first, own=False)[:, 0]
    outside = (far > most).double().numpy()
    share = weighted_mean(outside, both.weights_p[both.asked].numpy())
    rows, told = both.rows_of_q
    mass = min(ZERO_95 / (len(queries) / rows * told), 1.0)
    return share, least_divergence(share, mass)


def with_sample_of_q(found: MIEstimate, both: Both) -> MIEstimate:
    """The estimate, with the chance of q's rows in its interval, and what its support leaves open.

    Where q has no rows nothing bounds the divergence from above, and the interval has no upper end;
    what is sure by these rows alone and above the value replaces it.
    """
    variance = variance_by_q(both)
    std_error = math.hypot(found.std_error, math.sqrt(variance))
    reach = t_95(found.diagnostics["degrees_of_freedom"]) * std_error
    share, least = beyond(both)
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
            UNBOUNDED: found.value,
        },
        warnings=warnings,
    )


def variance_by_q(both: Both) -> float:
    r"""Variance of the divergence by the draw of q's rows, :math:`\chi^2(p \| q) / m`, nats^2.

    Moving q's law by its rows' chance moves :math:`-\int p \log q` by the mean of p / q over them.
    :math:`\mathbb{E}_p[p / q] = \chi^2 + 1` is taken with the ratio of the rows of p and of q
    within the distance of the NEIGHBOURS-th of p's. Of rows of q with weights of mean one it is,
    with :math:`s(x) = \mathbb{E}[w^2 \mid x] / \mathbb{E}[w \mid x]` taken there too,

    .. math::
        \tfrac1m \big( \mathbb{E}_p[s\, p / q] - 2\, \mathbb{E}_p[s] + \mathbb{E}_q[s] \big) .
    """
    a, b, u, v = both.p, both.q, both.weights_p, both.weights_q
    mean_square = (v**2).mean()
    k = max(2, min(NEIGHBOURS, len(a) // 5))
    ratios = []
    for part in torch.split(both.asked, 256):
        # The first of them is the row itself.
        distance = torch.cdist(a[part], a)
        radius = distance.kthvalue(k + 1, dim=1, keepdim=True).values
        near = (torch.cdist(a[part], b) <= radius).double()
        of_p = (distance <= radius).double() @ u / (k + 1.0)
        # (k - 1) and a row of q more make both densities' ratio right on average.
        of_q = near @ v + 1.0
        ratio = (k - 1.0) / len(a) * of_p / (of_q / len(b))
        ratios.append(u[part] * (near @ v**2 + mean_square) / of_q * (ratio - 2.0))
    mean = torch.cat(ratios).sum() / u[both.asked].sum()
    return max(float(mean + mean_square), 0.0) / both.rows_of_q[0]


def _some(rows: Array, most: int) -> Array:
    out: Array = rows[spread(len(rows), most)]
    return out

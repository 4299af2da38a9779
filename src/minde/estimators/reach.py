r"""Distances to several nearest rows at once, put together so that an edge moves their mean less.

With :math:`\rho_k` the distance to the k-th nearest row, an edge within reach moves the mean of
:math:`\log \rho_k` by a term in :math:`k^{1/D}` to first order. Weights with
:math:`\sum_k w_k = 1` and :math:`\sum_k w_k k^{1/D} = 0`, the least such, take it away.

References:
    Sricharan, Wei and Hero, Ensemble estimators for multivariate entropy estimation, IEEE
    Transactions on Information Theory 59, 2013.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Columns at most in which neighbours are near enough for that order to be what counts.
MOST_COLUMNS = 5
#: Nearest rows that are looked at: the first of them and the last.
FIRST, LAST = 3, 40
#: Rows that are asked at once, which bounds the memory.
CHUNK = 256
#: Rows that there are at least.
LEAST = 3 * FIRST


def looked_at(*rows: int) -> Tensor:
    """Numbers of the nearest rows that are looked at among as many rows, (K,), K at least two."""
    last = max(FIRST + 1, min(LAST, min(rows) // 4))
    return torch.arange(FIRST, last + 1, dtype=torch.float64)


def free_of_orders(at: Tensor, dim: int, orders: int = 1) -> Tensor:
    r"""The least weights that take away terms in :math:`k^{1/D}` to :math:`k^{orders/D}`, (K,).

    Arguments:
        at: Numbers of the nearest rows, (K,).
        dim: Columns D.
        orders: How many such terms.
    """
    powers = torch.arange(orders + 1).to(at)
    conditions = (at / at.mean()) ** (powers[:, None] / dim)
    one = torch.zeros_like(powers)
    one[0] = 1.0
    weights: Tensor = conditions.T @ torch.linalg.solve(conditions @ conditions.T, one)
    return weights


def reach(queries: Tensor, among: Tensor, at: Tensor, own: bool) -> Tensor:
    """Distance of each query to the ``at``-th nearest rows, (queries, K).

    Arguments:
        queries: Rows (n, D).
        among: Rows that are looked for, (m, D).
        at: Which of the nearest.
        own: Whether the queries are among the rows, and do not count.
    """
    shift = 0 if own else 1
    last = int(at[-1]) + 1 - shift
    parts = []
    for lo in range(0, len(queries), CHUNK):
        distance = torch.cdist(queries[lo : lo + CHUNK], among)
        parts.append(distance.topk(last, dim=1, largest=False).values[:, at.long() - shift])
    return torch.cat(parts)

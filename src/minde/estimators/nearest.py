"""Nearest rows of two columns without ties, looked for in the order of one of them."""

from __future__ import annotations

import torch
from torch import Tensor

#: Rows that are asked at once, and rows in the order of the first column to either side of them in
#: which neighbours are looked for first.
CHUNK, WINDOW = 250, 500
#: What rounding moves a distance by.
ROUNDING = 1e-12


def terms_of_pair(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    """One value a row and k of ``at``, (n, K), in the order of x; their means are the information.

    Arguments:
        x: Of one column, (n,), float64, without ties.
        y: Of the other.
        at: Numbers of the neighbours, in ascending order (Kraskov et al., 2004, Eq. 8).
    """
    order = x.argsort()
    x, y = x[order], y[order]
    reach = nearest(x, y, int(at[-1]))[:, at.long() - 1]
    level = torch.digamma(at) + torch.digamma(at.new_tensor(float(len(x))))
    terms: Tensor = level - torch.digamma(_within(x, reach)) - torch.digamma(_within(y, reach))
    return terms


def nearest(x: Tensor, y: Tensor, most: int) -> Tensor:
    """Distances to the nearest other rows, nearest first, (n, most).

    Arguments:
        x: In ascending order, (n,).
        y: Of the same rows, (n,).
        most: How many.
    """
    n = len(x)
    found, missed = torch.empty(n, most, dtype=x.dtype), []
    for lo in range(0, n, CHUNK):
        rows = torch.arange(lo, min(lo + CHUNK, n))
        first, last = max(0, lo - WINDOW), min(n, lo + CHUNK + WINDOW)
        found[rows] = _nearest(x, y, rows, slice(first, last), most)
        # Rows outside the window may be nearer where it ends within reach.
        far, own = found[rows, -1], x[rows]
        short = (far > own - x[first]) if first > 0 else torch.zeros_like(rows, dtype=torch.bool)
        if last < n:
            short |= far > x[last - 1] - own
        missed.append(rows[short])
    for rows in torch.split(torch.cat(missed), CHUNK):
        found[rows] = _nearest(x, y, rows, slice(0, n), most)
    return found


def _nearest(x: Tensor, y: Tensor, rows: Tensor, among: slice, most: int) -> Tensor:
    distances = (x[rows, None] - x[among]).abs_()
    torch.maximum(distances, (y[rows, None] - y[among]).abs_(), out=distances)
    # The nearest row is the row itself.
    return distances.topk(most + 1, dim=1, largest=False).values[:, 1:]


def _within(values: Tensor, reach: Tensor) -> Tensor:
    """How many values are nearer than so far to each, itself among them, (n, K)."""
    ordered, own, reach = values.sort().values, values[:, None], reach * (1.0 - ROUNDING)
    above = torch.searchsorted(ordered, (own + reach).contiguous(), right=True)
    below = torch.searchsorted(ordered, (own - reach).contiguous())
    return (above - below).double()

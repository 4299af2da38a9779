r"""Shannon entropy of cells whose rows have weights: its bias and its jackknife, in nats.

With weights of mean one, the shares :math:`p_k = \frac1n \sum_{i \in k} w_i` have the variances
:math:`V_k = \frac1{n^2} \sum_i w_i^2 (1_{i \in k} - p_k)^2`, and the plug-in is too low by

.. math::
    \tfrac12 \sum_k \frac{V_k}{p_k} ,

which is :math:`(K - 1) / 2 n_{eff}` where weights have nothing to do with cells, and
:math:`(K - 1) / 2n`, that of Miller and Madow, where they are all alike. What Chao, Wang and Jost
add to that, for cells of few rows, is taken from the counts, times :math:`n / n_{eff}`.
"""

from __future__ import annotations

import numpy as np

from minde.discrete.counts import counts, masses
from minde.discrete.entropy import chao_wang_jost, miller_madow, plug_in
from minde.types import Array, Rows
from minde.weighing import effective_rows


def bias(cell: Rows, weights: Array) -> float:
    """By how much the plug-in is too low.

    Arguments:
        cell: Number of the cell of each row, (n,).
        weights: Of the rows, with the mean one, (n,).
    """
    n, square = len(cell), weights**2
    share = masses(cell, weights) / n
    of_cell = masses(cell, square)
    variance = (of_cell * (1.0 - 2.0 * share) + share**2 * square.sum()) / n**2
    return 0.5 * float((variance / share).sum())


def two_entropies(cell: Rows, weights: Array) -> tuple[float, float]:
    """With both corrections, and with that of the bias alone; arguments as of :func:`bias`."""
    of_rows, ratio = counts(cell), len(cell) / effective_rows(weights, len(cell))
    known = plug_in(masses(cell, weights)) + bias(cell, weights)
    return known + ratio * (chao_wang_jost(of_rows) - miller_madow(of_rows)), known


def left_out(cell: Rows, weights: Array) -> Array:
    """Plug-in without each row, (n,); arguments as of :func:`bias`."""
    mass, total = masses(cell, weights), weights.sum()
    less, rest = mass[cell] - weights, total - weights
    terms = _x_log_x(mass)
    out: Array = np.log(rest) - (terms.sum() - terms[cell] + _x_log_x(less)) / rest
    return out


def _x_log_x(x: Array) -> Array:
    # What rounding leaves of a cell without its only row is nothing.
    kept = np.where(x > 1e-12, x, 1.0)
    out: Array = kept * np.log(kept)
    return out

r"""Smooth maps of columns to normal scores, for dependence finer than the gaps between rows.

The empirical copula's slope changes from one row to the next, as the gaps do. Where one variable
varies given the other by less than such gaps, the maps of the two no longer agree on what lies
between them, and a law that was Gaussian is not any more: a normal pair of 8 nats and 7,200 rows
reads 7.6 by the Gaussian of its ranks. A map of a few knots, each the mean of many rows, is smooth
at that scale. How many knots is settled by the likelihood (see ``minde.training.fine``).
"""

from __future__ import annotations

import numpy as np
import torch

from minde.preprocessing.transforms import Copula
from minde.types import Array

#: How far a map is straight beyond its outermost knots, in spans of the knots.
BEYOND = 100.0


def smooth_copula(x: Array, knots: int, plain: Copula) -> Copula:
    """Piecewise linear map to normal scores, with knots at the means of equal shares of the rows.

    Arguments:
        x: (N, D).
        knots: Number of shares; 1 is a straight line, the column standardised.
        plain: Map of the same rows; columns of many ties, whose values are no samples of a
            density, keep it.
    """
    columns = []
    for k, column in enumerate(x.T):
        kept = discrete(column)
        columns.append((plain.knots[k], plain.scores[k]) if kept else _knots(column, knots))
    return Copula.of_columns(columns)


def discrete(column: Array) -> bool:
    """Whether a column has many ties."""
    return len(np.unique(column)) < 0.5 * len(column)


def log_slope(transform: Copula, x: Array) -> Array:
    """Log derivative of the map at each value of x, (N, D)."""
    out = np.zeros_like(x)
    for k, column in enumerate(x.T):
        values, first = np.unique(transform.knots[k], return_index=True)
        scores = transform.scores[k][first]
        if len(values) < 2:
            continue
        cell = np.clip(np.searchsorted(values, column) - 1, 0, len(values) - 2)
        slope = np.diff(scores) / np.diff(values)
        out[:, k] = np.log(np.maximum(slope[cell], 1e-300))
    return out


def _knots(column: Array, knots: int) -> tuple[Array, Array]:
    values, n = np.sort(column), len(column)
    if knots == 1:
        mean, deviation = column.mean(), column.std()
        far = BEYOND * (values[-1] - values[0])
        return np.array([mean - far, mean + far]), np.array([-far, far]) / deviation
    ranks = torch.from_numpy((np.arange(n) + 0.5) / n)
    scores = torch.special.ndtri(ranks).numpy()
    edges = np.linspace(0, n, knots + 1).round().astype(int)
    sizes = np.diff(edges)
    x = np.add.reduceat(values, edges[:-1]) / sizes
    z = np.add.reduceat(scores, edges[:-1]) / sizes
    x, first = np.unique(x, return_index=True)
    z = z[first]
    far = BEYOND * (x[-1] - x[0])
    low, high = (z[1] - z[0]) / (x[1] - x[0]), (z[-1] - z[-2]) / (x[-1] - x[-2])
    return (
        np.concatenate([[x[0] - far], x, [x[-1] + far]]),
        np.concatenate([[z[0] - far * low], z, [z[-1] + far * high]]),
    )

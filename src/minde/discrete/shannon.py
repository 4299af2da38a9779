r"""Entropies of discrete variables, and sums of them, with standard errors, in nats.

The standard error has three parts:

- that of the plug-in by the jackknife, a row left out at a time (Efron and Stein, 1981). That of
  the mean of :math:`\log \frac{p(x,y)}{p(x) p(y)}` is the same where rows are many, and too small
  where few are in a cell;
- that of the second order, :math:`(K-1)/2n^2` of K cells seen, which is all there is where the
  first vanishes: of independent variables, or of levels equally likely,
  :math:`2n\hat I` is :math:`\chi^2`; of an entropy with a coefficient, times its square;
- half of the difference of two corrections of the bias (see ``minde.discrete.entropy``).

Of rows with weights all three are the like (see ``minde.discrete.weighted``).

Of rows in time order that depend over :math:`\tau` rows the first is the long-run variance of the
same influences, the second that of :math:`n / \tau` rows, and there is a fourth: by how much the
bias of so few, :math:`\tau \sum_S a_S (K_S - 1) / 2n`, is more than what was taken off. Where it is
known what is read of nothing (``minde.discrete.shuffle``), that takes the place of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from minde.discrete import weighted
from minde.discrete.counts import cells, counts, masses
from minde.discrete.entropy import chao_wang_jost, miller_madow
from minde.discrete.shuffle import Nothing
from minde.readout.influence import of_rows, variance_of
from minde.readout.student import Z_95, t_95
from minde.types import Array, Rows
from minde.weighing import effective_rows, weighted_mean


@dataclass(frozen=True)
class Shannon:
    """A value with its standard error, nats.

    Attributes:
        value: Corrected for its bias, and not yet bounded by what is possible.
        std_error: Of the value.
        rows: Rows that the value is of; of weighted ones how many they are as good as.
        pointwise: One value per row, of all rows or of some; of all their mean is the value, by
            weights if there are some.
        most: Largest value possible.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
        apart: Half of the difference of two corrections of the bias, a part of the standard error.
    """

    value: float
    std_error: float
    rows: float
    pointwise: Array = field(repr=False)
    most: float = float("inf")
    gap: int = 0
    apart: float = 0.0

    def at(self, rows: Rows) -> Shannon:
        """The same, with the pointwise values of some rows alone."""
        return replace(self, pointwise=self.pointwise[rows])


def entropy(codes: Rows, gap: int = 0, weights: Array | None = None) -> Shannon:
    r"""Shannon entropy :math:`H(X) = -\sum p \log p` of the cells of codes (n, columns).

    It is no more than :func:`most_of_levels`.
    """
    found, most = counted([(1.0, codes)], gap, weights), most_of_levels(codes)
    over = max(found.value - most, 0.0)
    return replace(found, value=found.value - over, pointwise=found.pointwise - over, most=most)


def most_of_levels(codes: Rows) -> float:
    r"""Largest entropy that cells of codes (n, columns) can have, nats.

    It is :math:`\log K` of K cells if none holds a single row, so that by Good and Turing all there
    are were seen; else infinite.
    """
    found = counts(cells(codes))
    return float(np.log(len(found))) if found.min() > 1 else np.inf


def as_bound(found: Shannon, most: float) -> tuple[float, float]:
    """An entropy as a bound, and its standard error, no further than its levels' most."""
    value = min(found.value, most)
    return value, min(found.std_error, (most - value) / Z_95)


def counted(
    groups: Sequence[tuple[float, Rows]],
    gap: int = 0,
    weights: Array | None = None,
    nothing: Nothing | None = None,
) -> Shannon:
    r"""A sum of entropies :math:`\sum_k a_k H` of cells of codes, each (n, columns).

    Entropies of the same cells with opposite coefficients cancel exactly.

    Arguments:
        groups: Coefficients and codes.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
        weights: Of the rows, with the mean one, (n,), where they differ.
        nothing: What is read of nothing of rows in time order, where that is known.
    """
    cell_sets = [(a, cells(codes)) for a, codes in groups]
    n = len(cell_sets[0][1])
    both = [(a, two_entropies(cell, weights)) for a, cell in cell_sets]
    value, other = (sum(a * found[k] for a, found in both) for k in (0, 1))
    surprise = np.zeros(n)
    for a, cell in cell_sets:
        surprise -= a * np.log(masses(cell, weights)[cell] / n)
    apart = 0.5 * abs(value - other)
    error = _error(cell_sets, apart, gap, weights, nothing)
    pointwise = surprise + (value - weighted_mean(surprise, weights))
    return Shannon(value, error, effective_rows(weights, n), pointwise, gap=gap, apart=apart)


def two_entropies(cell: Rows, weights: Array | None) -> tuple[float, float]:
    """Entropy of the cells of rows by two corrections, nats: that which is taken first."""
    if weights is not None:
        return weighted.two_entropies(cell, weights)
    return chao_wang_jost(counts(cell)), miller_madow(counts(cell))


def _error(
    cell_sets: Sequence[tuple[float, Rows]],
    apart: float,
    gap: int,
    weights: Array | None,
    nothing: Nothing | None,
) -> float:
    """Standard error of a sum of entropies of cells, each with its coefficient, nats."""
    n = len(cell_sets[0][1])
    left_out = np.zeros(n)
    for a, cell in cell_sets:
        if weights is None:
            left_out += a * _gain_of_one(counts(cell))[cell] / (n - 1)
        else:
            left_out += a * weighted.left_out(cell, weights)
    first, degrees = variance_of(of_rows(left_out), gap, weights is not None)
    first *= (n - 1) ** 2
    if nothing is not None:
        # Few waves tell of the long-run variance, for which its deviate is the larger.
        first *= (t_95(degrees) / Z_95) ** 2
        return float(np.sqrt(first + apart**2 + np.square(nothing).sum()))
    independent, size = n / max(gap, 1), [(a, float(cell.max())) for a, cell in cell_sets]
    second = max(a**2 * k for a, k in size) / (2.0 * independent**2)
    if weights is not None:
        # The same from the bias b of each, which is (K - 1) / 2n without weights: 2 b^2 / (K - 1).
        biases = [weighted.bias(cell, weights) for _, cell in cell_sets]
        pairs = zip(size, biases, strict=True)
        second = max(2.0 * a**2 * b**2 / max(k, 1.0) for (a, k), b in pairs)
    bias = sum(a * k for a, k in size) * (max(gap, 1) - 1) / (2.0 * n)
    return float(np.sqrt(first + second + apart**2 + bias**2))


def _gain_of_one(c: Rows) -> Array:
    """C log c - (c - 1) log(c - 1) of counts: by how much a plug-in, times n, moves with a row."""
    x = c.astype(np.float64)
    less = np.maximum(x - 1.0, 1.0)
    out: Array = x * np.log(x) - (x - 1.0) * np.log(less)
    return out


@dataclass(frozen=True)
class Bounded:
    """A value and its interval within what is possible, nats."""

    value: float
    interval: tuple[float, float]


def bounded(
    value: float,
    std_error: float,
    most: float,
    most_error: float = 0.0,
    quantile: float = Z_95,
    signed: bool = False,
) -> Bounded:
    """Clip to [0, most]; the interval goes as far above ``most`` as that is uncertain.

    Arguments:
        value: What was read.
        std_error: Its standard error.
        most: Largest value possible.
        most_error: Standard error of that.
        quantile: How many standard errors the interval reaches.
        signed: Clip to [-most, most] instead.
    """
    high = max(most, 0.0)
    reach, top = quantile * std_error, most + quantile * most_error
    low, bottom = (-high, -top) if signed else (0.0, 0.0)
    kept = min(max(value, low), high)
    return Bounded(kept, (max(kept - reach, bottom), min(kept + reach, top)))

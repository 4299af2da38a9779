r"""Entropy of single columns from the spacings of their sorted values, in nats.

With the order statistics :math:`x_{(1)} \le \dots \le x_{(n)}`, and for each row the window from m
values below it to m values above, cut at the ends, of :math:`c_i` spacings,

.. math::
    \hat H = \frac1n \sum_i \left[ \log(x_{(i+m)} - x_{(i-m)}) - \psi(c_i) \right] + \psi(n + 1) .

Of a uniform law it is right on average for every n, the ends included, for sums of c of its n + 1
spacings have the mean logarithm :math:`\psi(c) - \psi(n + 1)`; of others as far as the density is
even within a window. No scale enters, and no tail is cut off: :math:`\hat H` moves by log s where
the column is multiplied by s, exactly. Where the values of one half of a window lie further apart
than those beside the other by more than chance, as at the edge of a gap or of a spike, the window
takes the other side alone (``minde.estimators.windows``). Each gap costs one over n, as the two
ends do, and is in doubt by :data:`BIAS` over n. Where clusters have fewer rows than a window, that
of the next neighbours alone (m = 1) reads less, and where chance does not, :math:`m / (m - 1)` of
the difference is taken off and in the error.

Its error has two independent parts. One is that of the mean of -log p over the rows, whose
influence per row is taken with the density of wide windows, which has next to no noise of its own.
The other is the spacings' own chance, of variance :math:`\kappa_{2m} / n`,

.. math::
    \kappa_c = (2 c^2 - 2 c + 1)\,\psi'(c) - 2 c + 1 .

Rows of a law g with weights of mean one stand for :math:`f(x) = \mathbb{E}[w \mid x]\, g(x)`. Then
log g is read from the spacings as before, the weight at x is the mean :math:`\bar w` of a wide
window of c rows, of squared coefficient of variation V, whose logarithm is too high by
:math:`V / 2c` at rows that are weighed with it (and too low by as much at others), and

.. math::
    \hat H = \frac1n \sum_i w_i \Big[ -\log \hat g(x_i) - \log \bar w_i + \frac{V_i}{2 c_i}
    \Big] .

The spacings' chance is at most :math:`(\kappa_{2m} + (n / n_{eff} - 1)\, \psi'(2m)) / n`: the
first where weights are a smooth function of x, the second of what is rough in them. What is missed
at the ends counts by the weights there, and is in the error.

References:
    Vasicek, A test for normality based on sample entropy, JRSS B 38, 1976 (the windows). Ebrahimi,
    Pflughoeft and Soofi, Two measures of sample entropy, Statistics and Probability Letters 20,
    1994 (the ends). Cressie, On the logarithms of high-order spacings, Biometrika 63, 1976 (the
    correction and the variance). Beirlant, Dudewicz, Györfi and van der Meulen, Nonparametric
    entropy estimation: an overview, 1997.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from minde.discrete.entropy import digamma
from minde.estimators.windows import Windows, around_rows
from minde.readout.influence import of_rows
from minde.types import Array
from minde.weighing import effective_rows, mean_one

#: Name of the read-out.
SPACINGS = "spacings"
#: Values on either side of a row's window, and of the wide one, in square roots of the rows.
REACH, WIDE = 3, 0.5
#: Bias of an entropy by spacings, times its rows: 1.2 of a normal, 3 of a Cauchy, next to nothing
#: of a uniform or exponential law; of rows in time order times those that are independent.
BIAS = 1.5
#: Standard errors by which windows of other widths differ by chance.
BEYOND = 2.0
#: The outermost rows of a column in order.
_ENDS = slice(REACH), slice(-REACH, None)
#: Rows that a column's entropy takes at least.
LEAST_ROWS = 20
#: Rows of each level that it takes, where levels are told apart.
LEAST_OF_ONE = 30


@dataclass(frozen=True)
class Marginals:
    """The sum of the entropies of columns.

    Attributes:
        values: Entropy of each column, (D,), nats.
        pointwise: One value per row, (n,); they average to the sum, by weights if there are some.
        influence: Of each row on the sum, (n,).
        variance: Of the spacings' own chance, which is no row's, nats^2; with weights that of the
            ends too.
        wide: As ``pointwise``, by wide windows, (n,).
    """

    values: Array
    pointwise: Array
    influence: Array
    variance: float
    wide: Array

    @property
    def value(self) -> float:
        """The sum, nats."""
        return float(self.values.sum())

    @property
    def std_error(self) -> float:
        """Of the sum, nats."""
        return float(np.sqrt((self.influence**2).sum() + self.variance))


def marginal_entropies(x: Array, weights: Array | None = None) -> Marginals:
    """Entropies of the columns of x (n, D), n at least LEAST_ROWS, by weights (n,) if given; no
    column may hold one value 2 REACH + 1 times (see ``minde.estimators.ties``)."""  # noqa: D205, D209
    n, dim = x.shape
    weights = mean_one(weights)
    near, far = np.empty_like(x), np.empty_like(x)
    ends, in_doubt = 0.0, 0.0
    for k, column in enumerate(x.T):
        order = np.argsort(column, kind="stable")
        values, weighed = column[order], None if weights is None else weights[order]
        wide = around_rows(values, wide_reach(n))
        at = 0.0 if weighed is None else _log_weight(weighed, wide, -0.5)
        own = around_rows(values, REACH)
        plain = _of_windows(values, own)
        cut, within = (plain - _of_windows(values, each) for each in _finest(values, own))
        missed, doubt = _too_fine(cut, within, weighed)
        in_doubt += doubt**2 + (BIAS * own.gaps / n) ** 2
        near[order, k] = plain - at - missed + own.gaps / n
        far[order, k] = _of_windows(values, wide) - at - missed
        if weighed is not None:
            ends += _missed_at_ends(far[order, k], weighed) ** 2
    values = np.average(near, axis=0, weights=weights)
    chance = dim * chance_of_spacings(n, weights) + ends + in_doubt
    total = far.sum(axis=1)
    influence = of_rows(total, weights).numpy()
    return Marginals(values, near.sum(axis=1), influence, chance, total)


def chance_of_spacings(n: int, weights: Array | None = None) -> float:
    """Variance of one column's entropy by the chance of its spacings, of n rows, nats^2."""
    rough = n / effective_rows(weights, n) - 1.0
    return (_kappa(2 * REACH) + rough * trigamma(2 * REACH)) / n


def bias_in_order(x: Array, gap: int) -> float:
    """What the entropies of columns (n, D) are too low by where rows depend over a gap, nats."""
    return BIAS * max(gap - 1, 0) * x.shape[1] / len(x)


def surprise_at(known: Array, asked: Array, weights: Array | None = None) -> Array:
    """Minus the log density of a column at values of others, by wide windows, (m,).

    Arguments:
        known: The column without ties, (n,), n at least LEAST_ROWS.
        asked: Where, (m,); beyond the ends the density is that of the end's window.
        weights: Of the column's rows, (n,), where they differ.
    """
    order, n = np.argsort(known, kind="stable"), len(known)
    values, reach, own = known[order], wide_reach(n), mean_one(weights, order)
    place = np.searchsorted(values, asked)
    low = np.clip(place - reach, 0, n - 1 - reach)
    high = np.clip(place + reach - 1, reach, n - 1)
    within = Windows(low, high, 0.0)
    surprise = _of_windows(values, within)
    return surprise if own is None else surprise - _log_weight(own, within, 0.5)


def wide_reach(n: int) -> int:
    """Rows on either side of a wide window, of n rows."""
    return max(REACH, round(WIDE * math.sqrt(n)))


def _finest(values: Array, own: Windows) -> tuple[Windows, Windows]:
    """Windows from a value to its next neighbours, cut as they would be and as its own is."""
    rank = np.arange(len(values))
    low, high = np.maximum(rank - 1, own.low), np.minimum(rank + 1, own.high)
    cut, within = around_rows(values, 1), Windows(low, high, own.gaps)
    return _wide_enough(cut, own, values), _wide_enough(within, own, values)


def _wide_enough(narrow: Windows, wider: Windows, values: Array) -> Windows:
    """Narrow windows, but the wider ones of values that are tied."""
    ties = values[narrow.low] == values[narrow.high]
    low, high = np.where(ties, wider.low, narrow.low), np.where(ties, wider.high, narrow.high)
    return Windows(low, high, narrow.gaps)


def _too_fine(cut: Array, within: Array, weights: Array | None) -> tuple[float, float]:
    """What windows read too high where values come in clusters of fewer rows than they hold, nats,
    and how much it may be.

    It grows with their width. What the narrowest windows read less counts if it is more than
    :data:`BEYOND` standard errors of what windows differ by chance; less is nothing. Those that are
    cut by themselves are narrow by chance too: they do not tell whether, but how much at least.

    Arguments:
        cut: What the narrowest windows read less, by row.
        within: The same, of those that are cut as the rows' own are.
        weights: Of the rows.
    """  # noqa: D205
    n = effective_rows(weights, len(cut))
    chance = math.sqrt((_kappa(2) - _kappa(2 * REACH)) / n)
    least, found = (float(np.average(each, weights=weights)) for each in (cut, within))
    if found < BEYOND * chance:
        return 0.0, 0.0
    missed, doubt = (
        max((found - times * chance) * REACH / (REACH - 1.0), least - times * chance)
        for times in (BEYOND, 1.0)
    )
    return missed, doubt


def _missed_at_ends(surprise: Array, weights: Array) -> float:
    """What is missed at both ends, of rows in their order, nats.

    Windows reach inwards alone there, and beyond may be half as much as one row of theirs again.
    """
    mean = np.average(surprise, weights=weights)
    ends = [weights[end] * (BIAS + 0.5 * np.abs(surprise[end] - mean)) for end in _ENDS]
    return float(sum(end.mean() for end in ends)) / len(weights)


def _log_weight(weights: Array, at: Windows, by_chance: float) -> Array:
    """Log of the mean weight of the rows of windows, freed of what chance in them does to it.

    Of rows that are weighed with their windows it adds V / 2c, of others it takes as much away.
    """
    low, high = at.low, at.high
    count = high - low + 1.0
    sums = [np.concatenate([[0.0], np.cumsum(weights**k)]) for k in (1, 2)]
    mean, square = ((s[high + 1] - s[low]) / count for s in sums)
    spread = np.maximum(square / mean**2 - 1.0, 0.0) * count / (count - 1.0)
    out: Array = np.log(mean) + by_chance * spread / count
    return out


def _of_windows(values: Array, at: Windows) -> Array:
    """Minus the log density within windows of sorted values, by the places of their ends."""
    spacings = (at.high - at.low).astype(np.int64)
    constant = digamma(np.array([len(values) + 1]))[0] - digamma(spacings)
    out: Array = np.log(values[at.high] - values[at.low]) + constant
    return out


def trigamma(c: int) -> float:
    """Variance of the logarithm of a sum of c exponential spacings."""
    return float(torch.special.polygamma(1, torch.tensor(float(c), dtype=torch.float64)))


def _kappa(c: int) -> float:
    return (2.0 * c * c - 2.0 * c + 1.0) * trigamma(c) - 2.0 * c + 1.0

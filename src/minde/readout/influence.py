r"""Influence: what each row's chance adds to the error of an estimate.

An estimate that is a smooth function of means has, to first order, the error
:math:`\sum_i \psi_i`, one independent term of mean zero per row, so that

.. math::
    \operatorname{Var} = \sum_i \psi_i^2 , \qquad
    \nu = \frac{2 V^2}{\sum_i \psi_i^4 - V^2 / n} , \quad V = \sum_i \psi_i^2 .

For the mean of n values :math:`\psi_i = (v_i - \bar v) / n`, by weights of mean one
:math:`\psi_i = w_i (v_i - \bar v) / n`. Influences of sums add, and those of
functions follow by the chain rule; of rows that several members read, or that train here and test
there, they are added before they are squared. :math:`\nu` are the degrees of freedom of V as an
estimate: n for normal values, fewer where a few rows carry most of the spread.

Of rows in time order neighbouring terms correlate, and the variance is the long-run one, from the
first B of their cosine transforms, which are next to independent, so that it has B degrees,

.. math::
    \operatorname{Var} = \frac1B \sum_{j=1}^B \Big(\sqrt2 \sum_{i=1}^n \psi_i
    \cos\frac{\pi j (i - 1/2)}{n} \Big)^2 , \qquad
    B = \min\Big(\tfrac{2}{5} n^{2/3}, \frac{n}{6 \tau}\Big) .

The first bound is the source's; by the second, with :math:`\tau` the rows over which rows depend,
the variance of an autoregression is low by a few hundredths. It is never taken below that of
independent rows.

Where rows differ in weight a few of the heaviest carry much of V, and whether they were drawn is
chance: V is low where they were not. So HEAVIEST times the largest :math:`\psi_i^2` is added. Of
1,000 means of the surprise :math:`-\log f` of 300 rows of a normal law, weighted to one half a
deviation beside it, 92% of the intervals hold the truth without it, and 95% with it; where no row
is much heavier than others it changes next to nothing (``benchmarks/weights.py``).

References:
    Lazarus, Lewis, Stock and Watson, HAR inference: recommendations for practice, Journal of
    Business and Economic Statistics 36, 2018 (the cosines). Huber, Robust Statistics, 1981, section
    1.5 (the infinitesimal jackknife). Satterthwaite, An approximate distribution of estimates of
    variance components, Biometrics Bulletin 2, 1946.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from minde.types import Array

#: Times that the largest square counts once more, where rows differ in weight.
HEAVIEST = 2.0


@dataclass(frozen=True)
class Influence:
    """Influences on the estimate of each member, nats, double.

    Attributes:
        test: Of the test rows, (E, N).
        train: Of the training rows, whose mean a control variate takes as known, (E, M); none of
            others.
    """

    test: Tensor
    train: Tensor

    @classmethod
    def of_mean(cls, values: Tensor, weights: Tensor | None = None) -> Influence:
        """Of the mean of values (E, N); their squares sum to the unbiased variance of the mean.

        With weights of mean one, (E, N), the values are each a weight times what it weighs.
        """
        wide = values.double()
        n = wide.shape[1]
        if n < 2:
            return cls(torch.full_like(wide, math.nan), wide[:, :0])
        mean = wide.mean(dim=1, keepdim=True)
        if weights is None:
            return cls((wide - mean) / math.sqrt(n * (n - 1)), wide[:, :0])
        square = weights.square().mean(dim=1, keepdim=True)
        return cls((wide - weights * mean) / (n * (n - square)).sqrt(), wide[:, :0])

    def __add__(self, other: Influence) -> Influence:
        parts = [p for p in (self.train, other.train) if p.shape[1]]
        train = torch.stack(parts).sum(dim=0) if parts else self.train
        return Influence(self.test + other.test, train)

    def __sub__(self, other: Influence) -> Influence:
        return self + other.times(-other.test.new_ones(len(other.test)))

    def times(self, factor: Tensor) -> Influence:
        """Times one factor per member, (E,)."""
        return Influence(factor[:, None] * self.test, factor[:, None] * self.train)

    @property
    def variance(self) -> Tensor:
        """Variance of each member's estimate, (E,)."""
        return self.test.square().sum(dim=1) + self.train.square().sum(dim=1)


def degrees_of_freedom(influence: Tensor) -> float:
    """Degrees of freedom of the variance of independent influences, (rows,); at least one."""
    squares = influence[influence != 0.0].square()
    total, n = float(squares.sum()), len(squares)
    spread = float(squares.square().sum()) - total**2 / max(n, 1)
    if n < 2 or spread <= 0.0:
        return float(max(1, n - 1))
    return min(max(1.0, 2.0 * total**2 / spread), float(n - 1))


def variance_of(influence: Tensor, gap: int = 0, weighted: bool = False) -> tuple[float, float]:
    """Variance of the sum of influences (rows,), and its degrees of freedom.

    Arguments:
        influence: In time order, where there is a gap.
        gap: Rows over which rows in time order depend; 0 if rows are independent.
        weighted: Whether rows differ in weight.
    """
    alone = float(influence.square().sum())
    if weighted:
        alone += HEAVIEST * float(influence.square().max())
    if not gap:
        return alone, degrees_of_freedom(influence)
    n = len(influence)
    count = max(2, min(round(0.4 * n ** (2 / 3)), n // (6 * gap)))
    place, wave = (torch.arange(k, dtype=torch.float64) for k in (n, count))
    cosines = torch.cos(math.pi * (wave[:, None] + 1.0) * (place + 0.5) / n)
    return max(alone, float((cosines @ influence.double()).square().mean()) * 2.0), float(count)


def of_rows(values: Array, weights: Array | None = None) -> Tensor:
    """Influence of each row on the mean of values (rows,), by weights if given, (rows,)."""
    one = None if weights is None else torch.from_numpy(weights / weights.mean())[None]
    wide = torch.from_numpy(values)[None]
    return Influence.of_mean(wide if one is None else one * wide, one).test[0]


def variance_of_mean(values: Array, gap: int = 0, weights: Array | None = None) -> float:
    """Variance of the mean of values (rows,), by weights if given; see :func:`variance_of`."""
    return variance_of(of_rows(values, weights), gap, weights is not None)[0]

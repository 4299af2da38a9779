r"""Means of columns given others: a line, and kernel ridge regression of what it leaves.

With the kernel's values K between the given rows and ridge :math:`\lambda`, the mean that is told
of rows is :math:`K (K + \lambda)^{-1} r` of what a line leaves, r. The kernel is that of all
columns together,

.. math::
    k(z, z') = \exp\Big(-\sum_j \frac{(z_j - z'_j)^2}{2 \ell^2}\Big) ,

the mean of one to each column, or half of that and half of the mean of the products of two. Which,
its width and its ridge have the least squared error of rows left out one by one, which is

.. math::
    \Big(\frac{r_i - \hat r_i}{1 - H_{ii}}\Big)^2 , \qquad \hat r = H r .

Functions are sums of kernels about some of the rows, so that many rows cost their number. What a
mean may be off by at z is, beside the variance of what it leaves,

.. math::
    s(z) = \frac 1\lambda \Big( k(z, z) - k(z)^\top (K + \lambda)^{-1} k(z) \Big) .

References:
    Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006 (sections 2.2, 5.4.2 and
    8.3: the mean, leaving one out, a subset of regressors). Duvenaud, Nickisch and Rasmussen,
    Additive Gaussian processes, NeurIPS 2011 (sums over columns and pairs).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from minde.training.fine import spread
from minde.training.job import Fold

Sort = Literal["together", "columns", "pairs"]

#: Widths of a kernel in normal scores, and ridges beside a kernel's largest value.
WIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
RIDGES = (1e-4, 1e-3, 1e-2, 0.05, 0.2, 1.0, 5.0, 30.0)
#: Columns that a kernel takes together at most.
MOST_TOGETHER = 8
#: Rows that choose, and rows that kernels are about: of those that choose, and of all.
CHOOSING, FEW_CENTRES, CENTRES = 1500, 400, 800
#: Standard errors, and share of the squared error, by which a mean must be better than a line.
SURE, SHARE = 4.0, 0.02
#: Part of a kernel's largest eigenvalue that counts as none.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Kernel:
    """How alike rows are, one at most.

    Attributes:
        sort: Of all columns together, or a mean over columns or pairs of them.
        width: In each column.
    """

    sort: Sort
    width: float

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """Of rows (n, d) and (m, d), (n, m)."""
        if self.sort == "together":
            joint: Tensor = torch.cdist(a, b).square_().div_(-2.0 * self.width**2).exp_()
            return joint
        total, squares = a.new_zeros(len(a), len(b)), a.new_zeros(len(a), len(b))
        for u, v in zip(a.T, b.T, strict=True):
            each = (u[:, None] - v).square_().div_(-2.0 * self.width**2).exp_()
            total += each
            squares += each.square_()
        d = a.shape[1]
        if self.sort == "columns":
            return total / d
        return 0.5 * (total / d + (total.square() - squares) / (d * (d - 1)))

    def features(self, rows: Tensor, centres: Tensor) -> Tensor:
        """Whose products are the kernel, of functions that are sums about centres, (n, m)."""
        values, vectors = torch.linalg.eigh(self(centres, centres))
        kept = values > ROUNDING * values[-1]
        out: Tensor = self(rows, centres) @ (vectors[:, kept] / values[kept].sqrt())
        return out


@dataclass(frozen=True)
class Mean:
    """The mean of a column as others tell it.

    Attributes:
        told: Of each row, (n,).
        left: What it leaves of the column, (n,).
        off: Its squared error to expect, beside the variance of what it leaves, (n,).
        gain: Nats that it tells beyond a line, by the variances that both leave; 0 for a line.
    """

    told: Tensor
    left: Tensor
    off: Tensor
    gain: float = 0.0

    @property
    def bends(self) -> bool:
        """Whether it is more than a line."""
        return self.gain > 0.0


def told_means(targets: Tensor, given: Tensor, folds: Sequence[Fold]) -> list[Mean]:
    """The mean of each target, a line where it is not sure that more than that is told.

    Arguments:
        targets: Columns, (n, m), double.
        given: (n, d), with a spread near one, double.
        folds: A row's mean is told by the rows that train where it tests.
    """
    line = torch.stack([_line(targets, given, fold) for fold in folds])
    own = torch.zeros(len(given), dtype=torch.long)
    for k, fold in enumerate(folds):
        own[torch.from_numpy(fold.test)] = k
    at, found = torch.arange(len(given)), []
    off_line = torch.full_like(given[:, 0], (1 + given.shape[1]) / len(folds[0].train))
    centres = given[spread(len(given), CENTRES)]
    for k, (kernel, ridge) in enumerate(chosen(targets, given)):
        features, told = kernel.features(given, centres), line[own, at, k]
        more, off = torch.empty_like(told), torch.empty_like(told)
        for j, fold in enumerate(folds):
            left, tested = (targets[:, k] - line[j, :, k])[fold.train], own == j
            more[tested], off[tested] = _ridged(features[fold.train], left, ridge, features[tested])
        plain = targets[:, k] - told
        gain = plain.square() - (plain - more).square()
        sure = gain.mean() > SURE * gain.std() / math.sqrt(len(gain))
        if sure and gain.mean() > SHARE * plain.square().mean():
            left = plain - more
            nats = -0.5 * math.log(float(left.square().mean() / plain.square().mean()))
            found.append(Mean(told + more, left, off + off_line, nats))
        else:
            found.append(Mean(told, plain, off_line))
    return found


def chosen(targets: Tensor, given: Tensor) -> list[tuple[Kernel, float]]:
    """Kernel and ridge of the least error of rows left out, to each target.

    Arguments:
        targets: Columns, (n, m).
        given: (n, d).
    """
    some = spread(len(given), CHOOSING)
    targets, given = targets[some], given[some]
    every = np.arange(len(given))
    left = targets - _line(targets, given, Fold(every, every[:0]))
    centres = given[spread(len(given), FEW_CENTRES)]
    best: list[tuple[float, Kernel, float]] = []
    for kernel in _kernels(given.shape[1]):
        features = kernel.features(given, centres)
        values, vectors = torch.linalg.eigh(features.T @ features)
        turned = features @ vectors
        along, squares = turned.T @ left, turned.square()
        for ridge in RIDGES:
            shrink = 1.0 / (values + ridge)
            known = 1.0 - squares @ shrink
            error = ((left - turned @ (shrink[:, None] * along)) / known[:, None]).square().mean(0)
            new = [(float(e), kernel, ridge) for e in error]
            best = [min(a, b, key=lambda c: c[0]) for a, b in zip(best or new, new, strict=True)]
    return [(kernel, ridge) for _, kernel, ridge in best]


def _kernels(dim: int) -> list[Kernel]:
    sorts: list[Sort] = ["together"] if dim <= MOST_TOGETHER else []
    if dim > 1:
        sorts += ["columns", "pairs"]
    return [Kernel(sort, width) for sort, width in itertools.product(sorts, WIDTHS)]


def _line(targets: Tensor, given: Tensor, fold: Fold) -> Tensor:
    """What a line tells of all rows, by those that train, (n, m)."""
    columns = torch.cat([torch.ones_like(given[:, :1]), given], dim=1)
    told: Tensor = columns @ torch.linalg.lstsq(columns[fold.train], targets[fold.train]).solution
    return told


def _ridged(known: Tensor, left: Tensor, ridge: float, asked: Tensor) -> tuple[Tensor, Tensor]:
    """What features tell of what is left of rows asked by those known; what it may be off by."""
    gram = known.T @ known
    gram.diagonal().add_(ridge)
    root = torch.linalg.cholesky(gram)
    weights = torch.cholesky_solve((known.T @ left)[:, None], root)
    off = torch.linalg.solve_triangular(root, asked.T, upper=False).square().sum(0)
    return (asked @ weights)[:, 0], off

r"""Distance covariance of two variables under many orders of one of them, in linear time.

With the kernel that distances induce, :math:`k(a, b) = |a| + |b| - |a - b|`, and features
:math:`\phi(a) \cdot \phi(b) = k(a, b)` of which the mean is taken off,

.. math::
    V(\pi) = \frac{1}{n^2} \Big\| \sum_i \phi(x_i) \, \psi(y_{\pi(i)})^\top \Big\|^2

is the squared distance covariance. Features are those of some rows, the landmarks (Nystroem): where
no more rows than these differ it is the distance covariance to the digit, else near it. It sees
every dependence, and those best in which one side's middle moves with the other. A permutation test
holds its level for any features that each side makes of its own rows.

Columns are in normal scores of their ranks, so that no tail weighs more than it should; a label is
an indicator per level. Beside the scores themselves stand folded ones, each score u with
:math:`2 |u|` as a column of its own: they see circles, and tails that grow together, of which no
middle moves. Of the two, each in its deviations over all orders, the larger is the statistic: a
function of the orders all the same, so that its rank holds its level. Of 100 draws of 300 rows at
5% scores alone find 87 lines, 71 waves, 5 circles and 19 common scales, the larger of both 85, 64,
76 and 92.

References:
    Szekely, Rizzo, Bakirov, Measuring and testing dependence by correlation of distances, Annals of
    Statistics 35, 2007. Sejdinovic, Sriperumbudur, Gretton, Fukumizu, Equivalence of distance-based
    and RKHS-based statistics in hypothesis testing, Annals of Statistics 41, 2013.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from minde.columns import Variable
from minde.estimators.coding import Coding
from minde.preprocessing.transforms import RankCopula
from minde.types import Array, Rows

#: Rows whose distances make the features.
LANDMARKS = 100
#: Rows that are looked at, at most.
MOST_ROWS = 20_000
#: What the size of a score counts beside it, where scores are folded.
FOLD = 2.0
#: Share of the largest eigenvalue below which a feature is rounding.
ROUNDING = 1e-10
#: Products that cost as much as picking a number of a table out.
PICKED = 50


def places(coding: Coding, variable: Variable, fold: float = 0.0) -> Array:
    """Where rows lie: normal scores of numbers, indicators of labels, (n, columns).

    Arguments:
        coding: Which columns are kept, and which are numbers.
        variable: Its rows.
        fold: What the size of a score counts beside it; with 0 it is no column.
    """
    out: list[Array] = []
    for coder, place in zip(coding.coders, coding.places, strict=True):
        values = variable.columns[place].values
        if coder.ordered:
            column = values.astype(np.float64)[:, None]
            score = RankCopula.fit(column)(column)
            out += [score, fold * np.abs(score)] if fold else [score]
        else:
            levels = np.unique(values.astype(str), return_inverse=True)[1]
            out.append(np.eye(int(levels.max()) + 1)[levels] / math.sqrt(2.0))
    return np.concatenate(out, axis=1)


def features(rows: Array, rng: np.random.Generator) -> Array:
    """Features of which products are the kernel of distances, (n, up to LANDMARKS)."""
    differ = np.unique(rows, axis=0)
    marks = differ
    if len(differ) > LANDMARKS:
        marks = differ[np.sort(rng.choice(len(differ), LANDMARKS, replace=False))]
    values, vectors = np.linalg.eigh(_kernel(marks, marks))
    kept = values > ROUNDING * values[-1]
    out: Array = _kernel(rows, marks) @ (vectors[:, kept] / np.sqrt(values[kept]))
    return out


@dataclass(frozen=True)
class DistanceCovariance:
    """Of the rows of x and y, whose order can be changed.

    Attributes:
        x: Features of x, their mean taken off, (n, some).
        y: Features of y.
    """

    x: Array
    y: Array

    @classmethod
    def of(cls, x: Array, y: Array, cell: Rows, seed: int) -> DistanceCovariance:
        """Of places (n, columns), and cells within which alone rows change places."""
        rng = np.random.default_rng(seed)
        return cls(*(_centred(features(rows, rng), cell) for rows in (x, y)))

    def under(self, orders: Iterable[Rows]) -> Array:
        """Squared distance covariance for each order of y, (orders,)."""
        n = len(self.x)
        if PICKED * n < self.x.shape[1] * self.y.shape[1]:
            of_x, of_y = (values @ values.T / n for values in (self.x, self.y))
            return np.array([np.vdot(of_x, of_y[np.ix_(order, order)]) for order in orders])
        return np.array([((self.x.T @ self.y[order] / n) ** 2).sum() for order in orders])


def larger(statistics: Iterable[Array]) -> Array:
    """The larger of several statistics under each order, each in its deviations, (orders,)."""
    found = []
    for values in statistics:
        spread = float(values.std())
        found.append((values - values.mean()) / spread if spread else np.zeros_like(values))
    out: Array = np.max(found, axis=0)
    return out


def _kernel(a: Array, b: Array) -> Array:
    both = torch.from_numpy(a), torch.from_numpy(b)
    # By differences, not by products: of equal rows it is 0 and no rounding.
    far = torch.cdist(*both, compute_mode="donot_use_mm_for_euclid_dist").numpy()
    out: Array = np.linalg.norm(a, axis=1)[:, None] + np.linalg.norm(b, axis=1) - far
    return out


def _centred(values: Array, cell: Rows) -> Array:
    """Values with the mean of their cell taken off."""
    _, place, counts = np.unique(cell, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, place, values)
    out: Array = values - (sums / counts[:, None])[place]
    return out

r"""How small a diffusion time the rows ask for, and the map of columns that goes with it.

What a read-out integrates is complete at the time where noise is small beside the scale at which
one variable varies given the others. That scale is measured on the rows that are trained on, in the
coordinates that are trained in, in two ways:

- *linear*: eigenvalues of the covariance of one variable given all others, in double, beside those
  of its own covariance (what both have in common is no information);
- *nearest rows*: the variance of a column between rows that are next to one another in the other
  variables, for dependence along curves.

The time is the paper's unless, with it, more than ``TOLERANCE`` nats were left out by
:meth:`~minde.diffusion.schedule.VPSchedule.missing`; then the largest power of ten that leaves out
less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.gaussian import given
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.schedule import VPSchedule
from minde.preprocessing.smooth import discrete, log_slope, smooth_copula
from minde.preprocessing.transforms import Copula, Transform
from minde.types import Array, Rows

#: Nats that may be left out below the smallest time.
TOLERANCE = 0.01
#: Times to choose among below the paper's. At the last, noise is 3e-6, and what single precision
#: rounds off the noisy points, 6e-8, still small beside it.
SMALLER = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
#: Rows per column without which no scale is measured; rows compared, and rows looked among.
ROWS_PER_COLUMN, QUERIES, AMONG = 4, 1000, 20_000
#: Knots of the maps to choose among, and rows that a knot needs.
KNOTS, ROWS_PER_KNOT = (1, 10, 40, 160), 40
#: Variance that networks resolve: noise of a hundredth of a deviation.
RESOLVED = 1e-4


@dataclass(frozen=True)
class Scales:
    """Variances of each variable given all others, in trained coordinates.

    Attributes:
        dims: Dimension of each variable that has a scale.
        linear: Eigenvalues given the others, all variables side by side, (D,).
        alone: Eigenvalues of each variable's own covariance, (D,).
        conditional: Variance of each column given the other variables, by the covariance, (D,).
        nearest: The same between nearest rows, (D,); infinite where there is none.
    """

    dims: list[int]
    linear: Tensor
    alone: Tensor
    conditional: Tensor
    nearest: Tensor

    @classmethod
    def of(cls, rows: Array, dims: Sequence[int], n_labels: int = 0, gap: int = 0) -> Scales | None:
        """Scales of rows (N, D); none if there is one variable, or rows are too few.

        The last ``n_labels`` variables are labels, given which others vary. Of rows in time order
        those within the gap are near for that alone, and not compared (Theiler, Physical Review A
        34, 1986).
        """
        if min(dims) == 0 or len(dims) < 2 or len(rows) < ROWS_PER_COLUMN * rows.shape[1]:
            return None
        covariance = well_posed(moments([rows])[1], dims)[0]
        linear, alone, conditional, nearest = [], [], [], []
        for d, c in _variables(dims, n_labels):
            left = given(covariance, d, c)[0]
            linear.append(torch.linalg.eigvalsh(left).clamp(min=1e-300))
            alone.append(torch.linalg.eigvalsh(covariance[d[:, None], d]))
            conditional.append(left.diagonal())
            nearest.append(_between_nearest(rows[:, d.numpy()], rows[:, c.numpy()], gap))
        parts = (linear, alone, conditional, nearest)
        return cls(list(dims)[: len(dims) - n_labels], *(torch.cat(part) for part in parts))

    def missing(self, schedule: VPSchedule) -> float:
        """Nats that a schedule leaves out of one variable, by the larger of both ways, at most."""
        linear = schedule.missing(self.linear) - schedule.missing(self.alone)
        nearest = schedule.missing(self.nearest)
        sums = [part.sum() for ways in (linear, nearest) for part in torch.split(ways, self.dims)]
        return float(torch.stack(sums).max())

    @property
    def unresolved(self) -> float:
        """Nats of structure that neither networks nor the covariance resolve, at least 0."""
        known = torch.minimum(self.conditional, torch.full_like(self.conditional, RESOLVED))
        return float(0.5 * torch.log(known / self.nearest).clamp(min=0.0).max())


def schedule_for(scales: Scales | None) -> VPSchedule:
    """The paper's schedule, or one with the smallest time that the scales ask for."""
    schedules = [VPSchedule(), *(VPSchedule(t_eps=t) for t in SMALLER)]
    if scales is None:
        return schedules[0]
    enough = (s for s in schedules if scales.missing(s) <= TOLERANCE)
    return next(enough, schedules[-1])


def map_for(
    plain: Transform, rows: Array, judged: Array, dims: Sequence[int], n_labels: int = 0
) -> Transform:
    r"""The map under which the Gaussian of each variable given the others is most likely.

    A likelihood of the rows as they were given is the same quantity under every map,

    .. math::
        \sum_v \log p_G(f_v(x_v) \mid f(x_{-v})) + \sum_k \log f_k'(x_k) .

    Arguments:
        plain: The empirical copula of the rows; any other map is kept.
        rows: Rows to fit on, (N, D).
        judged: Rows to judge by, (M, D).
        dims: Dimension of each variable.
        n_labels: How many of the last of them are labels, which have no density.
    """
    if not isinstance(plain, Copula):
        return plain
    knots = [k for k in KNOTS if k == 1 or k * ROWS_PER_KNOT <= len(rows)]
    maps = [smooth_copula(rows, k, plain) for k in knots]
    smooth = ~np.array([discrete(column) for column in rows.T])
    scores = []
    for f in maps:
        mean, covariance = moments([f(rows)])
        wide = well_posed(covariance, dims)[0]
        likelihood = _log_likelihood(f(judged), mean[0], wide, dims, n_labels)
        scores.append(likelihood + float(log_slope(f, judged)[:, smooth].sum(1).mean()))
    return maps[int(np.argmax(scores))]


def _log_likelihood(
    rows: Array, mean: Tensor, covariance: Tensor, dims: Sequence[int], n_labels: int
) -> float:
    """Mean of sum_v log p(x_v | others) under a Gaussian, up to a constant."""
    centred, total = torch.from_numpy(rows) - mean, 0.0
    for d, c in _variables(dims, n_labels):
        left, gain = given(covariance, d, c)
        residual = centred[:, d] - centred[:, c] @ gain.mT
        values, vectors = torch.linalg.eigh(left)
        white = (residual @ vectors).square() / values.clamp(min=1e-300)
        total -= 0.5 * float(white.sum(1).mean() + values.clamp(min=1e-300).log().sum())
    return total


def _variables(dims: Sequence[int], n_labels: int = 0) -> list[tuple[Tensor, Tensor]]:
    """Columns of each variable that is no label, and those of all others."""
    owner = torch.repeat_interleave(torch.arange(len(dims)), torch.tensor(list(dims)))
    columns = torch.arange(len(owner))
    return [(columns[owner == v], columns[owner != v]) for v in range(len(dims) - n_labels)]


def _between_nearest(x: Array, y: Array, gap: int = 0) -> Tensor:
    """Variance of each column of x between rows nearest in y, by the lower quartile, (D,).

    The quartile, so that a part of the rows is enough; rows of equal x tell of atoms, not of a
    scale, and are left out.
    """
    among = spread(len(x), AMONG)
    a, b = torch.from_numpy(x[among]), torch.from_numpy(y[among])
    rows, queries = (torch.from_numpy(k) for k in (among, spread(len(a), QUERIES)))
    steps = []
    for part in torch.split(queries, 256):
        distance = torch.cdist(b[part], b)
        if gap:
            distance[(rows[part][:, None] - rows).abs() <= gap] = torch.inf
        else:
            distance[torch.arange(len(part)), part] = torch.inf
        steps.append((a[part] - a[distance.argmin(dim=1)]).square())
    out = []
    for column in torch.cat(steps).T:
        moved = column[column > 0.0]
        # A squared difference of two rows is 2 v chi^2_1, whose lower quartile is 0.1015.
        few = len(moved) < len(column) // 4
        out.append(torch.inf if few else float(moved.quantile(0.25)) / (2.0 * 0.1015))
    return torch.tensor(out, dtype=torch.float64)


def spread(n: int, most: int) -> Rows:
    """Numbers of ``most`` of n rows at most, evenly."""
    return np.linspace(0, n - 1, min(n, most)).round().astype(np.int64)

r"""A second route for the divergence of few columns: what nearest neighbours read.

Networks blur a density with a hard edge, and read low. With :math:`\rho_{ik}` the distance of row i
of p to its k-th nearest other of n, and :math:`\nu_{ik}` to that of m rows of q,

.. math::
    \widehat{\mathrm{KL}}_k = \frac Dn \sum_i \log\frac{\nu_{ik}}{\rho_{ik}} + \log\frac{m}{n - 1} .

Several k are put together so that an edge moves their mean less (see ``minde.estimators.reach``).
What they miss on rows of two normal laws with the moments of p and of q, whose divergence is known,
is added.

References:
    Wang, Kulkarni and Verdú, Divergence estimation for multidimensional densities via k-nearest-
    neighbor distances, IEEE Transactions on Information Theory 55, 2009.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from minde.estimators.neighbours import SHARED
from minde.estimators.reach import LEAST, MOST_COLUMNS, free_of_orders, looked_at, reach
from minde.estimators.support import Both, variance_by_q
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95
from minde.seeding import generator

#: Standard errors of what neighbours read more, from which on it is told.
TOLD = 2.0
#: Distance of normal scores that rounding leaves between equal rows.
TIED = 1e-6
#: Draws of the normal laws, and what is added to their variances.
DRAWS, RIDGE = 3, 1e-9


def with_neighbours(found: MIEstimate, both: Both) -> MIEstimate:
    """The estimate with its upper end taken up to what nearest neighbours read more."""
    low, high = found.interval
    if both.dim > MOST_COLUMNS or math.isinf(high) or min(len(both.p), len(both.q)) < LEAST:
        return found
    value, std_error = by_neighbours(both, found.diagnostics.get("std_rows_of_q"))
    top = value + t_95(found.diagnostics["degrees_of_freedom"]) * std_error
    warnings, more = found.warnings, value - found.value
    if more > TOLD * std_error:
        told = f"nearest neighbours read {value:.3g} nats, {more:.2g} more than networks"
        line = f"{told}: an edge or structure too fine for these, and the interval reaches up to it"
        warnings = (*warnings, line)
    return replace(
        found,
        interval=(low, max(high, top)),
        diagnostics={**found.diagnostics, "neighbours": [value, std_error]},
        warnings=warnings,
    )


def by_neighbours(both: Both, std_of_q: float | None = None) -> tuple[float, float]:
    """KL divergence by nearest neighbours in normal scores, and its standard error.

    Arguments:
        both: Rows of p and q, of each LEAST at least.
        std_of_q: Standard error by the draw of q's rows, where it is known.
    """
    terms = _terms(both.p, both.q, both.asked)
    if len(terms) < 2:
        return 0.0, 0.0
    p, q = Normal.of(both.p), Normal.of(both.q)
    missed = []
    for k in range(DRAWS):
        g = generator(0, "neighbours-of-kl", k)
        a, b = (law.draw(len(rows), g) for law, rows in ((p, both.p), (q, both.q)))
        missed.append(p.kl(q) - float(_terms(a, b, both.asked).mean()))
    off = torch.tensor(missed, dtype=torch.float64)
    by_q = variance_by_q(both) if std_of_q is None else std_of_q**2
    by_rows = SHARED**2 * float(terms.var()) / len(terms)
    value = float(terms.mean() + off.mean())
    return value, math.sqrt(by_rows + by_q + float(off.var()) / DRAWS)


def _terms(a: Tensor, b: Tensor, asked: Tensor) -> Tensor:
    """One value for each row that is asked and not repeated, whose mean is the divergence."""
    at, dim = looked_at(len(a), len(b)), a.shape[1]
    own, other = reach(a[asked], a, at, own=True), reach(a[asked], b, at, own=False)
    apart = (own[:, 0] > TIED) & (other[:, 0] > TIED)  # of rows that repeat distances tell nothing
    ratios = (other[apart] / own[apart]).log() @ free_of_orders(at, dim)
    terms: Tensor = dim * ratios + math.log(len(b) / (len(a) - 1.0))
    return terms


@dataclass(frozen=True)
class Normal:
    """A normal law of mean (D,) and covariance (D, D)."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, rows: Tensor) -> Normal:
        """With the moments of rows (n, D)."""
        ridge = RIDGE * torch.eye(rows.shape[1], dtype=torch.float64)
        return cls(rows.mean(dim=0), torch.cov(rows.T) + ridge)

    def draw(self, n: int, g: torch.Generator) -> Tensor:
        """Rows (n, D)."""
        z = torch.randn(n, len(self.mean), generator=g, dtype=torch.float64)
        rows: Tensor = self.mean + z @ torch.linalg.cholesky(self.covariance).T
        return rows

    def kl(self, other: Normal) -> float:
        """Divergence from another, nats."""
        apart = other.mean - self.mean
        shape = torch.linalg.solve(other.covariance, self.covariance)
        far = apart @ torch.linalg.solve(other.covariance, apart)
        return 0.5 * float(shape.trace() - len(apart) + far - torch.logdet(shape))

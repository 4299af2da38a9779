r"""A second route for the divergence of few columns: what nearest neighbours read.

Networks blur a density with a hard edge, and read low. Nearest neighbours do not: with
:math:`\rho_i` the distance of row i of p to its k-th nearest other of n, and :math:`\nu_i` to that
of m rows of q,

.. math::
    \widehat{\mathrm{KL}} = \frac Dn \sum_i \log\frac{\nu_i}{\rho_i} + \log\frac{m}{n - 1} .

It mostly reads low as well, so that what it reads more was missed.

References:
    Wang, Kulkarni and Verdú, Divergence estimation for multidimensional densities via k-nearest-
    neighbor distances, IEEE Transactions on Information Theory 55, 2009.
"""

from __future__ import annotations

import math
from dataclasses import replace

from minde.estimators.support import Both, nearest, variance_by_q
from minde.readout.estimate import MIEstimate
from minde.readout.student import t_95

#: Columns at most of which nearest neighbours are asked, which of them, and standard errors of what
#: they read more, from which on it is told.
FEW_COLUMNS, NEAREST, TOLD = 3, 5, 2.0
#: Distance of normal scores that rounding leaves between equal rows.
TIED = 1e-6


def with_neighbours(found: MIEstimate, both: Both) -> MIEstimate:
    """The estimate with what nearest neighbours read more in its upper end.

    Both read low at an edge, and the truth may lie as far above the second as that above the first.
    """
    low, high = found.interval
    if both.dim > FEW_COLUMNS or math.isinf(high):
        return found
    value, std_error = by_neighbours(both, found.diagnostics.get("std_rows_of_q"))
    more = value - found.value
    wide = math.hypot(found.std_error, max(more, 0.0))
    top = found.value + t_95(found.diagnostics["degrees_of_freedom"]) * wide
    warnings = found.warnings
    if more > TOLD * std_error:
        told = f"nearest neighbours read {value:.3g} nats, {more:.2g} more than networks"
        line = f"{told}: an edge or structure too fine for these, and the interval reaches up to it"
        warnings = (*warnings, line)
    return replace(
        found,
        std_error=wide,
        interval=(low, max(high, top)),
        diagnostics={**found.diagnostics, "neighbours": [value, std_error]},
        warnings=warnings,
    )


def by_neighbours(both: Both, std_of_q: float | None = None) -> tuple[float, float]:
    """KL divergence by nearest neighbours in normal scores, and the standard error of its rows.

    Arguments:
        both: Rows of p and q.
        std_of_q: Standard error by the draw of q's rows, where it is known.
    """
    a, b = both.p, both.q
    k = min(NEAREST, len(a) - 1, len(b))
    asked = a[both.asked]
    own, other = nearest(asked, a, k + 1), nearest(asked, b, k)
    apart = (own > TIED) & (other > TIED)  # of rows that repeat distances tell nothing
    ratios = a.shape[1] * (other[apart] / own[apart]).log()
    if len(ratios) < 2:
        return 0.0, 0.0
    value = float(ratios.mean()) + math.log(len(b) / (len(a) - 1.0))
    by_q = variance_by_q(both) if std_of_q is None else std_of_q**2
    return value, math.sqrt(float(ratios.var()) / len(ratios) + by_q)

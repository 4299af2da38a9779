r"""A third route for the entropy of many columns: how each follows from the others.

What columns share, :math:`\sum_j h(x_j) - h(x)`, is at least the same of all but one and what that
one tells, so that the share of a normal law of the rows' correlations, and half the logarithm of
the ratio of the variances that a linear regression of one column on the others leaves and one on
their products too (see ``minde.estimators.regressions_of_kl``), are there. Where that is more than
networks see by more than chance, the interval of the entropy goes down to it, and beyond doubt the
value too.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from minde.estimators.estimating import REGRESSIONS, certain_at, moved
from minde.estimators.explained import Told
from minde.estimators.regressions import SLIGHT
from minde.estimators.regressions_of_kl import (
    FEWEST_COLUMNS,
    MOST_ROWS,
    ROWS_PER_COLUMN,
    SURE,
    bending,
    design,
)
from minde.preprocessing.transforms import RankCopula
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.training.regression import LEAST_ROWS, MOST_OF_PRODUCTS
from minde.types import Array


def with_regressions_of_entropy(found: MIEstimate, x: Array, gap: int) -> MIEstimate:
    """The estimate taken down to what regressions find beyond it, its value where that is sure.

    Arguments:
        found: Of several columns, with what they share in its diagnostics.
        x: Rows that weigh the same, (n, D).
        gap: Rows over which rows in time order depend; 0 for rows in no order.
    """
    rows = x[:: max(gap, -(-len(x) // MOST_ROWS), 1)]
    few = len(rows) < max(LEAST_ROWS, ROWS_PER_COLUMN * x.shape[1])
    if few or not FEWEST_COLUMNS <= x.shape[1] <= MOST_OF_PRODUCTS:
        return found
    told = told_of_columns(RankCopula.fit(rows)(rows))
    shared, error = found.diagnostics["shared"]
    beyond = told.nats - shared
    chance = math.hypot(told.std_error, error)
    if beyond <= max(SLIGHT, Z_95 * chance):
        return found
    low, high = found.interval
    interval = (min(low, found.value - 2.0 * beyond - Z_95 * told.std_error), high)
    line = (
        f"regressions of each column on the others find {beyond:.2f} nats that columns share and "
        "the networks have not learned, and "
    )
    if beyond > certain_at() * chance:
        found = moved(found, found.value - beyond, interval, REGRESSIONS, told.std_error)
        line += "the value is the lower by them; take more rows or fewer columns"
    else:
        line += "the interval is the wider for it: the value is high; take more rows"
    return replace(found, interval=interval, warnings=(*found.warnings, line))


def told_of_columns(z: Array) -> Told:
    """What columns share by a normal law, and the most that one adds which bends; else nothing.

    Arguments:
        z: Normal scores, (n, D).
    """
    n, dim = z.shape
    pairs = np.stack(np.triu_indices(dim), axis=1)
    best = Told()
    for j, chosen in bending(z, pairs).items():
        left = []
        for some in (pairs[:0], pairs[chosen]):
            others = design(z, j, some)
            rest = z[:, j] - others @ np.linalg.lstsq(others, z[:, j], rcond=None)[0]
            left.append((np.square(rest), np.square(rest).sum() / max(1, n - others.shape[1])))
        (a, plain), (b, more) = left
        gains = 0.5 * (math.log(plain / more) + a / plain - b / more)
        told = Told(float(gains.mean()), float(gains.std()) / math.sqrt(n))
        best = max(best, told, key=lambda t: t.nats)
    if best.nats <= SURE * best.std_error:
        return Told()
    i = torch.arange(1, dim + 1, dtype=torch.float64)
    # The mean of a Wishart matrix's log determinant, less those of its diagonal.
    psi = torch.digamma(0.5 * (n - i))
    by_chance = 0.5 * float((psi[0] - psi).sum())
    linear = -0.5 * float(np.linalg.slogdet(np.corrcoef(z.T))[1]) - by_chance
    return replace(best, nats=best.nats + max(0.0, linear))

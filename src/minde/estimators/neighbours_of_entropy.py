r"""A second route for the entropy of few columns: what columns share, by nearest neighbours.

Networks blur a density with a hard edge or far groups, and read an entropy high. With
:math:`\rho_{ik}` the distance of row i to its k-th nearest other of n in normal scores of the
columns' ranks, and :math:`v_D` the volume of the unit ball,

.. math::
    \hat H_k = \psi(n) - \psi(k) + \log v_D + \frac Dn \sum_i \log \rho_{ik}

is high as well at an edge. Several k are put together so that the first order of that goes away
(see ``minde.estimators.reach``), and what is left of it on rows of a normal law with the same
correlations, whose entropy is known, is taken off.

References:
    Kozachenko and Leonenko, Sample estimate of the entropy of a random vector, Problems of
    Information Transmission 23, 1987.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from minde.estimators.neighbours import LEAST_ROWS, SHARED, some_rows
from minde.estimators.reach import MOST_COLUMNS, free_of_orders, looked_at, reach
from minde.preprocessing.transforms import RankCopula
from minde.readout.estimate import MIEstimate
from minde.readout.student import Z_95
from minde.seeding import derive
from minde.types import Array

#: Draws of the normal law, and what is added to its variances.
DRAWS, RIDGE = 4, 1e-9
#: Nats that are no difference.
SLIGHT = 0.02


def with_neighbours_of_entropy(
    found: MIEstimate, x: Array, weights: Array | None = None, gap: int = 0
) -> MIEstimate:
    """The entropy with its interval taken down to what nearest neighbours see below it.

    Arguments:
        found: Of the columns together.
        x: Rows (n, D).
        weights: Of the rows, (n,), with the mean one, where they differ.
        gap: Rows that are near in time.
    """
    rows = some_rows(len(x), weights, gap)
    if x.shape[1] > MOST_COLUMNS or len(rows) < LEAST_ROWS:
        return found
    shared, std_error = shared_by_neighbours(x[rows])
    value = sum(found.diagnostics["columns"]) - shared
    least = value - Z_95 * math.hypot(std_error, found.diagnostics["std_rows"])
    low, high = found.interval
    warnings = found.warnings
    if found.value - value > max(Z_95 * std_error, SLIGHT) and least < low:
        line = (
            f"nearest neighbours read {value:.2f} nats, less than the value by more than chance, "
            "and the interval is the wider for it: the columns may have edges together, or groups, "
            "that networks blur; take more rows"
        )
        warnings = (*warnings, line)
    return replace(
        found,
        interval=(min(low, least), high),
        diagnostics={**found.diagnostics, "neighbours": [value, std_error]},
        warnings=warnings,
    )


def shared_by_neighbours(x: Array) -> tuple[float, float]:
    """What columns (n, D) share by nearest neighbours, nats, and the standard error of its rows."""
    n, dim = x.shape
    at = looked_at(n)
    scores = _scores(x)
    terms = _terms(scores, at)
    root = torch.linalg.cholesky(torch.corrcoef(scores.T) + RIDGE * torch.eye(dim))
    rng = np.random.default_rng(derive(0, "neighbours-of-entropy"))
    draws = [rng.standard_normal((n, dim)) @ root.numpy().T for _ in range(DRAWS)]
    of_normal = torch.stack([_terms(_scores(z), at).mean() for z in draws])
    by_rows = SHARED * float(terms.std()) / math.sqrt(n)
    by_draws = float(of_normal.std()) / math.sqrt(DRAWS)
    value = float(of_normal.mean() - terms.mean() - root.diagonal().log().sum())
    return value, math.hypot(by_rows, by_draws)


def _scores(x: Array) -> Tensor:
    return torch.from_numpy(RankCopula.fit(x)(x))


def _terms(z: Tensor, at: Tensor) -> Tensor:
    """One value a row, (n,), whose mean is the entropy, by the ``at``-th nearest others."""
    n, dim = z.shape
    known = math.log(math.pi) * 0.5 * dim - math.lgamma(0.5 * dim + 1.0)
    level = torch.digamma(torch.tensor(float(n), dtype=torch.float64)) - torch.digamma(at) + known
    terms: Tensor = (dim * reach(z, z, at, own=True).log() + level) @ free_of_orders(at, dim)
    return terms

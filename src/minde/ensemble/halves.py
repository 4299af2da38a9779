r"""Read-outs extrapolated to many rows, by networks that were trained on half as many.

The gap of networks trained on n rows is low by their squared error, a bias of order 1/n where they
can learn all there is to learn, and of a slower one where they cannot. With the gap of others of
the same kind on m < n of the rows, read on the same test rows with the same noise,

.. math::
    \hat I = G_n + \frac{G_n - G_m}{n / m - 1}

has no bias of order 1/n, and of a slower one less than the gap.

The halves cost no more than the networks themselves: with F folds member k of the halves is trained
on the :math:`h = (F - 1) / 2` folds from k on, and fold f, in which none of them may have been
trained, is read by members f + 1 and f + 1 + h.

References:
    Richardson, The approximate arithmetical solution by finite differences, 1911. Quenouille, Notes
    on bias in estimation, Biometrika 43, 1956.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from minde.readout.influence import Influence
from minde.readout.readout import Readout
from minde.seeding import derive
from minde.training.job import Fold, Job
from minde.types import Array

#: Rows from which networks are good enough without: halves double the cost.
MOST_ROWS = 20_000


def half_folds(folds: Sequence[Fold]) -> tuple[Fold, ...]:
    """The rows that each member of the halves trains on; none of fewer than three folds."""
    count = len(folds)
    h = (count - 1) // 2
    if h == 0:
        return ()
    parts = [fold.test for fold in folds]
    nothing = parts[0][:0]
    return tuple(
        Fold(np.sort(np.concatenate([parts[(k + j) % count] for j in range(h)])), nothing)
        for k in range(count)
    )


def half_job(job: Job, rows: Array) -> Job | None:
    """Networks like those of ``job`` on half of its rows; none where that is not of use.

    Arguments:
        job: Of some folds of ``rows``, with its maps settled.
        rows: All rows.
    """
    folds = half_folds(job.folds)
    if not folds or len(rows) > MOST_ROWS:
        return None
    training = job.recipe.training
    left = len(folds[0].train) - round(len(folds[0].train) * training.hold_out)
    if left < 2:
        return None
    batch = min(training.batch_size, left // 2 * 2)
    n_seeds = len(job.seeds) // len(folds)
    return Job(
        [rows[fold.train] for fold in folds] * n_seeds,
        job.family,
        job.recipe.with_options(batch_size=batch),
        [derive(seed, "half") for seed in job.seeds],
        None,
        folds,
    )


def readers(folds: int) -> tuple[int, int]:
    """By how much the two members of the halves that read a fold lie behind it."""
    return 1, 1 + (folds - 1) // 2


def shifted_folds(members: int, folds: int, shift: int) -> list[int]:
    """Which of the members' folds each member of the halves reads, in the members' order."""
    return [k - k % folds + (k % folds - shift) % folds for k in range(members)]


def extrapolated(gap: Readout, raw: Readout, halves: Sequence[Readout], ratio: float) -> Readout:
    """The gap extrapolated to many rows.

    Arguments:
        gap: The networks' own, corrected by control variates or not.
        raw: The same, not corrected.
        halves: Of the halves, on the same rows with the same noise, not corrected.
        ratio: Rows of a network to rows of one of the halves.
    """
    factor = 1.0 / (ratio - 1.0) / len(halves)
    change = sum((raw.pointwise.double() - h.pointwise.double() for h in halves), start=0.0)
    bins = sum((raw.integrand.double() - h.integrand.double() for h in halves), start=0.0)
    return replace(
        gap,
        pointwise=(gap.pointwise.double() + factor * change).to(gap.pointwise.dtype),
        integrand=(gap.integrand.double() + factor * bins).to(gap.integrand.dtype),
        influence=gap.chance + Influence.of_mean(factor * change),
    )

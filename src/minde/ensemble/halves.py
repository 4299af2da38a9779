r"""Read-outs freed of what chance in the training rows does to networks, by others on half as many.

The gap of trained networks is low by their squared error, on average a squared bias and a variance:
with :math:`L_p` the denoising loss of pattern p, :math:`\mathbb{E} L_p = L_p^* + b_p^2 + v_p`. Two
networks that share no training row have independent errors, so that the variance is known from how
they differ, whatever the truth is. Of networks A and B on half of the rows, read on the same test
rows with the same noise,

.. math::
    v_p = \tfrac12\, \mathbb{E}\, \|\hat\epsilon_{A,p} - \hat\epsilon_{B,p}\|^2 = 2 \left(\tfrac12
    (L_{A,p} + L_{B,p}) - L_{(A + B)/2,\, p}\right) ,

with the loss of the mean of their predictions last. A variance falls as 1/n, so that with m rows to
each half and n to the networks themselves the read-outs are, with G the gap,

.. math::
    \text{halves} = \tfrac12 (G_A + G_B) + V , \quad
    \text{corrected} = G + \tfrac mn V , \quad
    V = 2 \left(G_{(A + B)/2} - \tfrac12 (G_A + G_B)\right) .

What bias is left is that of what networks could not learn, and the two differ by what the step from
m to n rows took off it.

The halves cost half of the networks themselves, or as much where rows are few: with F folds member
k of the halves is trained on the :math:`h = (F - 1) / 2` folds from k on, and fold f, in which none
of them may have been trained, is read by members f + 1 and f + 1 + h.

Of rows that are split once (KL divergences) PAIRS pairs of halves of those that train read the
test rows, and what they tell is averaged.

References:
    Newey and Robins, Cross-fitting and fast remainder rates for semiparametric estimation, 2018,
    arXiv:1801.09138 (parts of an estimator from rows of their own, for its bias).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.points import Diffuser
from minde.options import ReadoutOptions
from minde.readout.influence import Influence
from minde.readout.measures import Measure
from minde.readout.names import CORRECTED, HALVES
from minde.readout.readout import Readout, read_out_each
from minde.readout.remembered import Remembered
from minde.recipe import MIN_STEPS, Recipe
from minde.seeding import derive
from minde.training.job import Fold, Job
from minde.training.prepared import stacked
from minde.types import Array, NoiseModel

if TYPE_CHECKING:
    from minde.ensemble.ensemble import Ensemble

#: Pairs of halves of rows that are split once.
PAIRS = 2


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


def half_job(job: Job, rows: Array, weights: Array | None = None) -> Job | None:
    """Networks like those of ``job`` on half of its rows; none where that is not of use.

    Nor of rows in time order, where halves with gaps on all sides would be far less than half. The
    job is of some folds of ``rows``, with ``weights`` (n,) where these differ.
    """
    folds = half_folds(job.folds)
    if not folds or job.recipe.training.gap:
        return None
    recipe = _half_recipe(job.recipe, len(folds[0].train), len(job.folds[0].train))
    if recipe is None:
        return None
    n_seeds = len(job.seeds) // len(folds)
    return Job(
        [rows[fold.train] for fold in folds] * n_seeds,
        job.family,
        recipe,
        [derive(seed, "half") for seed in job.seeds],
        folds=folds,
        weights=None if weights is None else [weights[fold.train] for fold in folds] * n_seeds,
    )


def paired_halves(job: Job, pairs: int = PAIRS) -> Job | None:
    """Networks like those of ``job``, of one split, on halves of its rows; none where too few.

    The job's first members lend their rows; the first of each of the pairs come first.
    """
    first, second = [], []
    some = job.seeds[:pairs]
    for rows, seed in zip(job.samples, some, strict=False):
        order = np.random.default_rng(derive(seed, "half")).permutation(len(rows))
        size = len(rows) // 2
        first.append(np.sort(order[:size]))
        second.append(np.sort(order[size : 2 * size]))
    recipe = _half_recipe(job.recipe, len(first[0]), len(job.samples[0]))
    if recipe is None:
        return None
    seeds = [derive(seed, "half", k) for k in range(2) for seed in some]

    def halves(of: Sequence[Array]) -> list[Array]:
        return [of[k][part] for parts in (first, second) for k, part in enumerate(parts)]

    weights = None if job.weights is None else halves(job.weights)
    return Job(halves(job.samples), job.family, recipe, seeds, weights=weights)


def _half_recipe(recipe: Recipe, rows: int, of: int) -> Recipe | None:
    """The recipe for some of the rows, with as many passes; none where they are too few."""
    training, held = recipe.training, round(rows * recipe.training.hold_out)
    left = rows - held
    if left < 2 or (training.hold_out > 0.0 and held == 0):
        return None
    batch = min(training.batch_size, left // 2 * 2)
    steps = min(training.n_steps, max(MIN_STEPS, round(rows / of * training.n_steps)))
    return recipe.with_options(batch_size=batch, n_steps=steps)


def readers(folds: int) -> tuple[int, int]:
    """By how much the two members of the halves that read a fold lie behind it."""
    return 1, 1 + (folds - 1) // 2


def shifted(members: int, folds: int, shift: int) -> list[int]:
    """The member of the halves that lies ``shift`` behind each member, of the same seed."""
    return [k - k % folds + (k % folds + shift) % folds for k in range(members)]


class Mean:
    """Noise predictions of two ensembles side by side, both replaced by their mean."""

    def __init__(self, model: NoiseModel) -> None:
        self.model = model

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        out = self.model(values, pattern, t)
        first, second = out.chunk(2)
        mean = 0.5 * (first + second)
        return torch.cat([mean, mean])


class Reordered:
    """A noise model whose members stand in another order, some of them twice."""

    def __init__(self, model: NoiseModel, order: Sequence[Sequence[int]]) -> None:
        self.model, self.order = model, order

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        parts = []
        for places, at, when in zip(
            self.order, values.chunk(len(self.order)), t.chunk(len(self.order)), strict=True
        ):
            back = list(np.argsort(places))
            parts.append(self.model(at[back], pattern, when[back])[list(places)])
        return torch.cat(parts)


def read_halves(
    half: Ensemble,
    seeds: Sequence[int],
    samples: Sequence[Array],
    measure: Measure,
    options: ReadoutOptions,
    weights: Tensor | None = None,
    asked: tuple[NoiseModel, Diffuser] | None = None,
) -> tuple[Readout, Readout]:
    """As :func:`read_pairs`, of the ensemble of the halves on rows per network, (N, D) each.

    Seeds are the networks', for the noise. ``asked``: a model in place of the half's, a diffuser.
    """
    order = [shifted(len(seeds), len(half.folds), shift) for shift in readers(len(half.folds))]
    places = [k for part in order for k in part]
    data = stacked([half.transforms[k] for k in places], [*samples, *samples], half.device)
    model, diffuser = asked or (half.model(), half.diffuser(options.importance))
    return read_pairs(Reordered(model, order), data, diffuser, measure, seeds, options, weights)


def read_pairs(
    model: NoiseModel,
    data: Tensor,
    diffuser: Diffuser,
    measure: Measure,
    seeds: Sequence[int],
    options: ReadoutOptions,
    weights: Tensor | None = None,
) -> tuple[Readout, Readout]:
    """Gaps of the halves, and of their predictions' mean; see :func:`with_halves`.

    Arguments:
        model: Those that read first, then those that read second.
        data: Test rows of each.
        diffuser: Of its patterns.
        measure: What to compute.
        seeds: For the noise, which the two of a pair share, as they do the rows.
        options: Of the read-out.
        weights: Of the rows of each pair, (E, N), where they differ.
    """
    known, plain = Remembered(model), replace(options, sigma_refs=())
    models, both = (known, Mean(known)), [*seeds, *seeds]
    twice = None if weights is None else torch.cat([weights, weights])
    apart, mean = read_out_each(models, data, diffuser, measure, both, plain, weights=twice)
    return apart["gap"], mean["gap"]


def with_halves(
    out: dict[str, Readout], raw: Readout, apart: Readout, mean: Readout, share: float
) -> dict[str, Readout]:
    """The read-outs with ``corrected`` and ``halves``.

    Arguments:
        out: Of the networks, corrected by control variates or not.
        raw: Their gap, not corrected.
        apart: Gap of those that read first, then of as many that read second, not corrected.
        mean: The same of their predictions' mean.
        share: Rows of a half to rows of a network.
    """
    gap = out["gap"]

    def both(values: Tensor) -> Tensor:
        first, second = values.double().chunk(2)
        half = 0.5 * (first + second)
        # Pairs of halves are of all members in common where they are not of each.
        members = len(gap.pointwise)
        return half if len(half) == members else half.mean(0).expand(members, -1)

    def added(change: Tensor, bins: Tensor) -> Readout:
        return replace(
            gap,
            pointwise=(gap.pointwise.double() + change).to(gap.pointwise.dtype),
            integrand=(gap.integrand.double() + bins).to(gap.integrand.dtype),
            influence=gap.chance + Influence.of_mean(change, gap.weights),
        )

    at, whole = both(apart.pointwise), both(mean.pointwise)
    bins, whole_bins = both(apart.integrand), both(mean.integrand)
    spread, spread_bins = 2.0 * (whole - at), 2.0 * (whole_bins - bins)
    corrected = added(share * spread, share * spread_bins)
    halves = added(at + spread - raw.pointwise, bins + spread_bins - raw.integrand)
    return {**out, CORRECTED: corrected, HALVES: halves}

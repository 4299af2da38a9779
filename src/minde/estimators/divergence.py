r"""KL divergence of two models of scores on test rows of the first, and what the two share.

Columns go through one strictly increasing map each, the normal scores of ranks among the training
rows of all samples together, under which a divergence does not change. So it does not matter in
which units, on which scale or with which tails the columns came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.experts import Laws
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble, SplitWeights
from minde.ensemble.halves import read_halves, read_pairs, with_halves
from minde.options import ReadoutOptions
from minde.preprocessing.transforms import RankCopula, Transform
from minde.readout.control_variate import LEAST_TEST_ROWS
from minde.readout.fit_control import fit_divergence_control
from minde.readout.measures import KL
from minde.readout.reading import Reading
from minde.readout.readout import Readout, read_out_each, with_scaled
from minde.readout.remembered import Remembered
from minde.training.fine import Scales, schedule_for
from minde.training.job import Job
from minde.training.maps import Maps, distinct, mixture_of, settle
from minde.training.prepared import hold_back, stacked, weights_of
from minde.types import Array, NoiseModel

#: Gaps of halves, and of their predictions' mean, and their rows to those of the networks.
_Halves = tuple[Readout, Readout, float]
#: Weight of the rows of p in the ranks of p and q.
SHARE_P = 0.1


class TwoScores:
    """Two models as the two patterns of ``KL``: p where clean, q where absent."""

    def __init__(self, p: NoiseModel, q: NoiseModel) -> None:
        self.p, self.q = p, q

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        return (self.p if pattern == 1 else self.q)(values, 0, t)


def divergence_reading(
    p: Ensemble,
    q: Ensemble | None,
    tests: Sequence[Array],
    trains: Sequence[Array] | None = None,
    weights: SplitWeights | None = None,
) -> Reading:
    r"""Read :math:`\mathrm{KL}[p \| q]` out on test rows of p.

    Arguments:
        p: Trained on p.
        q: Trained on q, with p's maps and schedule; the standard normal law if none.
        tests: Test rows of p per member.
        trains: Training rows of p per member, for the recipe's control variate.
        weights: Of both, where they differ.
    """
    data = stacked(p.transforms, tests, p.device)
    tested, trained = (weights_of(part, p.device) for part in weights or (None, None))
    options = replace(p.recipe.readout, sigma_refs=())
    dim = data.shape[2]
    diffuser = Diffuser(conditional(dim, 0), p.schedule, p.device, options.importance)
    standard = Remembered(_standard(p))
    q_gaussian = standard if q is None else q.gaussian
    firsts = p.models([p.final, p.halfway])
    seconds = [standard, standard] if q is None else q.models([q.final, q.halfway])
    models = [*map(TwoScores, firsts, seconds)]
    control = values = None
    if options.control_variate and trains is not None and data.shape[1] >= LEAST_TEST_ROWS:
        known = stacked(p.transforms, trains, p.device, double=True)
        of_q = _standard_moments(p) if q is None else (q.mean, q.covariance)
        control = fit_divergence_control(known, of_q, trained)
    if control is not None:
        own, mean = control.covariance[:, :dim, :dim], control.mean[:, :dim]
        models.append(TwoScores(GaussianNoise(own, p.family, p.schedule, mean), q_gaussian))
    raw = read_out_each(models, data, diffuser, KL, p.seeds, options, weights=tested)
    if control is not None:
        values = control.values(data.repeat(1, 1, 2), [raw[-1]["gap"].pointwise], tested)
    if q is None:
        halves = _read_fold_halves(p, tests, diffuser, options, tested)
    else:
        halves = _read_pairs((p, q), data, diffuser, options, tested)

    def corrected(out: dict[str, Readout]) -> dict[str, Readout]:
        gap = out["gap"]
        if control is not None and values is not None:
            out = with_scaled({k: control.apply(v, values) for k, v in out.items()}, KL)
        return with_halves(out, gap, *halves) if halves else out

    return Reading(corrected(raw[0]), corrected(raw[1]))


def _read_pairs(
    both: tuple[Ensemble, Ensemble],
    data: Tensor,
    diffuser: Diffuser,
    options: ReadoutOptions,
    weights: Tensor | None,
) -> _Halves | None:
    """What pairs of halves of the rows read on the first members' test rows, if there are any."""
    p, q = both
    if p.half is None or q.half is None:
        return None
    pairs = len(p.half.seeds) // 2
    model = TwoScores(p.half.model(), q.half.model())
    twice, own = data[:pairs].repeat(2, 1, 1), None if weights is None else weights[:pairs]
    return *read_pairs(model, twice, diffuser, KL, p.seeds[:pairs], options, own), 0.5


def _read_fold_halves(
    p: Ensemble,
    tests: Sequence[Array],
    diffuser: Diffuser,
    options: ReadoutOptions,
    weights: Tensor | None,
) -> _Halves | None:
    """What halves of folds read, of the divergence from the standard normal law, if there are."""
    if p.half is None:
        return None
    asked = TwoScores(p.half.model(), _standard(p.half)), diffuser
    return *read_halves(p.half, p.seeds, tests, KL, options, weights, asked), p.rows_of_half


def with_normal_scores(jobs: Sequence[Job]) -> list[Job]:
    """The jobs with one map per member, fitted on the training rows of all, and one schedule.

    Of two samples p and q all rows of p together weigh SHARE_P, so that q is nearly normal, which
    is as good as learned, and p still has a scale of its own where q has next to no rows.
    """
    options = jobs[0].recipe.training
    dim = jobs[0].family.dim
    transforms: list[Transform] = []
    scales: list[Scales | None] = []
    found: list[tuple[list[Array], Transform]] = []
    for member, samples in enumerate(zip(*(job.samples for job in jobs), strict=True)):
        # Members of different seeds mostly have the same rows.
        known = (f for rows, f in found if all(map(np.array_equal, rows, samples)))
        if (chosen := next(known, None)) is None:
            kept = [hold_back(x, options.hold_out, options.gap) for x in samples]
            train, judged = (np.concatenate(part) for part in zip(*kept, strict=True))
            shares = [1.0] if len(jobs) == 1 else [SHARE_P, 1.0 - SHARE_P]
            own = [_weights_of(job, member, len(x)) for job, (x, _) in zip(jobs, kept, strict=True)]
            weights = [share * w / w.sum() for share, w in zip(shares, own, strict=True)]
            chosen = RankCopula.fit(train, weights=np.concatenate(weights))
            if options.smallest_time == "data":
                judges = judged if len(judged) else train
                chosen, of_all = settle(chosen, train, judges, [1] * dim, gap=options.gap)
                parts = [Scales.of(chosen(x), [1] * dim) for x, _ in kept] if len(jobs) > 1 else []
                scales += [of_all, *parts]
            found.append((list(samples), chosen))
        transforms.append(chosen)
    told = [s for s in scales if s is not None]
    smallest = min(map(schedule_for, told), key=lambda s: s.t_eps, default=VPSchedule())
    unresolved = max((s.unresolved for s in told), default=0.0)
    maps = Maps(transforms, smallest, unresolved)
    return [_mapped(job, maps) for job in jobs]


def _weights_of(job: Job, member: int, n: int) -> Array:
    """Of the n rows that a member trains on, ones where they are all alike."""
    if job.weights is None:
        return np.ones(n)
    options = job.recipe.training
    return hold_back(job.weights[member], options.hold_out, options.gap)[0]


def _mapped(job: Job, maps: Maps) -> Job:
    """The job, and its half, with mixtures of their own beside maps in common."""
    some = replace(maps, transforms=[*islice(cycle(maps.transforms), len(job.seeds))])
    half = job.half and _mapped(job.half, maps)
    return replace(job, maps=replace(some, laws=_laws(job, some.transforms)), half=half)


def _laws(job: Job, transforms: Sequence[Transform]) -> Laws:
    """Of each member's training rows, mapped."""
    options = job.recipe.training
    pairs = zip(transforms, job.samples, strict=True)
    mapped = [f(hold_back(x, options.hold_out, options.gap)[0]) for f, x in pairs]
    first, which = distinct(mapped)
    own = job.weights and [_weights_of(job, k, len(mapped[k])) for k in first]
    rows, dims = [mapped[k] for k in first], [job.family.dim]
    return Laws(mixture_of(rows, options, dims, weights=own)).members(which)


def _standard_moments(p: Ensemble) -> tuple[Tensor, Tensor]:
    members, dim, _ = p.covariance.shape
    eye = torch.eye(dim, dtype=torch.float64, device=p.device).expand(members, -1, -1)
    return eye.new_zeros(members, dim), eye


def _standard(p: Ensemble) -> GaussianNoise:
    return GaussianNoise(_standard_moments(p)[1], p.family, p.schedule)

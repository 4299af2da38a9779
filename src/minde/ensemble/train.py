"""The one door into training: jobs in, ensembles out.

Jobs of one shape class share a loop, whatever their dimensions (see ``minde.training.stack``); each
comes out as it would alone, up to rounding. Loops are cut to the memory there is. On a CPU they run
side by side, one per core: a step of one small ensemble leaves a second core half idle, so two
ensembles on one core each are done sooner than together on two.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from minde.device import available_bytes, pick_device
from minde.diffusion.experts import Laws
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble, Weights
from minde.training.blend import Blend
from minde.training.checkpointing import Checkpointing
from minde.training.job import Job
from minde.training.loops import plan_loops
from minde.training.mixture import Mixtures
from minde.training.prepared import PreparedJob, with_maps
from minde.training.side_by_side import in_lanes, side_by_side
from minde.training.trainer import Trainer
from minde.training.verdict import Verdict
from minde.types import Progress

#: Share of the free memory that a training may take by its estimate.
SHARE = 0.7
#: Jobs to a core below which they are cut, so that no core waits for the other.
FEW = 2


def train(
    jobs: Sequence[Job],
    device: str = "auto",
    schedule: VPSchedule | None = None,
    progress: Progress | None = None,
    memory: int | None = None,
    checkpoint: Checkpointing | None = None,
) -> list[Ensemble]:
    """Train every job, and its half if it has one, and return its ensemble, in order.

    Arguments:
        jobs: What to train.
        device: ``auto``, ``cpu`` or ``cuda``.
        schedule: The diffusion; by default the recipe's choice, job by job.
        progress: Called with steps done and steps in all, of all jobs together.
        memory: Bytes that the training may take at most; it takes no more than SHARE of what is
            free in any case.
        checkpoint: Where to write progress and go on from; by one file all jobs are one loop,
            whatever the memory.

    Raises:
        InputError: If a single member does not fit into the memory.
        StoppedError: If ``progress`` did.
        TrainingError: If a loss is not finite.
    """
    place = pick_device(device)
    told = [replace(job, tells=Verdict(len(job.seeds))) if job.half else job for job in jobs]
    whole = _mapped([(job, schedule) for job in told])
    at = [k for k, job in enumerate(whole) if job.half is not None]
    parts = [
        (replace(job.half, hears=job.tells), job.maps.schedule if job.maps else schedule)
        for job in whole
        if job.half
    ]
    halves = dict(zip(at, _mapped(parts), strict=True))
    trained = _trained([*whole, *halves.values()], place, progress, memory, checkpoint)
    half_of = dict(zip(halves, trained[len(whole) :], strict=True))
    # Some had ended before it was known that there is nothing to learn.
    late = [
        k
        for k, half in halves.items()
        if half.hears and half.hears.nothing and half_of[k].seconds > 0.0
    ]
    again = _trained([halves[k] for k in late], place, None, memory, None) if late else []
    half_of |= dict(zip(late, again, strict=True))
    return [replace(e, half=half_of.get(k)) for k, e in enumerate(trained[: len(whole)])]


def _mapped(jobs: Sequence[tuple[Job, VPSchedule | None]]) -> list[Job]:
    """Jobs with their maps settled, each with the schedule to keep to, on all cores."""
    groups: dict[object, list[int]] = {}
    for k, (job, _) in enumerate(jobs):
        # Jobs of the same rows, in whatever order of columns, share what is fitted; a row tells.
        groups.setdefault(tuple(np.sort(job.samples[0][0]).tolist()), []).append(k)

    def of_group(group: list[int]) -> list[Job]:
        mixtures = Mixtures()
        return [with_maps(*jobs[k], mixtures) for k in group]

    done = in_lanes(of_group, [*groups.values()])
    pairs = zip(groups.values(), done, strict=True)
    found = {k: job for group, made in pairs for k, job in zip(group, made, strict=True)}
    return [found[k] for k in range(len(jobs))]


def _trained(
    jobs: Sequence[Job],
    place: torch.device,
    progress: Progress | None,
    memory: int | None,
    checkpoint: Checkpointing | None,
) -> list[Ensemble]:
    """Train jobs whose maps are settled."""
    if checkpoint is not None and not checkpoint.folder:
        return [pooled(e) for e in _one_loop(jobs, place, progress, checkpoint)]
    free = int(SHARE * available_bytes(place))
    free = free if memory is None else min(memory, free)
    lanes = torch.get_num_threads() if place.type == "cpu" else 1
    shares = _shares(jobs, min(lanes, sum(len(job.seeds) for job in jobs)))
    work = {
        str(k): functools.partial(
            _lane, [job for _, job in share], place, free // len(shares), checkpoint
        )
        for k, share in enumerate(shares)
    }
    done = side_by_side(work, progress)
    parts: dict[int, list[tuple[Job, Ensemble]]] = {}
    for k, share in enumerate(shares):
        for (origin, job), ensemble in zip(share, done[str(k)], strict=True):
            parts.setdefault(origin, []).append((job, ensemble))
    lane = functools.partial(_lane, device=place, memory=free, checkpoint=checkpoint, progress=None)
    return [pooled(joined(_agreed(parts[k], lane))) for k in range(len(jobs))]


def _agreed(
    parts: Sequence[tuple[Job, Ensemble]], lane: Callable[[list[Job]], list[Ensemble]]
) -> list[Ensemble]:
    """A job's parts; those that gave up are trained to the end where others did not.

    Parts are trained apart, and know nothing of one another: so a job comes out the same however
    it is cut.
    """
    idle = sum(ensemble.idle for _, ensemble in parts)
    if idle in (0, sum(len(job.seeds) for job, _ in parts)):
        return [ensemble for _, ensemble in parts]
    to_the_end = parts[0][0].recipe.with_options(stop_idle=False)
    at = [k for k, (_, ensemble) in enumerate(parts) if ensemble.idle]
    again = dict(zip(at, lane([replace(parts[k][0], recipe=to_the_end) for k in at]), strict=True))
    found = [again.get(k, ensemble) for k, (_, ensemble) in enumerate(parts)]
    return [replace(ensemble, recipe=parts[0][1].recipe) for ensemble in found]


def _shares(jobs: Sequence[Job], lanes: int) -> list[list[tuple[int, Job]]]:
    """What each lane trains, with the number of the job: whole jobs, or where they are few members.

    The members of a job stay in their order over the lanes.
    """
    numbered = [*enumerate(jobs)]
    if len(jobs) >= FEW * lanes:
        return [numbered[k::lanes] for k in range(lanes)]
    shares: list[list[tuple[int, Job]]] = [[] for _ in range(lanes)]
    for origin, job in numbered:
        rest, count = job, len(job.seeds)
        for k in range(lanes):
            # Jobs take turns in which lane has the member more.
            turn = k if origin % 2 else lanes - 1 - k
            first, rest = rest.cut((count + turn) // lanes)
            if first.seeds:
                shares[k].append((origin, first))
    return shares


def _lane(
    jobs: Sequence[Job],
    device: torch.device,
    memory: int,
    checkpoint: Checkpointing | None,
    progress: Progress | None,
) -> list[Ensemble]:
    """Train jobs loop after loop."""
    loops = plan_loops(jobs, memory)
    steps = [loop[0].job.recipe.training.n_steps for loop in loops]
    parts: dict[int, list[Ensemble]] = {}
    for k, loop in enumerate(loops):
        report = _shifted(progress, sum(steps[:k]), sum(steps))
        made = _one_loop([piece.job for piece in loop], device, report, checkpoint)
        for piece, ensemble in zip(loop, made, strict=True):
            parts.setdefault(piece.origin, []).append(ensemble)
    return [joined(parts[k]) for k in range(len(jobs))]


def _one_loop(
    jobs: Sequence[Job],
    device: torch.device,
    progress: Progress | None,
    checkpoint: Checkpointing | None = None,
) -> list[Ensemble]:
    prepared = [PreparedJob.of(job, device) for job in jobs]
    trained = Trainer(prepared, checkpoint).run(progress)
    return [Ensemble.of(p, t, j.folds) for p, t, j in zip(prepared, trained, jobs, strict=True)]


def _shifted(progress: Progress | None, before: int, whole: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _, loss: progress(before + done, whole, loss)


def pooled(ensemble: Ensemble) -> Ensemble:
    """The ensemble with the blend of each seed's folds in common."""
    if not ensemble.cross_fitted:
        return ensemble

    def common(weights: Weights) -> Weights:
        folds = len(ensemble.folds)
        return replace(weights, blend=weights.blend and weights.blend.pooled(folds))

    return replace(ensemble, final=common(ensemble.final), halfway=common(ensemble.halfway))


def joined(parts: Sequence[Ensemble]) -> Ensemble:
    """Members of one job that were trained apart, as one ensemble again."""
    if len(parts) == 1:
        return parts[0]

    def weights(pieces: list[Weights]) -> Weights:
        names = pieces[0].parameters
        parameters = {k: torch.cat([p.parameters[k] for p in pieces]) for k in names}
        blends = [p.blend for p in pieces if p.blend]
        blend: Blend | None = None
        if blends:
            blend = replace(blends[0], products=torch.cat([b.products for b in blends]))
        return Weights(parameters, blend)

    tables = [p.validation_loss for p in parts]
    longest = max(tables, key=len)
    columns = [longest[:, :1], *(_to_length(t[:, 1:], len(longest)) for t in tables)]
    blocks = max(len(p.losses) for p in parts)
    return replace(
        parts[0],
        seeds=tuple(itertools.chain.from_iterable(p.seeds for p in parts)),
        transforms=[f for p in parts for f in p.transforms],
        mean=torch.cat([p.mean for p in parts]),
        covariance=torch.cat([p.covariance for p in parts]),
        losses=torch.cat([_to_length(p.losses, blocks) for p in parts], dim=1),
        validation_loss=torch.cat(columns, dim=1),
        seconds=sum(p.seconds for p in parts),
        final=weights([p.final for p in parts]),
        halfway=weights([p.halfway for p in parts]),
        laws=Laws.joined([p.laws for p in parts]),
        idle=sum(p.idle for p in parts),
    )


def _to_length(table: torch.Tensor, rows: int) -> torch.Tensor:
    """A table with its last row, where its members stopped, repeated up to ``rows``."""
    if len(table) == 0:
        return table
    return torch.cat([table, table[-1:].expand(rows - len(table), -1)])

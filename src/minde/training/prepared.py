"""What a training starts from: transformed rows, batches, networks, all on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.denoiser import Denoiser
from minde.diffusion.moments import moments
from minde.diffusion.roles import Family, with_conditional_share
from minde.diffusion.schedule import VPSchedule
from minde.nn.gated_mlp import GatedMLP
from minde.nn.residual_mlp import ResidualMLP
from minde.nn.stacked import Network
from minde.options import NetworkOptions
from minde.preprocessing.transforms import Transform
from minde.recipe import Recipe
from minde.training.batches import BatchStream
from minde.training.covariance import shrunken
from minde.training.job import Job
from minde.training.maps import Maps, fit_maps
from minde.training.mixture import Mixtures
from minde.training.verdict import Verdict
from minde.types import Array

#: Validation rows at most: more tell little more.
MAX_HELD = 5000


@dataclass(frozen=True)
class PreparedJob:
    """A job ready to be trained.

    Attributes:
        family: Patterns, with the recipe's probabilities.
        recipe: Options.
        denoiser: The networks as noise predictors.
        maps: Fitted map per member, and the schedule.
        mean: Training mean per member, (E, D), after the transform, in double.
        covariance: Training covariance per member, (E, D, D), after the transform, in double.
        judged: Rows by which a blend is judged, (E, N, D).
        train: Training batches.
        validation: Batches of rows that are not trained on.
        judged_weights: Of the rows that judge, (E, N), where they differ.
        tells: See :class:`minde.training.job.Job`; so ``hears``.
    """

    family: Family
    recipe: Recipe
    denoiser: Denoiser
    maps: Maps
    mean: Tensor
    covariance: Tensor
    judged: Tensor
    train: BatchStream
    validation: BatchStream | None = None
    judged_weights: Tensor | None = None
    tells: Verdict | None = None
    hears: Verdict | None = None

    @classmethod
    def of(cls, job: Job, device: torch.device, schedule: VPSchedule | None = None) -> PreparedJob:
        """Fit the maps, unless that is done, and lay out the batches."""
        recipe, options, seeds = job.recipe, job.recipe.training, job.seeds
        family = with_conditional_share(job.family, options.p_conditional)
        kept, weights = kept_back(job)
        samples, rest = [train for train, _ in kept], job.validation
        maps = job.maps or _fitted(job, schedule)
        mapped = [f(x) for f, x in zip(maps.transforms, samples, strict=True)]
        judged = data = torch.from_numpy(np.stack(mapped).astype(np.float32)).to(device)
        # Before the cast to single precision: what is left of one variable given another is small.
        mean, covariance = moments(mapped, device, weights.train)
        if (better := shrunken(mapped, family.dims, weights.train)) is not None:
            covariance = torch.from_numpy(np.stack(better)).to(device)
        network = make_network(family, recipe.network)
        denoiser = Denoiser(network, family, recipe.network, maps.schedule, covariance, device)
        train = BatchStream(data, denoiser, options, seeds, weights_of(weights.train, device))
        validation: BatchStream | None = None
        judges = train.row_weights
        if options.hold_out > 0.0:
            rest = [held_back for _, held_back in kept]
        if rest is not None:
            rows = stacked(maps.transforms, rest, device)
            held: Tensor | None = None
            if options.hold_out > 0.0:
                judged, held = rows, weights_of(weights.held, device)
                judges = held
            # The validation loss is the paper's, whatever the training's.
            plain = replace(
                options,
                batch_size=min(options.batch_size, rows.shape[1]),
                focus=0.0,
                adapt=0.0,
                loss="noise",
                antithetic=False,
            )
            validation = BatchStream(rows, denoiser, plain, seeds, held)
        known = (family, recipe, denoiser, maps, mean, covariance)
        return cls(*known, judged, train, validation, judges, job.tells, job.hears)


def with_maps(
    job: Job, schedule: VPSchedule | None = None, mixtures: Mixtures | None = None
) -> Job:
    """The job with its maps and its schedule settled, by the rows of all its members.

    Those of a job that has them are left as they are.
    """
    if job.maps is not None:
        return job
    return replace(job, maps=_fitted(job, schedule, mixtures))


def _fitted(job: Job, schedule: VPSchedule | None, mixtures: Mixtures | None = None) -> Maps:
    pairs, weights = kept_back(job)
    options = job.recipe.training
    return fit_maps(pairs, options, job.family, schedule, mixtures, weights.train)


@dataclass(frozen=True)
class KeptWeights:
    """Weights per member of the rows that train and of those held back; none if all alike."""

    train: Sequence[Array] | None = None
    held: Sequence[Array] | None = None


def kept_back(job: Job) -> tuple[list[tuple[Array, Array]], KeptWeights]:
    """Rows to train on and to judge by of each member (see :func:`hold_back`), and weights."""
    options = job.recipe.training
    rows = [hold_back(x, options.hold_out, options.gap) for x in job.samples]
    if job.weights is None:
        return rows, KeptWeights()
    train, held = zip(*(hold_back(w, options.hold_out) for w in job.weights), strict=True)
    return rows, KeptWeights(train, held)


def hold_back(samples: Array, share: float, gap: int = 0) -> tuple[Array, Array]:
    """Rows to train on and rows to judge by: every so manieth row, at most MAX_HELD.

    With a gap the first rows judge, and so many after them do neither.
    """
    size = held_rows(len(samples), share)
    if size == 0:
        return samples, samples[:0]
    if gap:
        return samples[size + gap :], samples[:size]
    held = np.zeros(len(samples), dtype=bool)
    held[np.linspace(0, len(samples) - 1, size).round().astype(int)] = True
    return samples[~held], samples[held]


def held_rows(n: int, share: float) -> int:
    """How many of n rows are held back to judge by."""
    return min(round(n * share), MAX_HELD)


def make_network(family: Family, options: NetworkOptions) -> Network:
    """The network for a family."""
    n_roles = len(family.indicated(options.role_inputs))
    shape = (family.dim, family.dim_out, len(family.dims) * (1 + n_roles), options.width)
    if options.kind == "gated":
        return GatedMLP(*shape, options.depth, n_roles)
    return ResidualMLP(*shape, options.levels)


def weights_of(weights: Sequence[Array] | None, device: torch.device) -> Tensor | None:
    """Weights per member, each (N,), with the mean one among these, (E, N) in double."""
    if weights is None:
        return None
    return torch.from_numpy(np.stack([w / w.mean() for w in weights])).to(device)


def stacked(
    transforms: Sequence[Transform],
    samples: Sequence[Array],
    device: torch.device,
    double: bool = False,
) -> Tensor:
    """Transformed samples per member as one tensor on a device, single precision or double."""
    mapped = [f(x) for f, x in zip(transforms, samples, strict=True)]
    kind = np.float64 if double else np.float32
    return torch.from_numpy(np.stack(mapped).astype(kind)).to(device)

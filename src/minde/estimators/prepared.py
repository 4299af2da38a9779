"""What a training starts from: transformed rows, batches, network, all on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from minde.arrays import Array
from minde.diffusion.precondition import Precondition
from minde.diffusion.roles import Family, with_conditional_share
from minde.nn.gated_mlp import GatedMLP
from minde.nn.network import Network
from minde.nn.score_mlp import ScoreMLP
from minde.preprocessing.transforms import Transform, make_transform
from minde.recipe import Recipe
from minde.schedule import VPSchedule
from minde.training.batches import BatchStream
from minde.training.members import Member

#: Rows held back at most: more tell little more.
MAX_HELD = 5000


@dataclass(frozen=True)
class Problem:
    """Copies of one shape to train.

    Attributes:
        samples: Training samples a copy, each (N, D) with the variables side by side.
        family: Patterns to learn.
        recipe: Options.
        seeds: One a copy.
        validation: Rows a copy that are not trained on, for the history of the held-out loss, where
            the recipe holds no rows back itself.
    """

    samples: Sequence[Array]
    family: Family
    recipe: Recipe
    seeds: Sequence[int]
    validation: Sequence[Array] | None = None


@dataclass(frozen=True)
class Prepared:
    """A problem ready to be trained; attributes as of ``Pack``.

    Attributes:
        judged: Rows by which a blend is judged, (E, N, D).
        member: What the trainer takes.
    """

    family: Family
    recipe: Recipe
    schedule: VPSchedule
    transforms: list[Transform]
    mean: Tensor
    covariance: Tensor
    judged: Tensor
    member: Member

    @classmethod
    def of(cls, problem: Problem, device: torch.device, schedule: VPSchedule) -> Prepared:
        """Fit the transforms and lay out the batches."""
        recipe, seeds = problem.recipe, problem.seeds
        family = with_conditional_share(problem.family, recipe.p_conditional)
        kept = [hold_back(x, recipe.hold_out) for x in problem.samples]
        samples, rest = [train for train, _ in kept], problem.validation
        transforms = [make_transform(recipe.preprocessing, x) for x in samples]
        judged = data = stack([f(x) for f, x in zip(transforms, samples, strict=True)], device)
        mean = data.mean(dim=1)
        centred = data - mean[:, None, :]
        covariance = centred.mT @ centred / data.shape[1]
        precondition = Precondition(recipe.precondition, family, schedule, covariance)
        stream = BatchStream(data, family, recipe, schedule, precondition, seeds)
        held: BatchStream | None = None
        if recipe.hold_out > 0.0:
            rest = [held_back for _, held_back in kept]
        if rest is not None:
            rows = stack([f(x) for f, x in zip(transforms, rest, strict=True)], device)
            if recipe.hold_out > 0.0:
                judged = rows
            size = min(recipe.batch_size, rows.shape[1])
            # The loss that is held out is the paper's, whatever the training's.
            small = replace(
                recipe, batch_size=size, focus=0.0, adapt=0.0, loss="noise", antithetic=False
            )
            held = BatchStream(rows, family, small, schedule, precondition, seeds)
        member = Member(make_network(family, recipe), stream, held)
        return cls(family, recipe, schedule, transforms, mean, covariance, judged, member)


def hold_back(samples: Array, share: float) -> tuple[Array, Array]:
    """Rows to train on and rows to judge by: every so manieth row, at most MAX_HELD."""
    size = min(round(len(samples) * share), MAX_HELD)
    if size == 0:
        return samples, samples[:0]
    held = np.zeros(len(samples), dtype=bool)
    held[np.linspace(0, len(samples) - 1, size).round().astype(int)] = True
    return samples[~held], samples[held]


def make_network(family: Family, recipe: Recipe) -> Network:
    """The recipe's network for a family."""
    n_roles = len(family.indicated(recipe.role_inputs))
    shape = (family.dim, family.dim_out, len(family.dims) * (1 + n_roles), recipe.width)
    if recipe.network == "gated":
        return GatedMLP(*shape, recipe.depth, n_roles)
    return ScoreMLP(*shape, recipe.levels)


def stack(samples: Sequence[Array], device: torch.device) -> Tensor:
    """Samples a copy as one tensor of single precision on a device."""
    return torch.from_numpy(np.stack(samples).astype(np.float32)).to(device)

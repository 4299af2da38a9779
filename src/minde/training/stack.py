"""Jobs trained side by side in one loop, each of its own dimensions.

Jobs of one *shape class* (one kind and width of network, one training) are trained in one loop,
whatever their dimensions. The smaller ones are padded: values, targets and weights of the loss
beyond their own columns are zero, so a padded member is trained as it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.errors import ConfigError
from minde.nn.padding import crop, pad
from minde.nn.stacked import Network, Parameters
from minde.recipe import Recipe
from minde.training.batches import Block
from minde.training.prepared import PreparedJob


class Stack:
    """Jobs in one loop.

    Arguments:
        jobs: At least one.

    Attributes:
        network: The network that all fit into.
        seeds: Of all members, job by job.
        slices: Where each job's members lie.

    Raises:
        ConfigError: If the jobs are not of one shape class.
    """

    def __init__(self, jobs: Sequence[PreparedJob]) -> None:
        self.jobs = tuple(jobs)
        networks = [job.denoiser.network for job in jobs]
        classes = {shape_class(n, job.recipe) for n, job in zip(networks, jobs, strict=True)}
        if len(classes) != 1:
            raise ConfigError("training: jobs differ in recipe or network; train them apart")
        sizes = (max(n.dim_in for n in networks), max(n.dim_out for n in networks))
        self.network = networks[0].resized(*sizes)
        self.seeds = tuple(seed for job in jobs for seed in job.train.seeds)
        ends = torch.tensor([len(job.train.seeds) for job in jobs]).cumsum(0).tolist()
        self.slices = [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]
        self._shapes = [network.init([0]) for network in networks]

    @property
    def device(self) -> torch.device:
        """Where the data are."""
        return self.jobs[0].train.data.device

    def init(self) -> Parameters:
        """Every job's own first parameters, padded and stacked, where the data are."""
        wide = self.network.init([0])
        parts = [job.denoiser.network.init(job.train.seeds) for job in self.jobs]
        padded = [pad(p, wide, self.network) for p in parts]
        data = self.jobs[0].train.data
        return {name: torch.cat([p[name] for p in padded]).to(data) for name in wide}

    def own(self, p: Parameters, k: int) -> Parameters:
        """Job k's parameters in its own shapes; views where nothing is cut out of the middle."""
        if len(self.jobs) == 1:
            return p
        here = {name: value[self.slices[k]] for name, value in p.items()}
        return crop(here, self._shapes[k], self.network)

    def block(self, index: int) -> Block:
        """Batches of all jobs, padded."""
        blocks = [job.train.block(index) for job in self.jobs]
        if len(blocks) == 1:
            return blocks[0]
        return Block(
            **{f.name: _joined([getattr(b, f.name) for b in blocks]) for f in fields(Block)}
        )


def shape_class(network: Network, recipe: Recipe) -> tuple[Any, ...]:
    """Jobs with equal ones can be trained in one loop.

    Muon's update of a matrix depends on its longer side. As long as the inputs are no more than the
    width, padding leaves that side alone; beyond, only equal numbers of inputs go together.
    """
    muon = recipe.training.optimizer == "muon"
    apart = network.dim_in if muon and network.dim_in > network.width else 0
    return (network.resized(0, 0), recipe, apart)


def _joined(parts: list[Tensor]) -> Tensor:
    """Stack along the axis of members, zeros where the last axis is shorter."""
    longest = max(part.shape[-1] for part in parts)
    return torch.cat([F.pad(part, (0, longest - part.shape[-1])) for part in parts], dim=1)
